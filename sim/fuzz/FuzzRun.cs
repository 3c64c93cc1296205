using Netdev.TestRun;
using Vm.Abi;
using Vm.Runtime;

namespace Sim.Fuzz;

/// <summary>One kept failure.</summary>
/// <param name="Number">Number of the program in its run, from 0; with the seed it can be made again.</param>
/// <param name="Outcome">What is wrong.</param>
/// <param name="Case">The program, shrunk.</param>
internal sealed record FuzzFinding(long Number, FuzzOutcome Outcome, FuzzCase Case);

/// <summary>A run of the differential fuzzer: programs from a seed, counted by class, failures shrunk and kept.</summary>
/// <param name="seed">Seed of programs and packets.</param>
/// <param name="packets">Packets to use; empty for built-in ones.</param>
/// <param name="asksKernel">False to run in the engines alone.</param>
/// <param name="jitEvery">Every how many-th program runs in the JIT too; compiling is what costs most.</param>
internal sealed class FuzzRun(ulong seed, IReadOnlyList<byte[]> packets, bool asksKernel = true, int jitEvery = 1)
{
    private const int PacketsEach = 2, MostFindings = 50, TypesOf = 8, MistakeOneIn = 5;

    private readonly Lock _counting = new();

    /// <summary>How many programs came out which way.</summary>
    public Dictionary<FuzzClass, long> Counts { get; } = Enum.GetValues<FuzzClass>().ToDictionary(c => c, _ => 0L);

    /// <summary>Failures; programs only the kernel accepts are counted by complaint.</summary>
    public List<FuzzFinding> Findings { get; } = [];

    /// <summary>Our complaints about programs the kernel takes, with one example each.</summary>
    public SortedDictionary<string, (long Count, FuzzFinding Example)> TooStrict { get; } = new(StringComparer.Ordinal);

    /// <summary>Known reasons why the kernel decides or computes otherwise, with how often.</summary>
    public SortedDictionary<string, long> Newer { get; } = new(StringComparer.Ordinal);

    /// <summary>What accepted programs were made of.</summary>
    public FuzzCoverage Coverage { get; } = new();

    /// <summary>Programs tried.</summary>
    public long Programs { get; private set; }

    /// <summary>Accepted programs that ran in the JIT.</summary>
    public long InJit { get; private set; }

    /// <summary>Accepted programs: all of them ran in the checked interpreter.</summary>
    public long Accepted => Coverage.Programs;

    /// <summary>Tries programs until told to stop.</summary>
    /// <param name="goOn">Asked before each program, with how many were begun; by one thread at a time.</param>
    /// <param name="threads">Threads to share the programs; which thread tries one makes no difference to it.</param>
    public void Run(Func<long, bool> goOn, int threads = 1)
    {
        long begun = 0;
        bool Begin(out long number)
        {
            lock (_counting)
            {
                number = begun;
                if (Findings.Count >= MostFindings || !goOn(begun)) return false;
                begun++;
                return true;
            }
        }
        void Work()
        {
            using var bench = new FuzzBench(asksKernel);
            using var shrinking = new FuzzBench(asksKernel);
            while (Begin(out long number)) Try(number, bench, shrinking);
            lock (_counting) Coverage.Add(bench.Coverage);
        }
        Task.WaitAll([.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(Work, TaskCreationOptions.LongRunning))]);
        Findings.Sort((one, other) => one.Number.CompareTo(other.Number));
    }

    /// <summary>The program with a number. Every one has a seed of its own, so that it can be made again without those before it.</summary>
    public FuzzCase Make(long number)
    {
        // Through the generator once: seeds side by side would give every program its neighbour's sequence, one step on.
        var random = new SeededRandom(new SeededRandom(seed).NextUInt64() ^ new SeededRandom(~(ulong)number).NextUInt64());
        var type = (random.NextUInt32() % TypesOf) switch
        {
            0 or 1 => ProgramType.Xdp,
            2 => ProgramType.Syscall,
            _ => ProgramType.SchedCls,
        };
        var lines = new FuzzGenerator(random, type).Write(mistake: random.NextUInt32() % MistakeOneIn == 0);
        var all = packets.Count > 0 ? packets : FuzzPackets.BuiltIn;
        byte[][] chosen = [.. Enumerable.Range(0, PacketsEach).Select(_ => all[(int)(random.NextUInt32() % (uint)all.Count)])];
        return new FuzzCase(type, lines, chosen, Context(random));
    }

    private void Try(long number, FuzzBench bench, FuzzBench shrinking)
    {
        var program = Make(number);
        bool inJit = number % jitEvery == 0;
        var outcome = bench.Try(program, inJit);
        lock (_counting)
        {
            Programs++;
            Counts[outcome.Class]++;
            if (inJit && outcome.IsAccepted) InJit++;
            if (outcome.Class is FuzzClass.NewerKernel or FuzzClass.KernelMistaken) Newer[outcome.Detail] = Newer.GetValueOrDefault(outcome.Detail) + 1;
        }
        if (outcome.IsFailure) KeepFailure(number, shrinking, program, outcome);
        else if (outcome.Class == FuzzClass.OnlyKernelAccepts) KeepTooStrict(number, shrinking, program, outcome);
    }

    private void KeepFailure(long number, FuzzBench bench, FuzzCase program, FuzzOutcome outcome)
    {
        if (outcome.Packet.Length > 0) program = program with { Packets = [outcome.Packet] };
        var small = program with { Lines = FuzzShrinker.Shrink(program.Lines, lines => bench.Try(program with { Lines = lines }).Class == outcome.Class) };
        var again = bench.Try(small);
        // What does not fail twice is shown as it failed once.
        var finding = again.Class == outcome.Class ? new FuzzFinding(number, again, small) : new FuzzFinding(number, outcome, program);
        lock (_counting) Findings.Add(finding);
    }

    private void KeepTooStrict(long number, FuzzBench bench, FuzzCase program, FuzzOutcome outcome)
    {
        string complaint = FuzzPackets.WithoutNumbers(outcome.Detail);
        lock (_counting)
        {
            bool known = TooStrict.TryGetValue(complaint, out var before);
            TooStrict[complaint] = known ? before with { Count = before.Count + 1 } : (1, new FuzzFinding(number, outcome, program));
            if (known) return;
        }
        bool Same(IReadOnlyList<string> lines) =>
            bench.Try(program with { Lines = lines }) is { Class: FuzzClass.OnlyKernelAccepts } still && FuzzPackets.WithoutNumbers(still.Detail) == complaint;
        var small = program with { Lines = FuzzShrinker.Shrink(program.Lines, Same) };
        lock (_counting) TooStrict[complaint] = TooStrict[complaint] with { Example = new FuzzFinding(number, outcome, small) };
    }

    private static SkbTestContext Context(SeededRandom random) => random.NextUInt32() % 2 == 0
        ? new SkbTestContext()
        : new SkbTestContext
        {
            Mark = random.NextUInt32(),
            Priority = random.NextUInt32() & 0xff,
            IngressIfindex = random.NextUInt32() & 3,
            Cb = (random.NextUInt32(), 1, 2, 3, random.NextUInt32()),
            Timestamp = random.NextUInt64() >> 2,
        };
}
