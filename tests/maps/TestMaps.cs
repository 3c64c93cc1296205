using Vm.Abi;
using Vm.Maps;
using Vm.Runtime;
using Vm.Specs;

namespace Tests.Maps;

/// <summary>A map and the simulated CPUs that use it.</summary>
internal sealed unsafe class TestMap : IDisposable
{
    private readonly ExecContext[] _cpus;

    public TestMap(MapSpec spec, int cpus = 1, ValueLayout? layout = null)
    {
        _cpus = [.. Enumerable.Range(0, cpus).Select(cpu => new ExecContext(cpu, cpus, new SeededRandom(1)))];
        Map = MapFactory.Create(spec, cpus, layout ?? new ValueLayout((int)spec.ValueSize, []));
    }

    public TestMap(MapType type, uint entries, uint key = 4, uint value = 8, MapFlags flags = MapFlags.None, int cpus = 1)
        : this(Spec(type, entries, key, value, flags), cpus)
    {
    }

    public Map Map { get; }

    public ExecContext Cpu(int cpu = 0) => _cpus[cpu];

    public static MapSpec Spec(MapType type, uint entries, uint key = 4, uint value = 8, MapFlags flags = MapFlags.None) =>
        new() { Name = "m", Type = type, KeySize = key, ValueSize = value, MaxEntries = entries, Flags = flags };

    /// <summary>What a program's lookup gives: the address, or 0.</summary>
    public ulong Address(ReadOnlySpan<byte> key, int cpu = 0)
    {
        fixed (byte* k = key) return Map.ProgramLookup(_cpus[cpu], (ulong)k);
    }

    public ulong Address(uint key, int cpu = 0) => Address(BitConverter.GetBytes(key), cpu);

    public Errno ProgramUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0, int cpu = 0)
    {
        fixed (byte* k = key, v = value) return (Errno)(-Map.ProgramUpdate(_cpus[cpu], (ulong)k, (ulong)v, flags));
    }

    public Errno ProgramUpdate(uint key, ulong value, ulong flags = 0, int cpu = 0) =>
        ProgramUpdate(BitConverter.GetBytes(key), BitConverter.GetBytes(value), flags, cpu);

    public Errno ProgramDelete(ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key) return (Errno)(-Map.ProgramDelete(_cpus[0], (ulong)k));
    }

    public Errno ProgramDelete(uint key) => ProgramDelete(BitConverter.GetBytes(key));

    public Errno Update(uint key, ulong value, ulong flags = 0)
    {
        var all = new byte[Map.UserValueBytes];
        for (int at = 0; at + 8 <= all.Length; at += 8) BitConverter.TryWriteBytes(all.AsSpan(at), value);
        return Map.Update(BitConverter.GetBytes(key), all, flags);
    }

    public (Errno Errno, ulong Value) Lookup(uint key, ulong flags = 0)
    {
        var all = new byte[Map.UserValueBytes];
        var errno = Map.Lookup(BitConverter.GetBytes(key), all, flags);
        return (errno, BitConverter.ToUInt64(all));
    }

    public Errno Delete(uint key) => Map.Delete(BitConverter.GetBytes(key));

    /// <summary>Every key by BPF_MAP_GET_NEXT_KEY, in the order it gives.</summary>
    public List<byte[]> Keys(int most = 1_000_000)
    {
        var keys = new List<byte[]>();
        var next = new byte[Map.Spec.KeySize];
        for (byte[] key = []; keys.Count < most; key = keys[^1])
        {
            var errno = Map.NextKey(key, next);
            if (errno == Errno.ENOENT) return keys;
            Assert.Equal(Errno.None, errno);
            keys.Add([.. next]);
        }
        Assert.Fail($"more than {most} keys: the walk does not end");
        return keys;
    }

    public uint[] NumberKeys() => [.. Keys().Select(key => BitConverter.ToUInt32(key)).Order()];

    public void Dispose()
    {
        Map.Dispose();
        foreach (var cpu in _cpus) cpu.Dispose();
    }
}
