using System.Runtime.CompilerServices;

namespace Vm.Memory;

/// <summary>A simulated CPU as a reader: which thread drives it, and whether it is inside a read-side section (at a packet).</summary>
/// <remarks>
/// It belongs to the thread that entered last, for which entering and leaving are two plain stores, about a nanosecond. Another thread
/// takes it over on its own when it is outside, which costs some microseconds, and is refused when it is inside.
/// </remarks>
public sealed class RcuReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Rcu _rcu;
    private readonly string _name;
    private Seat _seat = new(0);
    private Seat? _entered;
    private bool _closed;

    /// <summary>Makes a reader that is outside.</summary>
    /// <param name="rcu">What it reads under.</param>
    /// <param name="name">For messages: <c>CPU 0</c>.</param>
    public RcuReader(Rcu rcu, string name)
    {
        ArgumentNullException.ThrowIfNull(rcu);
        _rcu = rcu;
        _name = name;
        rcu.Join(this);
    }

    /// <summary>True inside a section, whoever asks.</summary>
    public bool IsInside => Now.IsInside;

    /// <summary>Begins a section.</summary>
    /// <exception cref="InvalidOperationException">Another thread is inside, or this one is already.</exception>
    /// <exception cref="ObjectDisposedException">The CPU is gone.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        var seat = _seat;
        ulong state = seat.State;
        if ((state & 1) != 0 || seat.Thread != Environment.CurrentManagedThreadId)
        {
            EnterElse(null);
            return;
        }
        Volatile.Write(ref seat.State, state + 1);
        // Another thread that takes the seat changes it first and looks at the state after a barrier on all processors: one of both sees the other.
        if (Volatile.Read(ref _seat) != seat) EnterElse(seat);
        else _entered = seat;
    }

    /// <summary>Ends the section; frees what waited for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit()
    {
        // Not the present seat: another thread may be reaching for it in vain at this moment.
        var seat = _entered!;
        Volatile.Write(ref seat.State, seat.State + 1);
        if (_rcu.HasWaiting) _rcu.Poll();
    }

    /// <summary>No section begins any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            Take(0);
        }
        _rcu.Leave(this);
    }

    /// <summary>The section it is in now, if it is in one.</summary>
    internal RcuSection Now
    {
        get
        {
            var seat = Volatile.Read(ref _seat);
            return new RcuSection(seat, Volatile.Read(ref seat.State));
        }
    }

    /// <summary>Everything but the common case.</summary>
    /// <param name="marked">The seat this thread has marked as inside already, before it saw that another thread reaches for it; null when it has not.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterElse(Seat? marked)
    {
        int thread = Environment.CurrentManagedThreadId;
        lock (_gate)
        {
            // The other thread saw the mark and gave up.
            if (marked is not null && _seat == marked)
            {
                _entered = marked;
                return;
            }
            if (marked is not null) marked.State++;
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_seat.Thread != thread) Take(thread);
            if ((_seat.State & 1) != 0) throw Busy();
            _seat.State++;
            _entered = _seat;
        }
    }

    private void Take(int thread)
    {
        var old = _seat;
        Volatile.Write(ref _seat, new Seat(thread));
        Interlocked.MemoryBarrierProcessWide();
        if ((Volatile.Read(ref old.State) & 1) == 0) return;
        Volatile.Write(ref _seat, old);
        throw Busy();
    }

    private InvalidOperationException Busy() => new(
        $"{_name} is at a packet already: one thread at a time feeds a simulated CPU, and nothing feeds it from inside an observer. "
        + "For several threads, make the network with several CPUs and give each thread one (Network.Cpus[n].Receive).");

    /// <inheritdoc/>
    public override string ToString() => _name;

    /// <summary>What one owning thread writes; a new one for each change of thread, so that a late store of the old thread hurts nobody.</summary>
    internal sealed class Seat(int thread)
    {
        public readonly int Thread = thread;
        /// <summary>Odd inside a section; each section has a number of its own.</summary>
        public ulong State;
    }
}

/// <summary>One read-side section of one reader, or the time between two.</summary>
internal readonly record struct RcuSection(RcuReader.Seat Seat, ulong State)
{
    /// <summary>True while the reader is still in it.</summary>
    public bool IsInside => (State & 1) != 0 && Volatile.Read(ref Seat.State) == State;
}
