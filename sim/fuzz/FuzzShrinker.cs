using System.Diagnostics;
using Vm.Abi;

namespace Sim.Fuzz;

/// <summary>Makes a failing program small by leaving lines out as long as it fails the same way.</summary>
internal static class FuzzShrinker
{
    private const int MostTrials = 1500;

    // Some programs keep a verifier busy for seconds: they are shown as far as they got.
    private static readonly TimeSpan s_mostTime = TimeSpan.FromSeconds(20);

    /// <summary>The smallest text found for which <paramref name="fails"/> still says yes.</summary>
    /// <param name="lines">A program that fails. Its first lines and its labels in use stay.</param>
    /// <param name="fails">True when a program still fails the same way.</param>
    public static IReadOnlyList<string> Shrink(IReadOnlyList<string> lines, Func<IReadOnlyList<string>, bool> fails)
    {
        var best = lines.ToList();
        int trials = 0;
        long start = Stopwatch.GetTimestamp();
        bool GoesOn() => trials < MostTrials && Stopwatch.GetElapsedTime(start) < s_mostTime;
        for (int chunk = Math.Max(1, best.Count / 2); chunk > 0 && GoesOn();)
        {
            bool smaller = false;
            for (int at = FuzzGenerator.PrologueLines; at < best.Count && GoesOn(); trials++)
            {
                var candidate = best.Where((line, i) => i < FuzzGenerator.PrologueLines || i < at || i >= at + chunk || line.EndsWith(':')).ToList();
                if (candidate.Count < best.Count && Fails(candidate, fails))
                {
                    best = candidate;
                    smaller = true;
                }
                else
                {
                    at += chunk;
                }
            }
            if (!smaller || chunk > 1) chunk = chunk == 1 && smaller ? 1 : chunk / 2;
        }
        return [.. best.Where(line => !line.EndsWith(':') || FuzzProgram.IsUsed(line[..^1], best))];
    }

    private static bool Fails(List<string> candidate, Func<IReadOnlyList<string>, bool> fails)
    {
        try
        {
            return fails(candidate);
        }
        catch (AssemblyFormatException)
        {
            // A label at the very end, for example: not a program any more.
            return false;
        }
    }
}
