using System.Runtime.InteropServices;

namespace Vm.Memory;

/// <summary>Something managed that a program holds as an opaque pointer: a map, a crypto context, a socket.</summary>
/// <remarks>
/// The guest value is the address of a small native cell that leads back to the object. The verifier makes sure a program
/// never reads through it; helpers turn it back with <see cref="Resolve{T}"/>. Reference counted for kinds the kernel counts;
/// the cell lives until <see cref="Dispose()"/>.
/// </remarks>
public abstract unsafe class GuestObject : IDisposable
{
    private readonly nint* _cell;
    private int _references = 1;
    private bool _disposed;

    /// <summary>Makes the cell. Reference count starts at 1.</summary>
    protected GuestObject()
    {
        _cell = (nint*)NativeMemory.AlignedAlloc(16, 16);
        _cell[0] = GCHandle.ToIntPtr(GCHandle.Alloc(this));
        _cell[1] = 0;
    }

    /// <summary>The value a guest register holds for this object; never 0, 16-byte aligned, stable for life.</summary>
    public ulong Handle => (ulong)_cell;

    /// <summary>References held: by user space, by kptr fields, by programs that are running.</summary>
    public int References => Volatile.Read(ref _references);

    /// <summary>Takes a reference unless the count has already reached zero (refcount_inc_not_zero).</summary>
    public bool TryAcquire()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int was = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (was == seen) return true;
            seen = was;
        }
        return false;
    }

    /// <summary>Gives a reference back; the last one calls <see cref="OnUnreferenced"/>.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) OnUnreferenced();
    }

    /// <summary>The object behind a guest value that came from <see cref="Handle"/>; the caller vouches for the value.</summary>
    public static T Resolve<T>(ulong handle) where T : GuestObject =>
        System.Runtime.CompilerServices.Unsafe.As<T>(GCHandle.FromIntPtr(*(nint*)handle).Target!);

    /// <summary>Frees the cell and what the object owns. Guest values of it are dead from here on.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        GCHandle.FromIntPtr(_cell[0]).Free();
        NativeMemory.AlignedFree(_cell);
        OnDispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Called once, when the last reference is gone. Deferred freeing is the owner's matter.</summary>
    protected virtual void OnUnreferenced()
    {
    }

    /// <summary>Frees what the subclass owns. Called once.</summary>
    protected virtual void OnDispose()
    {
    }
}
