using System.Text.RegularExpressions;

namespace Sim.Kernel;

/// <summary>Something a newer kernel's verifier follows and 6.12's does not.</summary>
/// <param name="Name">What, in words.</param>
/// <param name="Source">Where 6.12 gives up, and what newer kernels do.</param>
/// <param name="Blind">A line of text, with the result of such an instruction sent through memory no verifier follows.</param>
public sealed record NewerVerifier(string Name, string Source, Func<string, string> Blind)
{
    /// <summary>The list.</summary>
    public static IReadOnlyList<NewerVerifier> All { get; } =
    [
        new("bounds through negation (BPF_NEG)",
            "Linux 6.12 kernel/bpf/verifier.c, check_alu_op: BPF_NEG leaves a register unknown; newer kernels follow it in adjust_scalar_min_max_vals",
            line => Regex.Replace(line, @"^([rw])([0-9]) = -\1\2$", match => match.Value + Through(match.Groups[2].Value))),
        new("bits through byte swaps (BPF_END)",
            "Linux 6.12 kernel/bpf/verifier.c, check_alu_op: BPF_END leaves a register unknown; newer kernels swap the known bits",
            line => Regex.Replace(line, @"^r([0-9]) = (be|le|bswap)(16|32|64) r\1$", match => match.Value + Through(match.Groups[1].Value))),
    ];

    /// <summary>The reason why a newer kernel's verdict is not ours; null when there is none on the list.</summary>
    /// <remarks>
    /// The test is exact: made blind where 6.12 is, and with everything else unchanged, the kernel must change its mind.
    /// Generated programs keep R9 at a map value, which is where the number goes through.
    /// </remarks>
    /// <param name="lines">The program's text.</param>
    /// <param name="accepted">The kernel's verdict on it.</param>
    /// <param name="accepts">Asks the kernel about a text.</param>
    public static NewerVerifier? Explains(IReadOnlyList<string> lines, bool accepted, Func<IReadOnlyList<string>, bool> accepts)
    {
        foreach (var known in All)
        {
            string[] blind = [.. lines.Select(line => string.Join('\n', line.Split('\n').Select(known.Blind)))];
            if (!blind.SequenceEqual(lines, StringComparer.Ordinal) && accepts(blind) != accepted) return known;
        }
        return null;
    }

    // 6.12 forgets all 64 bits, also of a 32-bit operation.
    private static string Through(string register) => $"\n*(u64 *)(r9 +0) = r{register}\nr{register} = *(u64 *)(r9 +0)";
}
