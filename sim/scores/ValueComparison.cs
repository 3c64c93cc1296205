using Sim.Scenarios;
using Vm.Btf;

namespace Sim.Scores;

/// <summary>Compares bytes with a value as a person wrote it: only the members that are named count.</summary>
internal static class ValueComparison
{
    /// <summary>One difference for each named member that differs, members of members included.</summary>
    /// <param name="btf">Types.</param>
    /// <param name="typeId">Type of the value.</param>
    /// <param name="expected">What was expected, by member.</param>
    /// <param name="got">The bytes.</param>
    /// <param name="subject">First column of the differences.</param>
    /// <param name="file">The scenario, for messages.</param>
    /// <param name="differences">Where they go.</param>
    public static void Compare(BtfSpec btf, uint typeId, WrittenValue expected, byte[] got, string subject, string file, List<Difference> differences)
    {
        foreach (var (path, node) in StatedMembers.Of("", expected))
        {
            if (!BtfPath.TryFind(btf, typeId, path, out var field, out string problem)) throw new ScenarioFormatException(file, node.Where, problem);
            var want = (byte[])got.Clone();
            try
            {
                BtfValue.EncodeInto(btf, field, node, want);
            }
            catch (BtfValueException refused)
            {
                throw new ScenarioFormatException(file, refused.Where.Length > 0 ? refused.Where : node.Where, refused.What);
            }
            if (want.AsSpan().SequenceEqual(got)) continue;
            int at = (int)field.Offset;
            differences.Add(new(subject, "", path, BtfValue.Format(btf, field.TypeId, want.AsSpan(at), BtfPath.LastName(path)), BtfValue.Format(btf, field.TypeId, got.AsSpan(at), BtfPath.LastName(path))));
        }
    }
}
