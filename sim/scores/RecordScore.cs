using System.Globalization;
using Sim.Run;
using Sim.Scenarios;
using Vm.Btf;

namespace Sim.Scores;

/// <summary>Compares ring buffer and perf records with expected ones, by type or as bytes.</summary>
internal static class RecordScore
{
    public static Check Check(Testbed testbed, RunResult result, RecordsExpectation expected)
    {
        string statement = $"{expected.Map}: {expected.Records.Count} records";
        var got = result.Records[expected.Map];
        var (owner, _) = testbed.Map(expected.Map, expected.Where);
        var differences = new List<Difference>();
        uint typeId = TypeOf(testbed, owner.Spec.Btf, expected);
        for (int i = 0; i < Math.Max(got.Count, expected.Records.Count); i++)
        {
            string subject = $"record {i + 1}";
            if (i >= got.Count) differences.Add(new(subject, "", "(whole record)", "(expected)", "(missing)"));
            else if (i >= expected.Records.Count) differences.Add(new(subject, "", "(whole record)", "(nothing)", MapEntries.Format(owner.Spec.Btf, typeId, got[i])));
            else Compare(testbed, owner.Spec.Btf, typeId, expected.Records[i], got[i], subject, differences);
        }
        if (differences.Count == 0) return Scores.Check.Passed(statement, expected.Where);
        return new Check(statement, false, expected.Where, $"{got.Count} records", differences);
    }

    private static void Compare(Testbed testbed, BtfSpec? btf, uint typeId, WrittenValue expected, byte[] got, string subject, List<Difference> differences)
    {
        string file = testbed.Scenario.File;
        if (btf is null || typeId == 0 || expected is not WrittenMapping mapping)
        {
            byte[] want = typeId == 0 && Plain(expected, got.Length) is { } plain ? plain : MapEntries.Encode(typeId == 0 ? null : btf, typeId, got.Length, expected, file);
            if (!want.AsSpan().SequenceEqual(got)) differences.Add(new(subject, "", "bytes", Convert.ToHexStringLower(want), Convert.ToHexStringLower(got)));
            return;
        }
        if (btf.SizeOf(typeId) is var bytes && got.Length < bytes) differences.Add(new(subject, "", "length", $"{bytes} bytes", $"{got.Length} bytes: {Convert.ToHexStringLower(got)}"));
        else ValueComparison.Compare(btf, typeId, mapping, got, subject, file, differences);
    }

    // Bytes in hexadecimal say how many there are, and a number that the record has no room for is as long as it must be: both are misses then, not mistakes in the file.
    private static byte[]? Plain(WrittenValue node, int length) => node switch
    {
        WrittenScalar { Text: ['0', 'x' or 'X', .. { Length: > 0 } digits] } when digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) => Convert.FromHexString(digits),
        WrittenScalar { Text: var text } when ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && (length > 8 || (length < 8 && number >> (8 * length) != 0)) => BitConverter.GetBytes(number),
        _ => null,
    };

    private static uint TypeOf(Testbed testbed, BtfSpec? btf, RecordsExpectation expected)
    {
        if (expected.Type is not { } name) return 0;
        string plain = name.StartsWith("struct ", StringComparison.Ordinal) ? name[7..] : name;
        return btf is not null && (btf.TryFind<BtfComposite>(plain, out var composite))
            ? composite.Id
            : throw new ScenarioFormatException(testbed.Scenario.File, expected.Where, $"the object's BTF has no struct '{plain}'");
    }
}
