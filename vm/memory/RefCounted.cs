namespace Vm.Memory;

/// <summary>Something several owners share: it is freed when the last of them lets go.</summary>
/// <remarks>
/// Whoever makes it holds the first reference and gives it back with <see cref="Dispose"/>; everybody else takes one with
/// <see cref="Acquire"/> and gives it back with <see cref="Release"/>. Thread-safe. Where readers may look at it without a
/// reference (packets that are running), <see cref="Readers"/> says who has to leave first.
/// </remarks>
public abstract class RefCounted : IDisposable
{
    private int _references = 1;
    private int _returned;
    private int _destroyed;

    /// <summary>Told once, just before it is freed.</summary>
    public event Action<RefCounted>? Freed;

    /// <summary>References held by all owners; 0 once it is being freed.</summary>
    public int References => Volatile.Read(ref _references);

    /// <summary>Readers that may see it without a reference: freeing waits for them. Null when there are none.</summary>
    public Rcu? Readers { get; set; }

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

    /// <summary>Takes a reference.</summary>
    /// <exception cref="ObjectDisposedException">Nobody holds one any more.</exception>
    public void Acquire()
    {
        ObjectDisposedException.ThrowIf(!TryAcquire(), this);
    }

    /// <summary>Gives a reference back; the last one frees it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) OnUnreferenced();
    }

    /// <summary>Gives the maker's reference back. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) != 0) return;
        OnReturned();
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Called once, when the maker's reference is about to be given back.</summary>
    protected virtual void OnReturned()
    {
    }

    /// <summary>Called once, when the last reference is gone. Frees it, after the readers that may still see it.</summary>
    protected virtual void OnUnreferenced()
    {
        if (Readers is { } readers) readers.Free(this);
        else Destroy();
    }

    /// <summary>Frees what it owns. Called once, when nobody can see it any more.</summary>
    protected virtual void OnDispose()
    {
    }

    internal void Destroy()
    {
        if (Interlocked.Exchange(ref _destroyed, 1) != 0) return;
        Freed?.Invoke(this);
        OnDispose();
    }
}
