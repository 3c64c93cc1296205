#pragma warning disable CS1591 // Members of the two kind enums are the kernel's ARG_* and RET_* names in C# spelling.
namespace Vm.Helpers;

/// <summary>What an argument of a helper or kfunc must be. Source: Linux 6.12 include/linux/bpf.h, enum bpf_arg_type.</summary>
public enum ArgKind
{
    Anything,
    Context,
    ConstMapPtr,
    MapKey,
    MapValue,
    Memory,
    ConstSize,
    ConstAllocSize,
    RingBufMemory,
    Dynptr,
    SpinLock,
    Timer,
    WorkQueue,
    KptrField,
    ConstString,
    Callback,
    Socket,
    SockCommon,

    /// <summary>A socket of any kind, also as a kernel struct (ARG_PTR_TO_BTF_ID_SOCK_COMMON).</summary>
    AnySocket,
    BtfPointer,
    PerCpuBtfPointer,
    Iterator,
    Arena,

    /// <summary>An object the program made and owns (<c>__alloc</c>).</summary>
    Allocation,

    /// <summary>An object with a reference count, owned or not (<c>__refcounted_kptr</c>).</summary>
    RefcountedAllocation,
    ListHead,
    ListNode,
    RbRoot,
    RbNode,
}

/// <summary>Refinements of an <see cref="ArgKind"/>. Source: Linux 6.12 include/linux/bpf.h, enum bpf_type_flag; kfunc suffixes.</summary>
[Flags]
public enum ArgFlags
{
    None = 0,

    /// <summary>NULL is allowed (PTR_MAYBE_NULL, <c>__nullable</c>, <c>__opt</c>).</summary>
    MaybeNull = 1 << 0,

    /// <summary>The callee only reads the memory (MEM_RDONLY).</summary>
    ReadOnly = 1 << 1,

    /// <summary>The callee fills the memory; it need not be initialised (MEM_UNINIT).</summary>
    Uninit = 1 << 2,

    /// <summary>The callee releases the reference behind it (OBJ_RELEASE).</summary>
    Release = 1 << 3,

    /// <summary>For sizes: zero is allowed (CONST_SIZE_OR_ZERO).</summary>
    OrZero = 1 << 4,

    /// <summary>The memory has the fixed size in <see cref="ArgSpec.FixedBytes"/>.</summary>
    FixedSize = 1 << 5,

    /// <summary>The address must be aligned to the fixed size (MEM_ALIGNED).</summary>
    Aligned = 1 << 6,

    /// <summary>For scalars: must be a known constant (<c>__k</c>, <c>__szk</c>).</summary>
    Constant = 1 << 7,

    /// <summary>For iterators and dynptrs: the callee makes it (new, from_*).</summary>
    Creates = 1 << 8,

    /// <summary>For iterators: the callee destroys it.</summary>
    Destroys = 1 << 9,

    /// <summary>A pointer under RCU is enough (KF_RCU); otherwise kfunc pointers must be referenced or trusted.</summary>
    RcuEnough = 1 << 10,

    /// <summary>
    /// The kernel's prototype does not name this register (printk's arguments), or says not to look at it (<c>__ign</c>): the program may leave it unset, and the callee gets
    /// whatever it holds, so it must trust nothing about it.
    /// </summary>
    Unchecked = 1 << 11,
}

/// <summary>What a helper or kfunc returns. Source: Linux 6.12 include/linux/bpf.h, enum bpf_return_type.</summary>
public enum ReturnKind
{
    Void,
    Integer,
    MapValue,
    MapValueOrNull,
    Memory,
    MemoryOrNull,
    RingBufMemoryOrNull,
    DynptrMemoryOrNull,
    SocketOrNull,
    TcpSockOrNull,
    SockCommonOrNull,
    BtfPointer,
    BtfPointerOrNull,
    IteratorElementOrNull,
    /// <summary>bpf_kptr_xchg: the old pointer of the field, owned or null.</summary>
    KptrOrNull,

    /// <summary>bpf_obj_new: an object of the struct the constant argument names.</summary>
    NewAllocationOrNull,

    /// <summary>bpf_refcount_acquire: the object it was given; null only when the program did not own that.</summary>
    RefcountedObjectOrNull,

    /// <summary>A node of an object of what the list or tree argument holds.</summary>
    GraphNodeOrNull,
}

/// <summary>Kinds of dynptr, as they can be made and demanded. Source: Linux 6.12 include/linux/bpf.h, enum bpf_dynptr_type.</summary>
public enum DynptrKind
{
    Any = 0,
    Local = 1,
    RingBuf = 2,
    Skb = 3,
    Xdp = 4,

    /// <summary>
    /// One a caller passed to a global function, which is walked on its own: it may cover a packet. 6.12 takes it for <see cref="Local"/>, and
    /// lets slices of it outlive what moves the packet.
    /// </summary>
    Caller = 5,
}

/// <summary>One argument.</summary>
/// <param name="Kind">What it must be.</param>
/// <param name="Flags">Refinements.</param>
/// <param name="FixedBytes">Size in bytes of fixed-size memory; 0 otherwise.</param>
/// <param name="TypeName">Kernel struct name of BTF pointers and iterators; null otherwise.</param>
/// <param name="Dynptr">Kind of dynptr made or demanded.</param>
public readonly record struct ArgSpec(ArgKind Kind, ArgFlags Flags = ArgFlags.None, int FixedBytes = 0, string? TypeName = null, DynptrKind Dynptr = DynptrKind.Any)
{
    /// <summary>How much of the register the callee gets, in bytes: 4 for a u32 or int, else 8. The binder takes it from the parameter's shape.</summary>
    public int PassedBytes { get; init; } = 8;

    /// <summary>What the callee gets of a register. Whatever is believed about an argument's value has to be believed of this.</summary>
    public ulong Passed(ulong register) => PassedBytes == 4 ? (uint)register : register;
}

/// <summary>Properties of the whole call.</summary>
[Flags]
public enum CallFlags
{
    None = 0,

    /// <summary>Only for GPL-compatible programs.</summary>
    GplOnly = 1 << 0,

    /// <summary>May move or resize the packet: every packet pointer is dead afterwards.</summary>
    ChangesPacket = 1 << 1,

    /// <summary>May sleep: only sleepable programs.</summary>
    Sleepable = 1 << 2,

    /// <summary>The result carries a reference that must be released.</summary>
    Acquire = 1 << 3,

    /// <summary>Gives a reference back.</summary>
    Release = 1 << 4,

    /// <summary>kfunc pointers must be trusted (KF_TRUSTED_ARGS).</summary>
    TrustedArgs = 1 << 5,

    /// <summary>kfunc pointers may be RCU protected (KF_RCU).</summary>
    Rcu = 1 << 6,

    /// <summary>Iterator constructor, step, destructor.</summary>
    IterNew = 1 << 7,
    IterNext = 1 << 8,
    IterDestroy = 1 << 9,

    /// <summary>bpf_tail_call: does not return when it succeeds; R0 is unreadable afterwards.</summary>
    TailCall = 1 << 10,

    /// <summary>Needs CAP_PERFMON beyond CAP_BPF.</summary>
    NeedsPerfmon = 1 << 11,

    /// <summary>Calls back into the program synchronously (bpf_loop, bpf_for_each_map_elem).</summary>
    CallsBack = 1 << 12,

    /// <summary>bpf_rcu_read_lock / unlock, bpf_preempt_disable / enable.</summary>
    RcuLock = 1 << 13,
    RcuUnlock = 1 << 14,
    PreemptDisable = 1 << 15,
    PreemptEnable = 1 << 16,

    /// <summary>Takes addresses of packet bytes as memory (pkt_access).</summary>
    TakesPacket = 1 << 17,

    /// <summary>bpf_throw: never returns; the program ends with what its exception callback answers.</summary>
    Throws = 1 << 18,

    /// <summary>May be called while the program holds a bpf_spin_lock.</summary>
    UnderLock = 1 << 19,

    /// <summary>Registers a function of the program that runs later, on its own (bpf_timer_set_callback, bpf_wq_set_callback_impl).</summary>
    CallsBackLater = 1 << 20,
}

/// <summary>The prototype of a helper or kfunc as the verifier checks it.</summary>
/// <param name="Name">Kernel name, <c>bpf_map_lookup_elem</c>.</param>
/// <param name="Args">One entry per register from R1; at most five.</param>
/// <param name="Return">What R0 holds afterwards.</param>
/// <param name="Flags">Properties of the call.</param>
/// <param name="ReturnTypeName">Kernel struct name for BTF pointers; null otherwise.</param>
/// <param name="ReturnSizeArg">Index of the argument whose constant value is the size of returned memory; -1 for none.</param>
/// <param name="ReturnBytes">Fixed size of returned memory; 0 when unknown or not memory.</param>
public sealed record HelperSignature(
    string Name,
    IReadOnlyList<ArgSpec> Args,
    ReturnKind Return,
    CallFlags Flags = CallFlags.None,
    string? ReturnTypeName = null,
    int ReturnSizeArg = -1,
    int ReturnBytes = 0);
#pragma warning restore CS1591
