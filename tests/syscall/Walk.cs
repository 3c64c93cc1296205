using Vm.Runtime;

namespace Tests.Syscall;

/// <summary>Many calls on two kernels in step: every answer must be equal. A difference is shortened before it is shown.</summary>
internal static class Walk
{
    private const int ClosesOneIn = 12, DuplicatesOneIn = 30;

    private abstract record Step
    {
        public sealed record Put(Ask Ask) : Step;

        public sealed record Close(int Slot) : Step;

        public sealed record Duplicate(int Slot, int Into) : Step;

        public sealed record Happen(Happening What) : Step;
    }

    /// <summary>Walks.</summary>
    /// <param name="seed">Which walk.</param>
    /// <param name="calls">How long.</param>
    /// <param name="slots">Descriptors that have a name.</param>
    /// <param name="source">What makes up the calls.</param>
    /// <param name="live">False asks the simulated kernel alone: nothing is compared, but it must not fail.</param>
    /// <param name="prepare">What both kernels have before the first call.</param>
    /// <returns>Null when all answers were equal; else the shortest way to a difference.</returns>
    public static string? Run(ulong seed, int calls, int slots, Func<SeededRandom, IAskSource> source, bool live = true, Action<TwoKernels>? prepare = null)
    {
        var random = new SeededRandom(seed);
        var asks = source(random);
        using var kernels = new TwoKernels(live);
        prepare?.Invoke(kernels);
        var steps = new List<Step>();
        for (int i = 0; i < calls; i++)
        {
            Step step = asks.Event() is { } happens ? new Step.Happen(happens) : Below(ClosesOneIn) == 0 ? new Step.Close(Below(slots)) : Below(DuplicatesOneIn) == 0 ? new Step.Duplicate(Below(slots), Below(slots)) : new Step.Put(asks.Next());
            steps.Add(step);
            var (here, there) = Take(kernels, step);
            if (here != there) return Shorten(seed, steps, here, there, prepare);
            if (step is Step.Duplicate twice && here == "ok") asks.Duplicated(twice.Slot, twice.Into);
            if (step is Step.Put put) asks.Answered(put.Ask, here.StartsWith("ok", StringComparison.Ordinal));
        }
        return null;

        int Below(int bound) => (int)(random.NextUInt64() % (ulong)bound);
    }

    private static (string Here, string There) Take(TwoKernels kernels, Step step) => step switch
    {
        Step.Put put => kernels.Put(put.Ask),
        Step.Close close => kernels.Close(close.Slot),
        Step.Duplicate twice => kernels.Duplicate(twice.Slot, twice.Into),
        Step.Happen happen => happen.What.Act(kernels),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Shorten(ulong seed, List<Step> steps, string here, string there, Action<TwoKernels>? prepare)
    {
        string? story = Differs(steps, here, there, prepare);
        if (story is null) return $"seed {seed}: a difference that does not come again after {steps.Count} steps, the last {Text(steps[^1])}: here {here}, kernel {there}";
        for (int length = Math.Max(1, steps.Count / 2); length > 0; length /= 2)
        {
            for (int at = steps.Count - 1 - length; at >= 0; at -= length)
            {
                var fewer = new List<Step>(steps);
                fewer.RemoveRange(at, Math.Min(length, fewer.Count - 1 - at));
                if (Differs(fewer, here, there, prepare) is not { } shorter) continue;
                (steps, story) = (fewer, shorter);
            }
        }
        return $"seed {seed}\n{story}";
    }

    // What is left out must leave the same difference: what an answer is compared by may rest on it.
    private static string? Differs(List<Step> steps, string wantedHere, string wantedThere, Action<TwoKernels>? prepare)
    {
        using var kernels = new TwoKernels();
        prepare?.Invoke(kernels);
        var lines = new List<string>();
        foreach (var step in steps)
        {
            var (here, there) = Take(kernels, step);
            lines.Add(here == there ? $"{Text(step)}: {here}" : $"{Text(step)}\n  here   {here}\n  kernel {there}");
            if (here != there) return here == wantedHere && there == wantedThere ? string.Join('\n', lines) : null;
        }
        return null;
    }

    private static string Text(Step step) => step switch
    {
        Step.Put put => put.Ask.ToString(),
        Step.Close close => $"close #{close.Slot}",
        Step.Duplicate twice => $"dup #{twice.Slot} -> #{twice.Into}",
        Step.Happen happen => happen.What.Text,
        _ => "",
    };
}
