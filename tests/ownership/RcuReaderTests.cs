using Vm.Memory;

namespace Tests.Ownership;

/// <summary>A reader changes hands between threads without two of them ever being inside, and nothing is freed under one that is.</summary>
public sealed class RcuReaderTests
{
    private const int Rounds = 20_000, Threads = 4;

    [Fact]
    public void OneThreadAtATimeIsInside_AndWhatItSees_IsNotFreed()
    {
        var rcu = new Rcu();
        using var reader = new RcuReader(rcu, "CPU 0");
        int freed = 0;
        Thing Make()
        {
            var thing = new Thing(rcu);
            thing.Freed += _ => Interlocked.Increment(ref freed);
            return thing;
        }

        var shown = Make();
        int inside = 0, together = 0, freedUnderReader = 0, left = Threads;
        long entered = 0;
        var readers = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                try
                {
                    reader.Enter();
                }
                catch (InvalidOperationException)
                {
                    continue;
                }
                if (Interlocked.Increment(ref inside) != 1) Interlocked.Increment(ref together);
                if (Volatile.Read(ref shown).IsFreed) Interlocked.Increment(ref freedUnderReader);
                entered++;
                Interlocked.Decrement(ref inside);
                reader.Exit();
            }
            Interlocked.Decrement(ref left);
        })).ToArray();
        foreach (var thread in readers) thread.Start();
        int made = 1;
        for (; Volatile.Read(ref left) > 0; made++) Interlocked.Exchange(ref shown, Make()).Dispose();
        foreach (var thread in readers) thread.Join();
        shown.Dispose();
        reader.Enter();
        reader.Exit();
        Assert.Equal((0, 0, 0), (together, freedUnderReader, rcu.Pending));
        Assert.Equal(made, freed);
        Assert.InRange(entered, 1, Threads * (long)Rounds);
    }

    [Fact]
    public void ABorrowedSection_IsBetweenThoseOfTheOwner_AndRefusesNobody()
    {
        var rcu = new Rcu();
        using var reader = new RcuReader(rcu, "CPU 0");
        int inside = 0, together = 0;
        void Look()
        {
            if (Interlocked.Increment(ref inside) != 1) Interlocked.Increment(ref together);
            Interlocked.Decrement(ref inside);
        }

        int failures = 0;
        var owner = new Thread(() =>
        {
            try
            {
                for (int i = 0; i < 50 * Rounds; i++)
                {
                    reader.Enter();
                    Look();
                    reader.Exit();
                }
            }
            catch (InvalidOperationException)
            {
                Interlocked.Increment(ref failures);
            }
        });
        owner.Start();
        var borrowers = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                using var section = reader.Borrow();
                Look();
            }
        })).ToArray();
        foreach (var thread in borrowers) thread.Start();
        foreach (var thread in borrowers) thread.Join();
        owner.Join();
        Assert.Equal((0, 0), (together, failures));
        reader.Enter();
        Assert.Throws<InvalidOperationException>(() => { using var again = reader.Borrow(); });
        reader.Exit();
    }

    [Fact]
    public void WhileInside_NothingIsFreed_AndLeavingFreesIt()
    {
        var rcu = new Rcu();
        using var reader = new RcuReader(rcu, "CPU 0");
        var thing = new Thing(rcu);
        reader.Enter();
        thing.Dispose();
        Assert.Equal((false, 1), (thing.IsFreed, rcu.Pending));
        reader.Exit();
        Assert.Equal((true, 0), (thing.IsFreed, rcu.Pending));
    }

    [Fact]
    public void WhoReachesForAReaderInside_IsRefused_AndItsOwnerNoticesNothing()
    {
        var rcu = new Rcu();
        using var reader = new RcuReader(rcu, "CPU 0");
        for (int i = 0; i < 3; i++)
        {
            reader.Enter();
            Assert.IsType<InvalidOperationException>(Elsewhere(reader.Enter));
            Assert.True(reader.IsInside);
            reader.Exit();
            Assert.False(reader.IsInside);
        }
        Assert.Null(Elsewhere(() =>
        {
            reader.Enter();
            reader.Exit();
        }));
        reader.Enter();
        reader.Exit();
    }

    [Fact]
    public void ThreadsThatNeverEnteredAnything_AreNotTakenForOneAnother()
    {
        using var reader = new RcuReader(new Rcu(), "CPU 0");
        Assert.Null(Elsewhere(() =>
        {
            reader.Enter();
            Assert.IsType<InvalidOperationException>(Elsewhere(reader.Enter));
            Assert.IsType<InvalidOperationException>(Elsewhere(reader.Enter));
            reader.Exit();
        }));
    }

    [Fact]
    public void Dispose_WhileInside_IsRefused_AndWorksAfterwards()
    {
        var rcu = new Rcu();
        var reader = new RcuReader(rcu, "CPU 0");
        reader.Enter();
        Assert.IsType<InvalidOperationException>(Elsewhere(reader.Dispose));
        reader.Exit();
        reader.Enter();
        reader.Exit();
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(reader.Enter);
    }

    private static Exception? Elsewhere(Action act)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(act));
        thread.Start();
        thread.Join();
        return failure;
    }

    private sealed class Thing : RefCounted
    {
        private int _freed;

        public Thing(Rcu rcu) => Readers = rcu;

        public bool IsFreed => Volatile.Read(ref _freed) != 0;

        protected override void OnDispose() => Volatile.Write(ref _freed, 1);
    }
}
