using System.Globalization;
using System.Runtime.InteropServices;
using Vm.Isa;

namespace Tests.Differential;

/// <summary>The public ISA vectors, when they are at hand: name, CPU version, groups, memory, program, expected R0.</summary>
public sealed class ConformanceVectorTests
{
    private const string Variable = "BPF_ISA_VECTORS";

    public static TheoryData<string> EngineNames => [.. Engines.All];

    [Theory, MemberData(nameof(EngineNames))]
    public void EveryVector_YieldsItsResult(string engine)
    {
        string? file = FindVectors();
        Assert.SkipWhen(file is null, $"no vectors: set {Variable} to the public ISA conformance suite's cases as a table (name, cpu, groups, memory, program, result)");
        var failures = new List<string>();
        var lines = File.ReadLines(file!).Skip(1).ToList();
        foreach (string line in lines)
        {
            var fields = line.Split('\t');
            byte[] memory = Bytes(fields[3]);
            var slots = MemoryMarshal.Cast<byte, RawInsn>(Bytes(fields[4])).ToArray();
            ulong expected = ulong.Parse(fields[5].AsSpan(fields[5].StartsWith("0x", StringComparison.Ordinal) ? 2 : 0), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            var program = TrustedProgram.FromSlots(TrustedProgram.WithLength(slots, memory.Length));
            ulong r0 = Engines.Run(Engines.Load(engine, program), memory).R0;
            if (r0 != expected) failures.Add($"{fields[0]}: 0x{r0:x}, expected 0x{expected:x}");
        }
        Assert.Empty(failures);
        Assert.Equal(313, lines.Count);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>The table of the conformance suite's cases, if somebody said where it is.</summary>
    internal static string? FindVectors() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null;
}
