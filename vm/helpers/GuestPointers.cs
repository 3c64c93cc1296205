using Vm.Memory;

namespace Vm.Helpers;

/// <summary>Address of a map key in guest memory.</summary>
[GuestArgument(ArgKind.MapKey)]
public readonly record struct MapKey(ulong Address);

/// <summary>
/// Memory of a kernel function and its size. Kernel functions look for null themselves: the address may be 0 whatever the size says, so there is no
/// span before one has looked.
/// </summary>
/// <param name="Address">First byte; 0 for no memory.</param>
/// <param name="Bytes">Size: of the memory, below 2^29; without memory any number where the memory is optional (<c>__opt</c>).</param>
[GuestArgument(ArgKind.Memory)]
public readonly record struct BufferOrNull(ulong Address, uint Bytes);

/// <summary>Address of a map value in guest memory, as an argument.</summary>
[GuestArgument(ArgKind.MapValue)]
public readonly record struct MapValue(ulong Address);

/// <summary>Result of a lookup: address of a value, or 0.</summary>
public readonly record struct MapValueOrNull(ulong Address);

/// <summary>Address of a 16-byte dynptr.</summary>
[GuestArgument(ArgKind.Dynptr)]
public readonly record struct DynptrRef(ulong Address);

/// <summary>Address of a kptr field in a map value: a slot that holds a guest handle or 0.</summary>
[GuestArgument(ArgKind.KptrField)]
public readonly record struct KptrFieldRef(ulong Address)
{
    /// <summary>Puts a handle in and takes the old one out, atomically.</summary>
    public ulong Exchange(ulong handle) => Interlocked.Exchange(ref Native.Ref<ulong>(Address), handle);
}

/// <summary>Address of a struct bpf_spin_lock in a map value.</summary>
[GuestArgument(ArgKind.SpinLock)]
public readonly record struct SpinLockRef(ulong Address);

/// <summary>Address of a struct bpf_timer in a map value.</summary>
[GuestArgument(ArgKind.Timer)]
public readonly record struct TimerRef(ulong Address);

/// <summary>Address of a struct bpf_wq in a map value.</summary>
[GuestArgument(ArgKind.WorkQueue)]
public readonly record struct WorkQueueRef(ulong Address);

/// <summary>Address of a 4-byte integer the callee fills.</summary>
[GuestArgument(ArgKind.Memory, FixedBytes = 4)]
public readonly record struct Int32Ref(ulong Address)
{
    /// <summary>The integer.</summary>
    public ref int Value => ref Native.Ref<int>(Address);
}

/// <summary>Address of an 8-byte integer the callee fills.</summary>
[GuestArgument(ArgKind.Memory, FixedBytes = 8)]
public readonly record struct Int64Ref(ulong Address)
{
    /// <summary>The integer.</summary>
    public ref long Value => ref Native.Ref<long>(Address);
}

/// <summary>Address of a NUL-terminated constant string in a read-only map.</summary>
[GuestArgument(ArgKind.ConstString)]
public readonly record struct ConstStringRef(ulong Address);

/// <summary>Address of a ring buffer record that was reserved before.</summary>
[GuestArgument(ArgKind.RingBufMemory)]
public readonly record struct RingBufRecord(ulong Address);

/// <summary>A subprogram as a value: what ld_imm64 of a function yields. Engines make one for each function whose address is taken.</summary>
/// <remarks>
/// Runs on the guest stack below the frame that is active, so a callback sees its caller's memory unchanged.
/// Invoke counts against the run's loop budget.
/// </remarks>
[GuestArgument(ArgKind.Callback)]
public abstract class GuestCallback : GuestReferent
{
    /// <summary>Calls the subprogram with up to five arguments; R0 comes back.</summary>
    public abstract ulong Invoke(Runtime.ExecContext x, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5);

    /// <summary>True when its program has been unloaded: it must not be called any more.</summary>
    public bool IsGone { get; private set; }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        IsGone = true;
        base.OnDispose();
    }
}
