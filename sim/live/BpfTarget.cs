using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Vm.Abi;
using Vm.Btf;
using Vm.Syscall;

namespace Sim.Live;

/// <summary>A kernel that objects are loaded into by bpf(2), the live one or a simulated one: the same loader loads either.</summary>
/// <remarks>One call at a time, whoever calls.</remarks>
internal sealed class BpfTarget
{
    private const int BlockBytes = 64 << 20, InfoBytes = 32;

    private static readonly Lazy<BpfTarget> s_live = new(() => new BpfTarget(new LiveCalls(BlockBytes), () => KernelTarget.Btf, KernelTarget.PossibleCpus, $"this kernel ({KernelTarget.Release})"));

    private readonly IBpfCalls _calls;
    private readonly Lazy<BtfSpec> _types;

    private BpfTarget(IBpfCalls calls, Func<BtfSpec> types, int possibleCpus, string name)
    {
        _calls = calls;
        _types = new Lazy<BtfSpec>(types);
        (PossibleCpus, Name) = (possibleCpus, name);
    }

    /// <summary>The live kernel.</summary>
    public static BpfTarget Live => s_live.Value;

    /// <summary>A kernel behind calls; its types are asked for by bpf(2).</summary>
    /// <param name="calls">Who answers; its memory has to take the largest program with its log.</param>
    /// <param name="possibleCpus">CPUs it may ever see.</param>
    public static BpfTarget Over(IBpfCalls calls, int possibleCpus)
    {
        BpfTarget? made = null;
        made = new BpfTarget(calls, () => made!.ReadTypes(), possibleCpus, "this kernel");
        return made;
    }

    /// <summary>Its own types.</summary>
    public BtfSpec Types => _types.Value;

    /// <summary>CPUs it may ever see: per-CPU values have as many copies.</summary>
    public int PossibleCpus { get; }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Makes one call; what it needs in memory is set aside anew.</summary>
    /// <param name="call">Sets buffers aside, calls, and takes out what it needs.</param>
    public T Ask<T>(Func<IBpfCalls, T> call)
    {
        lock (_calls)
        {
            _calls.Memory.Reset();
            return call(_calls);
        }
    }

    /// <summary>close(2).</summary>
    public void Close(int descriptor)
    {
        lock (_calls) _calls.Close(descriptor);
    }

    private BtfSpec ReadTypes()
    {
        int descriptor = Ask(calls => calls.Call(BpfCommand.BtfGetFdById, new ObjectInfoAttr { Fd = 1 }, out int made) == Errno.None ? made : -1);
        if (descriptor < 0) throw new KernelRefusedException("kernel", "BTF 1", $"{Name} does not show its types", Errno.ENOENT);
        try
        {
            uint bytes = Ask(calls => BinaryPrimitives.ReadUInt32LittleEndian(Info(calls, descriptor, 0).AsSpan(8)));
            return BtfReader.Read(Ask(calls =>
            {
                Info(calls, descriptor, bytes, out ulong data);
                return calls.Memory.Bytes(data, (int)bytes).ToArray();
            }), "kernel types");
        }
        finally
        {
            Close(descriptor);
        }
    }

    private static byte[] Info(IBpfCalls calls, int descriptor, uint room) => Info(calls, descriptor, room, out _);

    private static byte[] Info(IBpfCalls calls, int descriptor, uint room, out ulong data)
    {
        data = calls.Memory.Allocate((int)room);
        ulong info = calls.Memory.Allocate(InfoBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(calls.Memory.Bytes(info, InfoBytes), data);
        BinaryPrimitives.WriteUInt32LittleEndian(calls.Memory.Bytes(info, InfoBytes)[8..], room);
        var errno = calls.Call(BpfCommand.ObjGetInfoByFd, new ObjectInfoAttr { Fd = (uint)descriptor, InfoBytes = InfoBytes, Info = info }, out _);
        return errno == Errno.None ? calls.Memory.Bytes(info, InfoBytes).ToArray() : throw new KernelRefusedException("kernel", "BTF 1", $"its types cannot be read ({errno})", errno);
    }
}

/// <summary>bpf(2) with attributes as structs.</summary>
internal static class TypedCalls
{
    /// <summary>Calls with attributes that only go in.</summary>
    /// <param name="calls">Who answers.</param>
    /// <param name="command">What to do.</param>
    /// <param name="attributes">In.</param>
    /// <param name="result">The descriptor or number it returns; -1 when it fails.</param>
    /// <returns>None, or why it failed.</returns>
    public static Errno Call<T>(this IBpfCalls calls, BpfCommand command, T attributes, out int result) where T : unmanaged => calls.Call(command, ref attributes, out result);

    /// <summary>The same with attributes that come back.</summary>
    public static Errno Call<T>(this IBpfCalls calls, BpfCommand command, ref T attributes, out int result) where T : unmanaged
    {
        ulong at = calls.Memory.Put(attributes);
        result = calls.Bpf(command, at, (uint)Unsafe.SizeOf<T>());
        attributes = calls.Memory.Ref<T>(at);
        if (result >= 0) return Errno.None;
        var errno = (Errno)(-result);
        result = -1;
        return errno;
    }
}

/// <summary>A descriptor of a kernel object; disposing closes it.</summary>
internal sealed class BpfHandle(BpfTarget target, int descriptor) : IDisposable
{
    private bool _closed;

    /// <summary>Its number.</summary>
    public uint Number { get; } = (uint)descriptor;

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        target.Close(descriptor);
    }
}
