using Netdev.TestRun;
using Vm.Runtime;

namespace Sim.Kernel;

/// <summary>One kept failure.</summary>
/// <param name="Number">Number of the program in its run, from 0; with the seed it can be made again.</param>
/// <param name="Outcome">What is wrong.</param>
/// <param name="Lines">The program, shrunk.</param>
internal sealed record FuzzFinding(long Number, FuzzOutcome Outcome, IReadOnlyList<string> Lines);

/// <summary>A run of the differential fuzzer: programs from a seed, counted by class, failures shrunk and kept.</summary>
/// <param name="seed">Seed of programs and packets.</param>
/// <param name="packets">Packets to use; empty for built-in ones.</param>
internal sealed class FuzzRun(ulong seed, IReadOnlyList<byte[]> packets)
{
    private const int PacketsEach = 2, MostFindings = 50;

    /// <summary>How many programs came out which way.</summary>
    public Dictionary<FuzzClass, long> Counts { get; } = Enum.GetValues<FuzzClass>().ToDictionary(c => c, _ => 0L);

    /// <summary>Results that differ and programs only we accept; those only the kernel accepts are counted by complaint.</summary>
    public List<FuzzFinding> Findings { get; } = [];

    /// <summary>Our complaints about programs the kernel takes, with one example each.</summary>
    public SortedDictionary<string, (long Count, FuzzFinding Example)> TooStrict { get; } = new(StringComparer.Ordinal);

    /// <summary>Programs tried.</summary>
    public long Programs { get; private set; }

    /// <summary>Tries programs until told to stop.</summary>
    /// <param name="goOn">Asked before each program, with how many were tried.</param>
    public void Run(Func<long, bool> goOn)
    {
        using var bench = new FuzzBench();
        var all = packets.Count > 0 ? packets : FuzzPackets.BuiltIn;
        for (; goOn(Programs) && Findings.Count < MostFindings; Programs++)
        {
            // Every program has a seed of its own, so that any one can be made again without those before it.
            var random = new SeededRandom(seed + (ulong)Programs * 0x9E3779B97F4A7C15);
            var lines = new FuzzGenerator(random).Next(mistake: random.NextUInt32() % 5 == 0);
            byte[][] chosen = [.. Enumerable.Range(0, PacketsEach).Select(_ => all[(int)(random.NextUInt32() % (uint)all.Count)])];
            var context = Context(random);
            var outcome = bench.Try(lines, chosen, context);
            Counts[outcome.Class]++;
            Keep(bench, lines, chosen, context, outcome);
        }
    }

    private void Keep(FuzzBench bench, IReadOnlyList<string> lines, byte[][] chosen, SkbTestContext context, FuzzOutcome outcome)
    {
        if (outcome.Class is FuzzClass.ResultDiffers or FuzzClass.OnlyWeAccept)
        {
            byte[][] one = outcome.Packet.Length > 0 ? [outcome.Packet] : chosen;
            var small = FuzzShrinker.Shrink(lines, candidate => bench.Try(candidate, one, context).Class == outcome.Class);
            var again = bench.Try(small, one, context);
            // What does not fail twice is shown as it failed once.
            Findings.Add(again.Class == outcome.Class ? new FuzzFinding(Programs, again, small) : new FuzzFinding(Programs, outcome, lines));
        }
        else if (outcome.Class == FuzzClass.OnlyKernelAccepts)
        {
            string complaint = FuzzPackets.WithoutNumbers(outcome.Detail);
            if (TooStrict.TryGetValue(complaint, out var known)) TooStrict[complaint] = known with { Count = known.Count + 1 };
            else
            {
                var small = FuzzShrinker.Shrink(lines, candidate => bench.Try(candidate, chosen, context) is { Class: FuzzClass.OnlyKernelAccepts } still && FuzzPackets.WithoutNumbers(still.Detail) == complaint);
                TooStrict.Add(complaint, (1, new FuzzFinding(Programs, outcome, small)));
            }
        }
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
