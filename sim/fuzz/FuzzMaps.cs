using System.Globalization;
using Sim.Live;
using Vm.Abi;
using Vm.Maps;
using Vm.Runtime;
using Vm.Specs;

namespace Sim.Fuzz;

/// <summary>The maps of generated programs, here and in the kernel: set back before a run, written down after it.</summary>
internal sealed class FuzzMaps : IDisposable
{
    /// <summary>Array of one value, to which R9 points.</summary>
    public const int Values = 0;

    /// <summary>Hash of four.</summary>
    public const int Table = 1;

    /// <summary>LRU hash, never full.</summary>
    public const int Lru = 2;

    /// <summary>Per-CPU array of four.</summary>
    public const int PerCpuValues = 3;

    /// <summary>Per-CPU hash of eight.</summary>
    public const int PerCpuTable = 4;

    /// <summary>Queue of four.</summary>
    public const int Queue = 5;

    /// <summary>Stack of four.</summary>
    public const int Stack = 6;

    /// <summary>LPM trie of 16 IPv4 prefixes.</summary>
    public const int Routes = 7;

    /// <summary>Ring buffer.</summary>
    public const int Ring = 8;

    /// <summary>Array of values with a lock.</summary>
    public const int Locked = 9;

    /// <summary>Program array of four, two of them filled.</summary>
    public const int Jumps = 10;

    /// <summary>Arrays that are in <see cref="Outer"/>.</summary>
    public const int Inner = 11, OtherInner = 12;

    /// <summary>Hash that is in <see cref="OuterTable"/>.</summary>
    public const int InnerTable = 13;

    /// <summary>Array of three arrays, two of them there.</summary>
    public const int Outer = 14;

    /// <summary>Hash of hashes, with two keys for one.</summary>
    public const int OuterTable = 15;

    /// <summary>A constant text.</summary>
    public const int Text = 16;

    /// <summary>Device map of four slots, of which one is filled.</summary>
    public const int Devices = 17;

    /// <summary>Perf event array without events.</summary>
    public const int Events = 18;

    /// <summary>Map of prog arrays: no kernel makes one, and a program that names it is refused.</summary>
    public const int JumpsInside = 19;

    /// <summary>Map of maps of maps: no kernel makes one, either.</summary>
    public const int Deep = 20;

    /// <summary>Bytes of a value of <see cref="Inner"/> and of <see cref="InnerTable"/>.</summary>
    public const int InnerBytes = 16;

    /// <summary>Entries of the same.</summary>
    public const int InnerEntries = 4;

    /// <summary>Bytes of a value of <see cref="Values"/>.</summary>
    public const int ValueBytes = 128;

    /// <summary>Bytes of a value of <see cref="Locked"/>.</summary>
    public const int LockedBytes = 16;

    /// <summary>Entries of <see cref="Locked"/>.</summary>
    public const int LockedEntries = 1;

    private static readonly int[] s_keptAsTheyAre = [Jumps, Outer, OuterTable, Text, Devices, Events, JumpsInside, Deep];

    private readonly Map?[] _ours;
    private readonly KernelMap?[] _theirs;
    private readonly List<Map> _hidden = [];
    private readonly byte[] _initial = new byte[ValueBytes];

    /// <summary>Makes them.</summary>
    /// <param name="btf">Types in the kernel; null for no kernel maps.</param>
    public FuzzMaps(KernelBtf? btf)
    {
        _ours = [.. Specs.Select(Make)];
        _theirs = btf is null ? [] : [.. Specs.Select((spec, number) => Make(spec, number, btf))];
        for (int i = 0; i < _initial.Length; i++) _initial[i] = (byte)(i * 37);
        FillOurs();
        if (btf is not null) FillKernel();
    }

    private static readonly MapSpec s_inner = new() { Name = "inner", Type = MapType.Array, KeySize = 4, ValueSize = InnerBytes, MaxEntries = InnerEntries };
    private static readonly MapSpec s_innerTable = new() { Name = "inner_table", Type = MapType.Hash, KeySize = 4, ValueSize = InnerBytes, MaxEntries = InnerEntries };
    private static readonly MapSpec s_jumps = new() { Name = "jumps_template", Type = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = 4 };
    private static readonly MapSpec s_outer = new() { Name = "outer_template", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 1, Inner = s_inner };

    /// <summary>What they are made from, by number.</summary>
    public static IReadOnlyList<MapSpec> Specs { get; } =
    [
        new() { Name = "values", Type = MapType.Array, KeySize = 4, ValueSize = ValueBytes, MaxEntries = 1 },
        new() { Name = "table", Type = MapType.Hash, KeySize = 4, ValueSize = 16, MaxEntries = 4 },
        new() { Name = "lru", Type = MapType.LruHash, KeySize = 4, ValueSize = 8, MaxEntries = 4096 },
        new() { Name = "percpu_values", Type = MapType.PerCpuArray, KeySize = 4, ValueSize = 8, MaxEntries = 4 },
        new() { Name = "percpu_table", Type = MapType.PerCpuHash, KeySize = 4, ValueSize = 8, MaxEntries = 8 },
        new() { Name = "queue", Type = MapType.Queue, ValueSize = 8, MaxEntries = 4 },
        new() { Name = "stack", Type = MapType.Stack, ValueSize = 8, MaxEntries = 4 },
        new() { Name = "routes", Type = MapType.LpmTrie, KeySize = 8, ValueSize = 8, MaxEntries = 16, Flags = MapFlags.NoPrealloc },
        new() { Name = "ring", Type = MapType.RingBuf, MaxEntries = 4096 },
        new() { Name = "locked", Type = MapType.Array, KeySize = 4, ValueSize = LockedBytes, MaxEntries = LockedEntries, Btf = FuzzTypes.Spec, KeyTypeId = FuzzTypes.KeyId, ValueTypeId = FuzzTypes.LockedValueId },
        new() { Name = "jumps", Type = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = 4 },
        s_inner,
        s_inner with { Name = "other_inner" },
        s_innerTable,
        new() { Name = "outer", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 3, Inner = s_inner },
        new() { Name = "outer_table", Type = MapType.HashOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 4, Inner = s_innerTable },
        new() { Name = "text", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1, Flags = MapFlags.RdOnlyProg, DataSection = true, Contents = [.. "some text"u8, 0, 1, 2, 3, 4, 5, 6], Frozen = true },
        new() { Name = "devices", Type = MapType.DevMap, KeySize = 4, ValueSize = 4, MaxEntries = 4 },
        new() { Name = "events", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4, MaxEntries = 4 },
        new() { Name = "jumps_inside", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 1, Inner = s_jumps },
        new() { Name = "deep", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 1, Inner = s_outer },
    ];

    private static readonly Dictionary<string, int> s_numbers = Specs.Select((spec, number) => (spec.Name, number)).ToDictionary();

    /// <summary>The simulator's maps that a program names.</summary>
    public Map[] OursOf(LinkedProgram program) => [.. program.Maps.Select(spec => _ours[NumberOf(spec)] ?? throw new System.Diagnostics.UnreachableException($"A program with map '{spec.Name}' was accepted, and there is no such map."))];

    /// <summary>Descriptors of the kernel's maps that a program names; one that is nobody's for a map it would not make.</summary>
    public uint[] DescriptorsOf(LinkedProgram program) => [.. program.Maps.Select(spec => _theirs[NumberOf(spec)]?.Number ?? uint.MaxValue)];

    /// <summary>All memory of the simulator's maps.</summary>
    public IEnumerable<Vm.Memory.IGuestMemory> Memory => _ours.OfType<Map>().Concat(_hidden);

    /// <summary>The number of a map.</summary>
    public static int NumberOf(MapSpec spec) => s_numbers[spec.Name];

    /// <summary>If maps of prog arrays were made after all: puts a program of another type into the one there.</summary>
    public void SetIntruder(ExecutableProgram program)
    {
        foreach (var array in _hidden.OfType<ProgArrayMap>())
            for (uint slot = 0; slot < array.Spec.MaxEntries; slot++) array.Set(slot, program);
    }

    /// <summary>Fills two slots of the simulator's program array.</summary>
    public void SetJumps(ExecutableProgram program)
    {
        foreach (uint slot in (uint[])[0, 2])
            if (((ProgArrayMap)_ours[Jumps]!).Set(slot, program) is var errno && errno != Errno.None) throw new System.Diagnostics.UnreachableException($"The simulator refuses a tail call target: {errno}.");
    }

    /// <summary>Fills two slots of the kernel's program array.</summary>
    public void SetJumps(KernelProgram program)
    {
        foreach (int slot in (int[])[0, 2])
            if (_theirs[Jumps]!.Set(BitConverter.GetBytes(slot), program.Number) is var errno && errno != Errno.None) throw new KernelRefusedException("fuzz", "map 'jumps'", $"the kernel refuses a tail call target ({errno})", errno);
    }

    /// <summary>Numbers of the maps a program can change: those it names, and those that are in them.</summary>
    public static int[] UsedBy(LinkedProgram program)
    {
        var used = new SortedSet<int>();
        foreach (int number in program.Maps.Select(NumberOf))
        {
            if (number == Outer) used.UnionWith([Inner, OtherInner]);
            else if (number == OuterTable) used.Add(InnerTable);
            else if (Array.IndexOf(s_keptAsTheyAre, number) < 0) used.Add(number);
        }
        return [.. used];
    }

    /// <summary>Sets the simulator's maps back.</summary>
    public void ResetOurs(int[] used)
    {
        Span<byte> key = stackalloc byte[8], value = stackalloc byte[ValueBytes];
        foreach (int number in used)
        {
            var map = _ours[number]!;
            var spec = map.Spec;
            key.Clear();
            value.Clear();
            if (number == Values) map.Update(key[..4], _initial);
            else if (map is QueueStackMap queue) while (queue.LookupAndDelete([], value[..8]) == Errno.None) { }
            else if (map is RingBufMap ring) ring.Consume(_ => 0);
            else if (spec.Type is MapType.Array or MapType.PerCpuArray)
                for (key[0] = 0; key[0] < spec.MaxEntries; key[0]++) map.Update(key[..4], value[..map.UserValueBytes]);
            else while (map.NextKey(default, key[..(int)spec.KeySize]) == Errno.None) map.Delete(key[..(int)spec.KeySize]);
        }
    }

    /// <summary>Sets the kernel's maps back.</summary>
    public void ResetKernel(int[] used)
    {
        Span<byte> key = stackalloc byte[4], value = stackalloc byte[8];
        foreach (int number in used)
        {
            var map = _theirs[number]!;
            var spec = map.Spec;
            key.Clear();
            if (number == Values) map.Update(key, _initial);
            else if (spec.Type is MapType.Queue or MapType.Stack) while (map.Pop(value) == Errno.None) { }
            else if (spec.Type == MapType.RingBuf) KernelRingBuffer.Read(map);
            else if (spec.Type is MapType.Array or MapType.PerCpuArray)
                for (key[0] = 0; key[0] < spec.MaxEntries; key[0]++) map.Update(key, new byte[map.UserValueBytes]);
            else foreach (byte[] each in map.Keys()) map.Delete(each);
        }
    }

    /// <summary>What the simulator's maps hold, in an order of its own; queues and ring buffers are empty afterwards.</summary>
    public SortedDictionary<string, string> TakeOurs(int[] used)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (int number in used)
        {
            var map = _ours[number]!;
            var value = new byte[map.UserValueBytes];
            if (map is QueueStackMap queue) for (int i = 0; queue.LookupAndDelete([], value) == Errno.None; i++) content.Add(Name(map.Spec, i), Convert.ToHexString(value));
            else if (map is RingBufMap ring) ring.Consume(record => Add(content, Name(map.Spec, content.Count), record));
            else
                foreach (byte[] key in Keys(map))
                    if (map.Lookup(key, value) == Errno.None) content.Add(Name(map.Spec, key), Shown(map.Spec, value));
        }
        return content;
    }

    /// <summary>What the kernel's maps hold, written down the same way.</summary>
    public SortedDictionary<string, string> TakeKernel(int[] used)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (int number in used)
        {
            var map = _theirs[number]!;
            var value = new byte[map.UserValueBytes];
            if (map.Spec.Type is MapType.Queue or MapType.Stack) for (int i = 0; map.Pop(value) == Errno.None; i++) content.Add(Name(map.Spec, i), Convert.ToHexString(value));
            else if (map.Spec.Type == MapType.RingBuf)
                foreach (byte[] record in KernelRingBuffer.Read(map)) Add(content, Name(map.Spec, content.Count), record);
            else
                foreach (byte[] key in map.Keys())
                    if (map.Lookup(key, value) == Errno.None) content.Add(Name(map.Spec, key), Shown(map.Spec, value));
        }
        return content;
    }

    public void Dispose()
    {
        foreach (var map in _ours.Reverse()) map?.Dispose();
        foreach (var map in _hidden) map.Dispose();
        foreach (var map in _theirs) map?.Dispose();
    }

    /// <summary>Maps no kernel makes are offered to be made all the same; there is none as long as they are refused.</summary>
    private static Map? Make(MapSpec spec, int number)
    {
        try
        {
            return MapFactory.Create(spec, 1, SpecialFields.LayoutOf(spec));
        }
        catch (MapSpecException) when (number >= JumpsInside)
        {
            return null;
        }
    }

    private static KernelMap? Make(MapSpec spec, int number, KernelBtf btf)
    {
        try
        {
            return KernelMap.Create(spec, btf, "fuzz");
        }
        catch (KernelRefusedException) when (number >= JumpsInside)
        {
            return null;
        }
    }

    private void FillOurs()
    {
        void Put(int outer, uint key, Map inner)
        {
            if (((MapOfMaps)_ours[outer]!).Set(BitConverter.GetBytes(key), inner) is var errno && errno != Errno.None) throw new System.Diagnostics.UnreachableException($"The simulator refuses an inner map: {errno}.");
        }
        Put(Outer, 0, _ours[Inner]!);
        Put(Outer, 2, _ours[OtherInner]!);
        Put(OuterTable, 1, _ours[InnerTable]!);
        Put(OuterTable, 3, _ours[InnerTable]!);
        foreach (int number in (int[])[JumpsInside, Deep])
        {
            if (_ours[number] is not MapOfMaps outer) continue;
            var inner = MapFactory.Create(outer.Spec.Inner!, 1, SpecialFields.LayoutOf(outer.Spec.Inner!));
            _hidden.Add(inner);
            Put(number, 0, inner);
            if (inner is MapOfMaps middle) middle.Set(new byte[4], _ours[Inner]!);
        }
    }

    private void FillKernel()
    {
        void Put(int outer, uint key, int inner)
        {
            var errno = _theirs[outer]!.Set(BitConverter.GetBytes(key), _theirs[inner]!.Number);
            if (errno != Errno.None) throw new KernelRefusedException("fuzz", $"map '{Specs[outer].Name}'", $"the kernel refuses an inner map ({errno})", errno);
        }
        Put(Outer, 0, Inner);
        Put(Outer, 2, OtherInner);
        Put(OuterTable, 1, InnerTable);
        Put(OuterTable, 3, InnerTable);
    }

    private static int Add(SortedDictionary<string, string> content, string name, ReadOnlySpan<byte> record)
    {
        content.Add(name, Convert.ToHexString(record));
        return 0;
    }

    private static List<byte[]> Keys(Map map)
    {
        var keys = new List<byte[]>();
        var next = new byte[map.Spec.KeySize];
        for (byte[] key = []; map.NextKey(key, next) == Errno.None; key = keys[^1]) keys.Add([.. next]);
        return keys;
    }

    // Which CPU a kernel program ran on is the kernel's affair: per-CPU values are compared by their sum.
    private static string Shown(MapSpec spec, byte[] value)
    {
        if (spec.Type is not (MapType.PerCpuArray or MapType.PerCpuHash)) return Convert.ToHexString(value);
        ulong sum = 0;
        for (int at = 0; at < value.Length; at += 8) sum += BitConverter.ToUInt64(value, at);
        return sum.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static string Name(MapSpec spec, int index) => string.Create(CultureInfo.InvariantCulture, $"{spec.Name}[{index:d3}]");

    private static string Name(MapSpec spec, byte[] key) => $"{spec.Name}[{Convert.ToHexString(key)}]";
}
