using Vm.Memory;

namespace Vm.Runtime;

/// <summary>Accesses that ask before they touch: fault-tolerant loads, and the checks of checked compilations.</summary>
public static class GuestAccess
{
    /// <summary>The address itself, once all bytes behind it are known to be readable.</summary>
    /// <exception cref="GuestFaultException">They are not.</exception>
    public static ulong Readable(ulong address, ExecContext x, int bytes, string program, int pc) =>
        IsLive(address, x, bytes, MemoryAccess.Read) ? address : throw new GuestFaultException(program, pc, address, bytes, MemoryAccess.Read);

    /// <summary>The address itself, once all bytes behind it are known to be writable.</summary>
    /// <exception cref="GuestFaultException">They are not.</exception>
    public static ulong Writable(ulong address, ExecContext x, int bytes, string program, int pc) =>
        IsLive(address, x, bytes, MemoryAccess.Write) ? address : throw new GuestFaultException(program, pc, address, bytes, MemoryAccess.Write);

    /// <summary>A load that yields 0 where there is no memory, zero-extended otherwise.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/core.c, BPF_PROBE_MEM; arch/x86/mm/extable.c, ex_handler_bpf.</remarks>
    public static ulong Probe(ulong address, ExecContext x, int bytes) =>
        IsLive(address, x, bytes, MemoryAccess.Read) ? Load(address, bytes) : 0;

    /// <summary>Copies bytes out if all of them are live (copy_from_kernel_nofault); otherwise leaves <paramref name="to"/> as it was.</summary>
    public static bool TryCopy(ulong address, ExecContext x, Span<byte> to)
    {
        if (address + (ulong)to.Length < address || !IsLive(address, x, to.Length, MemoryAccess.Read)) return false;
        Native.Bytes(address, to.Length).CopyTo(to);
        return true;
    }

    /// <summary>A plain little-endian load of 1, 2, 4 or 8 bytes, zero-extended; the caller vouches for the address.</summary>
    public static ulong Load(ulong address, int bytes) => bytes switch
    {
        1 => Native.Ref<byte>(address),
        2 => Native.Ref<ushort>(address),
        4 => Native.Ref<uint>(address),
        _ => Native.Ref<ulong>(address),
    };

    /// <summary>A plain little-endian store of the low 1, 2, 4 or 8 bytes; the caller vouches for the address.</summary>
    public static void Store(ulong address, int bytes, ulong value)
    {
        switch (bytes)
        {
            case 1: Native.Ref<byte>(address) = (byte)value; break;
            case 2: Native.Ref<ushort>(address) = (ushort)value; break;
            case 4: Native.Ref<uint>(address) = (uint)value; break;
            default: Native.Ref<ulong>(address) = value; break;
        }
    }

    private static bool IsLive(ulong address, ExecContext x, int bytes, MemoryAccess access) => x.Allows(address, bytes, access, x.StackLow);
}
