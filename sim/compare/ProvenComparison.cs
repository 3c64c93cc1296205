using Vm;
using Vm.Abi;
using Vm.Specs;

namespace Sim.Compare;

/// <summary>Finds out why two sides differ: a reason counts only when the difference goes away with it.</summary>
/// <remarks>
/// A program that calls a helper of which the two sides need not agree (<see cref="KnownDifferences"/>) is no excuse. The comparison is made again
/// with that helper's result made the same constant on both sides, once for each of its constants: a difference that is still there has another
/// reason, and one that turns up only then counts as well.
/// </remarks>
internal static class ProvenComparison
{
    /// <summary>One comparison, of objects that are rewritten before they are loaded on both sides.</summary>
    public delegate Comparison Make(Func<ObjectSpec, ObjectSpec> rewrite);

    /// <summary>Compares, and again as often as there are reasons to try.</summary>
    /// <param name="make">Makes one comparison, everything anew.</param>
    /// <param name="side">What the kernel runs on.</param>
    /// <param name="comment">Adds to the notes when something stays unexplained; null for nothing.</param>
    public static Comparison Run(Make make, KernelSide side, Action<Comparison>? comment = null)
    {
        var result = Explain(make, side);
        if (result.Unexplained.Any()) comment?.Invoke(result);
        return result;
    }

    private static Comparison Explain(Make make, KernelSide side)
    {
        var calls = new HashSet<KnownDifference>();
        var result = make(spec =>
        {
            calls.UnionWith(KnownDifferences.All.Where(known => (known.Only ?? side) == side && known.AppliesTo(spec)));
            return spec;
        });
        if (result.Differences.Count == 0 || calls.Count == 0) return result;
        KnownDifference[] reasons = [.. KnownDifferences.All.Where(calls.Contains)];
        foreach (var reason in reasons) Try(make, result, [reason]);
        if (reasons.Length > 1 && result.Unexplained.Any()) Try(make, result, reasons);
        return result;
    }

    // What is still there has another reason; the fields that are gone are explained.
    private static IEnumerable<Difference> Split(Difference difference, List<Difference> remaining, KnownDifference cause)
    {
        var there = remaining.Where(difference.IsAtTheSamePlaceAs).ToArray();
        if (there.Length == 0) return [difference with { Explanation = cause }];
        // Which entries a map has may itself depend on what was made constant.
        if (difference.Packet == 0) return [difference];
        var still = difference.Fields.ToLookup(field => there.Any(one => one.Fields.Any(other => (other.Layer, other.Field) == (field.Layer, field.Field))));
        var open = difference with { Fields = [.. still[true]] };
        return still[false].Any() ? [open, difference with { Fields = [.. still[false]], Explanation = cause }] : [open];
    }

    private static void Try(Make make, Comparison result, KnownDifference[] reasons)
    {
        if (result.Unexplained.All(difference => difference.Made is not null)) return;
        string names = string.Join(" and ", reasons.Select(reason => reason.Name));
        var remaining = new List<Difference>();
        for (int round = 0; round < reasons.Max(reason => reason.Constants.Count); round++)
        {
            var constants = reasons.ToDictionary(reason => reason.Helper, reason => reason.Constants[Math.Min(round, reason.Constants.Count - 1)]);
            try
            {
                var again = make(spec => ConstantHelpers.Apply(spec, constants));
                if (again.Runs != result.Runs)
                {
                    // Standard input, above all: there is nothing to read a second time.
                    result.Notes.Add($"whether {names} is why they differ could not be tried: the packets can be read only once");
                    return;
                }
                remaining.AddRange(again.Differences);
            }
            catch (Exception refused) when (refused is BadInputException or ProgramRejectedException)
            {
                result.Notes.Add($"whether {names} is why they differ could not be tried, because with it made constant: {refused.Message}");
                return;
            }
        }
        var cause = reasons.Length == 1 ? reasons[0] : new KnownDifference(HelperId.Unspec, names, string.Join("; ", reasons.Select(reason => reason.Why)), string.Join("; ", reasons.Select(reason => reason.Source)), []);
        Difference[] before = [.. result.Differences];
        result.Differences.Clear();
        foreach (var difference in before) result.Differences.AddRange(difference is { Explanation: null, Made: null } ? Split(difference, remaining, cause) : [difference]);
        // Only with all reasons gone is what is left certain to be another difference.
        foreach (var late in remaining.Where(late => !result.Differences.Exists(late.IsAtTheSamePlaceAs)).DistinctBy(late => (late.Program, late.Packet, late.Map)))
            if (reasons.Length > 1 || result.Differences.All(known => known.Explanation is not null)) result.Differences.Add(late with { Made = names });
    }
}
