using System.Runtime.InteropServices;
using Vm.Abi;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>A bounded pointer as it lies in guest memory: 16 bytes, the kernel's layout.</summary>
/// <remarks>
/// For skb and xdp kinds <see cref="Data"/> is the native context. Source: Linux 6.12 include/linux/bpf.h, struct bpf_dynptr_kern;
/// kernel/bpf/helpers.c, bpf_dynptr_*.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct Dynptr
{
    /// <summary>Largest size a dynptr can describe.</summary>
    public const uint MaxSize = (1 << 24) - 1;

    private const uint ReadOnlyBit = 1u << 31;
    private const int KindShift = 28;

    /// <summary>Address of the bytes, or of the context for packets; 0 for a null dynptr.</summary>
    public ulong Data;

    private uint _size;

    /// <summary>Bytes skipped at the front.</summary>
    public uint Offset;

    /// <summary>Makes a dynptr over a whole area.</summary>
    public Dynptr(ulong data, uint size, DynptrKind kind, bool readOnly)
    {
        Data = data;
        _size = size | ((uint)kind << KindShift) | (readOnly ? ReadOnlyBit : 0);
        Offset = 0;
    }

    /// <summary>True for a dynptr that points nowhere.</summary>
    public readonly bool IsNull => Data == 0;

    /// <summary>True when the bytes cannot be written through it.</summary>
    public readonly bool IsReadOnly => (_size & ReadOnlyBit) != 0;

    /// <summary>What it points into.</summary>
    public readonly DynptrKind Kind => (DynptrKind)((_size & ~ReadOnlyBit) >> KindShift);

    /// <summary>Bytes it covers from <see cref="Offset"/> on.</summary>
    public readonly uint Size => _size & MaxSize;

    /// <summary>Changes the covered length.</summary>
    public void SetSize(uint size) => _size = (_size & ~MaxSize) | size;

    /// <summary>E2BIG when a range leaves the dynptr, as bpf_dynptr_check_off_len says.</summary>
    public readonly Errno Check(ulong offset, ulong bytes) => bytes > Size || offset > Size - bytes ? Errno.E2BIG : Errno.None;

    /// <summary>Address of a contiguous range, or 0.</summary>
    public readonly ulong Linear(ExecContext x, uint offset, uint bytes)
    {
        if (IsNull || Check(offset, bytes) != Errno.None) return 0;
        return Kind is DynptrKind.Skb or DynptrKind.Xdp ? x.Packets!.Linear(Data, Offset + offset, bytes) : Data + Offset + offset;
    }
}
