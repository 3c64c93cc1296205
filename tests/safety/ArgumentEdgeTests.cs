using Netdev.TestRun;
using Sim.Fuzz;
using Sim.Live;
using Vm.Abi;
using Vm.Helpers;
using Vm.Runtime;

namespace Tests.Safety;

/// <summary>Every helper and kernel function, with sizes and numbers where one width ends and another begins: one verdict here and in the kernel, and the same run everywhere.</summary>
public sealed class ArgumentEdgeTests(ITestOutputHelper output)
{
    public static TheoryData<ProgramType> Types => [.. FuzzTypes.Programs];

    [Theory]
    [MemberData(nameof(Types))]
    public void ACall_WithNumbersNearTheEdges_IsDecidedAndRunAlike(ProgramType type)
    {
        using var bench = new FuzzBench(asksKernel: KernelProbe.WhyNot() is null);
        var wrong = new List<string>();
        var outcomes = new SortedDictionary<FuzzClass, int>();
        foreach (var call in FuzzAnyCall.CallsOf(type))
        {
            foreach (string edge in FuzzDynptrs.Edges)
            {
                if (call.Signature.Args.Any(arg => arg.Kind is ArgKind.ConstSize or ArgKind.ConstAllocSize || (arg.Flags & ArgFlags.Constant) != 0)) Try(bench, type, call, edge, null, outcomes, wrong);
                if (call.Signature.Args.Any(arg => arg.Kind == ArgKind.Anything)) Try(bench, type, call, null, edge, outcomes, wrong);
            }
        }
        output.WriteLine($"{type}: {FuzzAnyCall.CallsOf(type).Count} functions; {string.Join(", ", outcomes.Select(pair => $"{pair.Value} {pair.Key}"))}");
        Assert.Empty(wrong);
        Assert.True(outcomes[FuzzClass.Agreed] > 100, "hardly anything ran");
        Assert.True(outcomes[FuzzClass.Refused] > 100, "hardly anything was refused");
    }

    private static void Try(FuzzBench bench, ProgramType type, HelperBinding call, string? size, string? number, SortedDictionary<FuzzClass, int> outcomes, List<string> wrong)
    {
        // Optional memory is there or not, by chance: a few tries see both.
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var text = new FuzzText(new SeededRandom(seed), type);
            text.Prologue();
            new FuzzAnyCall(text).Call(call, wrong: -1, size, number);
            text.Epilogue(keepsNumbers: true);
            var outcome = bench.Try(new FuzzCase(type, text.Lines, [FuzzPackets.BuiltIn[0]], new SkbTestContext()));
            outcomes[outcome.Class] = outcomes.GetValueOrDefault(outcome.Class) + 1;
            if (outcome.IsFailure || outcome.Class == FuzzClass.OnlyKernelAccepts)
                wrong.Add($"{call.Signature.Name}, sizes {size ?? "that fit"}, numbers {number ?? "that fit"}: {outcome.Class}: {outcome.Detail}\n{string.Join('\n', text.Lines.Skip(FuzzGenerator.PrologueLines).Take(2))}");
        }
    }
}
