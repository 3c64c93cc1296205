using System.Runtime.CompilerServices;

namespace Vm.Memory;

/// <summary>A simulated CPU as a reader: which thread drives it, and whether it is inside a read-side section (at a packet).</summary>
/// <remarks>
/// It belongs to the thread that entered last, for which entering and leaving are two plain stores, about a nanosecond; neither stores a
/// reference, which would cost as much again. Another thread takes it over on its own when it is outside, which costs some microseconds,
/// and is refused when it is inside.
/// </remarks>
public sealed class RcuReader : IDisposable
{
    /// <summary>No thread's number, and not that of one which has entered nothing yet.</summary>
    private const int Nobody = -1;

    private readonly Lock _gate = new();
    private readonly Rcu _rcu;
    private readonly string _name;
    private Seat _seat = new(Nobody);
    private bool _closed;

    /// <summary>Number of this thread, kept where reading it is cheap; 0 until it has entered some reader the slow way.</summary>
    [ThreadStatic]
    private static int t_thread;

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
        if ((state & 1) != 0 || seat.Thread != t_thread)
        {
            EnterElse(null);
            return;
        }
        Volatile.Write(ref seat.State, state + 1);
        // Another thread that wants the seat says so first and looks at the state after a barrier on all processors: one of both sees the other.
        if (Volatile.Read(ref seat.IsWanted)) EnterElse(seat);
    }

    /// <summary>Ends the section; frees what waited for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit()
    {
        // Nobody takes the seat of a reader that is inside.
        var seat = _seat;
        Volatile.Write(ref seat.State, seat.State + 1);
        if (_rcu.HasWaiting) _rcu.Poll();
    }

    /// <summary>
    /// Begins a section between those of the thread that drives the CPU: waits until it is outside, and lets it wait until the section ends,
    /// where <see cref="Enter"/> refuses one of both.
    /// </summary>
    /// <returns>The section, to be disposed by this thread.</returns>
    /// <exception cref="InvalidOperationException">This thread is inside already.</exception>
    /// <exception cref="ObjectDisposedException">The CPU is gone.</exception>
    public Borrowed Borrow()
    {
        int thread = t_thread = Environment.CurrentManagedThreadId;
        while (true)
        {
            _gate.Enter();
            try
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                if (_seat.Thread == thread && (_seat.State & 1) != 0) throw Busy();
                if (_seat.Thread == thread || TryTake(thread))
                {
                    Volatile.Write(ref _seat.State, _seat.State + 1);
                    // Held on top of this one until the section is disposed: whoever comes to the gate meanwhile waits.
                    _gate.Enter();
                    return new Borrowed(this);
                }
            }
            finally
            {
                _gate.Exit();
            }
            Thread.Yield();
        }
    }

    /// <summary>A section that was begun between those of another thread.</summary>
    public readonly ref struct Borrowed
    {
        private readonly RcuReader _reader;

        internal Borrowed(RcuReader reader) => _reader = reader;

        /// <summary>Ends it; frees what waited for it.</summary>
        public void Dispose()
        {
            _reader.Exit();
            _reader._gate.Exit();
        }
    }

    /// <summary>No section begins any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            Take(Nobody);
            _closed = true;
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
    /// <param name="marked">The seat this thread has marked as inside already, before it saw that another thread wants it; null when it has not.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterElse(Seat? marked)
    {
        int thread = t_thread = Environment.CurrentManagedThreadId;
        lock (_gate)
        {
            // The other thread saw the mark and gave up.
            if (marked is not null && _seat == marked) return;
            if (marked is not null) marked.State++;
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_seat.Thread != thread) Take(thread);
            if ((_seat.State & 1) != 0) throw Busy();
            Volatile.Write(ref _seat.State, _seat.State + 1);
        }
    }

    private void Take(int thread)
    {
        if (!TryTake(thread)) throw Busy();
    }

    private bool TryTake(int thread)
    {
        var old = _seat;
        Volatile.Write(ref old.IsWanted, true);
        Interlocked.MemoryBarrierProcessWide();
        if ((Volatile.Read(ref old.State) & 1) != 0)
        {
            old.IsWanted = false;
            return false;
        }
        // It stays wanted: whoever still has it in hand finds out and comes to the gate.
        Volatile.Write(ref _seat, new Seat(thread));
        return true;
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

        /// <summary>True while another thread is about to take it, and once one has.</summary>
        public bool IsWanted;
    }
}

/// <summary>One read-side section of one reader, or the time between two.</summary>
internal readonly record struct RcuSection(RcuReader.Seat Seat, ulong State)
{
    /// <summary>True while the reader is still in it.</summary>
    public bool IsInside => (State & 1) != 0 && Volatile.Read(ref Seat.State) == State;
}
