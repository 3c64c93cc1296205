namespace Vm.Memory;

/// <summary>Who may still be looking at what nobody holds any more: packets run without references, and what they may see is freed after them.</summary>
/// <remarks>
/// A CPU says that it begins and that it is done with two plain stores; whoever frees something pays for that with one barrier on all
/// processors. Nobody waits: what cannot be freed yet is freed by the reader that leaves last.
/// Source: the idea of Linux 6.12 kernel/rcu; Documentation/RCU/whatisRCU.rst.
/// </remarks>
public sealed class Rcu
{
    private readonly Lock _gate = new();
    private readonly List<RcuReader> _readers = [];
    private readonly Queue<Waiting> _waiting = new();
    private volatile bool _hasWaiting;

    /// <summary>Things that wait for readers to leave.</summary>
    public int Pending
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Frees something when all readers that are inside now have left; at once when none is.</summary>
    public void Free(RefCounted dead)
    {
        ArgumentNullException.ThrowIfNull(dead);
        lock (_gate)
        {
            // Whoever took it out of sight did so before this barrier; readers that enter after it cannot find it.
            Interlocked.MemoryBarrierProcessWide();
            var inside = _readers.Select(reader => reader.Now).Where(section => section.IsInside).ToArray();
            if (inside.Length > 0)
            {
                _waiting.Enqueue(new Waiting(dead, inside));
                _hasWaiting = true;
                dead = null!;
            }
        }
        if (dead is not null) dead.Destroy();
        else Poll();
    }

    /// <summary>True when something waits for readers to leave. One read of a field.</summary>
    internal bool HasWaiting => _hasWaiting;

    internal void Join(RcuReader reader)
    {
        lock (_gate) _readers.Add(reader);
    }

    internal void Leave(RcuReader reader)
    {
        lock (_gate) _readers.Remove(reader);
        Poll();
    }

    /// <summary>Frees what no reader can see any more.</summary>
    internal void Poll()
    {
        while (_hasWaiting)
        {
            RefCounted? free;
            lock (_gate)
            {
                // In order: who left the first one's section may still be in the second one's.
                if (!_waiting.TryPeek(out var first) || Array.Exists(first.Inside, section => section.IsInside)) return;
                free = _waiting.Dequeue().Dead;
                _hasWaiting = _waiting.Count > 0;
            }
            free.Destroy();
        }
    }

    private readonly record struct Waiting(RefCounted Dead, RcuSection[] Inside);
}
