using System.Runtime.InteropServices;
using Vm.Verifier.Numbers;

namespace Vm.Verifier.States;

/// <summary>What a register or a spilled slot holds. Source: Linux 6.12 include/linux/bpf.h, enum bpf_reg_type.</summary>
internal enum RegKind : byte
{
    NotInit,
    Scalar,
    Context,
    MapPtr,
    MapValue,
    MapKey,
    Stack,
    Packet,
    PacketMeta,
    PacketEnd,
    Socket,
    SockCommon,
    TcpSock,
    XdpSock,
    BtfPtr,
    Memory,
    Buffer,
    Arena,
    Func,
    Dynptr,
}

/// <summary>Refinements of a pointer. Source: Linux 6.12 include/linux/bpf.h, enum bpf_type_flag.</summary>
[Flags]
internal enum PtrFlags : ushort
{
    None = 0,
    MaybeNull = 1 << 0,
    ReadOnly = 1 << 1,
    RingBuf = 1 << 2,
    PerCpu = 1 << 3,
    Rcu = 1 << 4,
    Untrusted = 1 << 5,
    Trusted = 1 << 6,
    Alloc = 1 << 7,
    NonOwning = 1 << 8,
    DynptrLocal = 1 << 9,
    DynptrRingBuf = 1 << 10,
    DynptrSkb = 1 << 11,
    DynptrXdp = 1 << 12,
    AnyDynptr = DynptrLocal | DynptrRingBuf | DynptrSkb | DynptrXdp,
}

/// <summary>Whether a register's value matters to what comes later. Source: Linux 6.12 include/linux/bpf_verifier.h, enum bpf_reg_liveness.</summary>
[Flags]
internal enum Live : byte
{
    None = 0,
    Read = 1,
    Written = 2,
    Done = 4,
}

/// <summary>State of an open-coded iterator in its first stack slot.</summary>
internal enum IterState : byte
{
    Invalid,
    Active,
    Drained,
}

/// <summary>Everything known about one register or spilled stack slot. Holds no references, so that states copy as memory.</summary>
/// <remarks>Source: Linux 6.12 include/linux/bpf_verifier.h, struct bpf_reg_state.</remarks>
[StructLayout(LayoutKind.Auto)]
internal struct RegState
{
    /// <summary>Set in <see cref="Id"/> when the scalar is its link's base plus <see cref="Off"/>.</summary>
    public const uint AddConst = 1u << 31;

    /// <summary><see cref="Range"/> of a packet pointer known to lie at or beyond the packet's end.</summary>
    public const int AtPacketEnd = -1, BeyondPacketEnd = -2;

    /// <summary>The number itself, or the variable part of a pointer's offset.</summary>
    public ScalarRange Num;

    /// <summary>Fixed part of a pointer's offset; for linked scalars the constant added.</summary>
    public int Off;

    /// <summary>For packets: bytes proven readable from the start of the id group. For memory: its size. For functions: subprogram number.</summary>
    public int Range;

    /// <summary>Index into the verification's maps; -1 for none.</summary>
    public int Map;

    /// <summary>Tells values of different inner maps apart.</summary>
    public uint MapUid;

    /// <summary>Index into the verification's type names, for BTF pointers and iterators.</summary>
    public int Type;

    /// <summary>Links nullness, packet ranges or equal scalars.</summary>
    public uint Id;

    /// <summary>Reference this pointer must release; 0 for none.</summary>
    public uint RefId;

    /// <summary>For slices: the dynptr they came from.</summary>
    public uint DynptrId;

    /// <summary>Iterations an iterator has made on this path.</summary>
    public int IterDepth;

    public RegKind Kind;
    public PtrFlags Flags;
    public Helpers.DynptrKind DynptrKind;
    public bool FirstSlot;
    public IterState IterState;

    /// <summary>For stack pointers: the frame pointed into.</summary>
    public byte Frame;

    public Live Live;

    /// <summary>True when a decision depended on the exact value, so that pruning must compare it.</summary>
    public bool Precise;

    /// <summary>Where the value was in the parent state, as <see cref="VerifierState.Locate"/> codes it; 0 for nowhere.</summary>
    public ushort Parent;

    public readonly bool IsScalar => Kind == RegKind.Scalar;

    public readonly bool MaybeNull => (Flags & PtrFlags.MaybeNull) != 0;

    public readonly bool IsNullConst => Kind == RegKind.Scalar && Num.IsZero;

    public readonly bool IsPacketPointer => Kind is RegKind.Packet or RegKind.PacketMeta;

    public readonly bool IsAnyPacketPointer => Kind is RegKind.Packet or RegKind.PacketMeta or RegKind.PacketEnd;

    public readonly bool IsSocket => Kind is RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock or RegKind.XdpSock;

    public readonly bool IsAllocated => Kind == RegKind.BtfPtr && (Flags & PtrFlags.Alloc) != 0;

    /// <summary>Exactly this kind, with no refinements but those given.</summary>
    public readonly bool Is(RegKind kind, PtrFlags flags = PtrFlags.None) => Kind == kind && Flags == flags;

    public static RegState Unknown()
    {
        RegState reg = default;
        reg.SetUnknown();
        return reg;
    }

    public static RegState Const(ulong value)
    {
        RegState reg = default;
        reg.SetConst(value);
        return reg;
    }

    /// <summary>Becomes an unknown number; position in the parent state and liveness stay.</summary>
    public void SetUnknown()
    {
        var (parent, live) = (Parent, Live);
        this = default;
        (Parent, Live, Map, Kind, Num) = (parent, live, -1, RegKind.Scalar, ScalarRange.Unknown);
    }

    /// <summary>Becomes a known number.</summary>
    public void SetConst(ulong value)
    {
        SetUnknown();
        Num = ScalarRange.Const(value);
    }

    /// <summary>Becomes unreadable.</summary>
    public void SetNotInit()
    {
        SetUnknown();
        Kind = RegKind.NotInit;
    }

    /// <summary>Becomes a pointer to the start of something.</summary>
    public void SetPointer(RegKind kind, PtrFlags flags = PtrFlags.None)
    {
        SetConst(0);
        Kind = kind;
        Flags = flags;
    }

    /// <summary>Forgets what a pointer pointed at.</summary>
    public void ClearTarget() => (Map, MapUid, Type, Range, DynptrId, DynptrKind) = (-1, 0, 0, 0, 0, Helpers.DynptrKind.Any);

    /// <summary>Takes over the value of another; position in the parent state and liveness stay.</summary>
    public void CopyValue(in RegState from)
    {
        var (parent, live) = (Parent, Live);
        this = from;
        (Parent, Live) = (parent, live);
    }

    /// <summary>Forgets the link to equal scalars.</summary>
    public void ClearLink()
    {
        Id = 0;
        Off = 0;
    }

    /// <summary>True when type, offset, target and range agree; ids are compared by the caller.</summary>
    public readonly bool SameButIds(in RegState other) => SameTarget(other) && Num.Equals(other.Num);

    /// <summary>True when type, fixed offset and target agree.</summary>
    public readonly bool SameTarget(in RegState other) =>
        Kind == other.Kind && Flags == other.Flags && Off == other.Off && Range == other.Range && Map == other.Map && MapUid == other.MapUid
        && Type == other.Type && DynptrId == other.DynptrId && DynptrKind == other.DynptrKind && FirstSlot == other.FirstSlot
        && IterState == other.IterState && IterDepth == other.IterDepth;
}
