using Vm.Abi;
using Vm.Kernel;
using Vm.Loading;

namespace Vm.Syscall;

/// <summary>bpf(2) of the simulated kernel: takes a command number and attribute bytes, as a kernel does, and gives a descriptor or an errno.</summary>
/// <remarks>Thread-safe. Source: Linux 6.12 kernel/bpf/syscall.c, __sys_bpf.</remarks>
public sealed class BpfSyscalls
{
    private const int LargestAttributes = 4096;

    /// <summary>A kernel's bpf(2).</summary>
    /// <param name="settings">What it is built with.</param>
    public BpfSyscalls(SyscallSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings;
        VmlinuxBtf.Supply(settings.Load);
    }

    /// <summary>What it is built with.</summary>
    public SyscallSettings Settings { get; }

    /// <summary>Answers a call.</summary>
    /// <param name="caller">Who calls.</param>
    /// <param name="memory">The caller's memory.</param>
    /// <param name="command">Command number.</param>
    /// <param name="attributes">Address of the attributes in that memory.</param>
    /// <param name="size">Their bytes; what a command knows beyond is zero.</param>
    /// <returns>A descriptor, a number or 0; or a negative errno.</returns>
    /// <exception cref="NotSimulatedException">It asks for something that is not here; the README lists what.</exception>
    public int Run(Process caller, ICallerMemory memory, int command, ulong attributes, uint size)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(memory);
        if (size > LargestAttributes) return Call.Fail(Errno.E2BIG);
        if (size > Call.AttributeBytes)
        {
            Span<byte> behind = stackalloc byte[LargestAttributes - Call.AttributeBytes];
            behind = behind[..((int)size - Call.AttributeBytes)];
            if (!memory.TryRead(attributes + Call.AttributeBytes, behind)) return Call.Fail(Errno.EFAULT);
            if (behind.IndexOfAnyExcept((byte)0) >= 0) return Call.Fail(Errno.E2BIG);
        }
        var copy = new byte[Call.AttributeBytes];
        if (!memory.TryRead(attributes, copy.AsSpan(0, Math.Min((int)size, copy.Length)))) return Call.Fail(Errno.EFAULT);
        if ((uint)command >= (uint)CommandTable.Rows.Count) return Call.Fail(Errno.EINVAL);
        var row = CommandTable.Rows[command];
        var call = new Call(this, caller, memory, attributes, size, copy);
        if (row.ChecksTail && !call.EndsAt(row.Last)) return Call.Fail(Errno.EINVAL);
        return row.Answer(call);
    }
}
