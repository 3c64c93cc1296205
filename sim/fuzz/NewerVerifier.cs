using System.Text.RegularExpressions;
using Vm.Proofs;

namespace Sim.Fuzz;

/// <summary>Something a newer kernel's verifier follows and 6.12's does not.</summary>
/// <param name="Name">What, in words.</param>
/// <param name="Source">Where 6.12 gives up, and what newer kernels do.</param>
internal sealed record NewerVerifier(string Name, string Source)
{
    /// <summary>A line of text, followed by lines that make a newer kernel forget what 6.12 does not follow; unchanged where both are alike.</summary>
    public Func<string, string>? Blind { get; init; }

    /// <summary>Where no text can do that: what makes our own verifier as new.</summary>
    public VerifierOptions? Options { get; init; }

    /// <summary>The list.</summary>
    public static IReadOnlyList<NewerVerifier> All { get; } =
    [
        new("bounds through negation (BPF_NEG)",
            "Linux 6.12 kernel/bpf/verifier.c, check_alu_op: BPF_NEG leaves a register unknown; newer kernels follow it in adjust_scalar_min_max_vals")
        {
            Blind = line => Regex.Replace(line, @"^([rw])([0-9]) = -\1\2$", match => match.Value + Through(match.Groups[2].Value)),
        },
        new("bits through byte swaps (BPF_END)",
            "Linux 6.12 kernel/bpf/verifier.c, check_alu_op: BPF_END leaves a register unknown; newer kernels swap the known bits")
        {
            Blind = line => Regex.Replace(line, @"^r([0-9]) = (be|le|bswap)(16|32|64) r\1$", match => match.Value + Through(match.Groups[1].Value)),
        },
        new("links through 32-bit additions, subtractions and negative constants",
            "Linux 6.12 kernel/bpf/verifier.c, adjust_reg_min_max_vals: a sum stays linked only when 64 bits wide and the constant is not negative; newer kernels link the others too")
        {
            Blind = line => Regex.Replace(line, @"^([rw])([0-9]) (\+=|-=) .+$", match => IsLinkedOnlyLater(match) ? $"{line}\n{match.Groups[1]}{match.Groups[2]} = {match.Groups[1]}{match.Groups[2]}" : line),
        },
        new("stack that a helper only reads",
            "Linux 6.12 kernel/bpf/verifier.c, check_stack_range_initialized: whatever a helper is handed counts as written; since 6.14 (37cce22dbd51) what it only reads stays known")
        {
            Options = new VerifierOptions { KeepsStackHelpersRead = true },
        },
    ];

    private static readonly NewerVerifier s_several = new("several of these at once", "each alone leaves the other to decide");

    /// <summary>The reason why a newer kernel's verdict is not ours; null when there is none on the list.</summary>
    /// <remarks>
    /// The test is exact: made blind where 6.12 is, and with everything else unchanged, the kernel must change its mind; or else our
    /// verifier must, made to see where a newer kernel does. Generated programs keep R9 at a map value, which is where numbers go through.
    /// </remarks>
    /// <param name="lines">The program's text.</param>
    /// <param name="accepted">The kernel's verdict on it.</param>
    /// <param name="accepts">Asks the kernel about a text.</param>
    /// <param name="acceptsHere">Asks our verifier about the program.</param>
    public static NewerVerifier? Explains(IReadOnlyList<string> lines, bool accepted, Func<IReadOnlyList<string>, bool> accepts, Func<VerifierOptions, bool> acceptsHere)
    {
        foreach (var known in All)
        {
            if (known.Options is { } newer)
            {
                if (acceptsHere(newer) == accepted) return known;
                continue;
            }
            if (ChangesMind(lines, known.Blind!)) return known;
        }
        return ChangesMind(lines, line => All.Aggregate(line, (text, known) => known.Blind is { } blind ? Each(text, blind) : text)) ? s_several : null;

        bool ChangesMind(IReadOnlyList<string> lines, Func<string, string> blind)
        {
            string[] text = [.. lines.Select(line => Each(line, blind))];
            return !text.SequenceEqual(lines, StringComparer.Ordinal) && accepts(text) != accepted;
        }
    }

    /// <summary>An entry may be several instructions, a line each.</summary>
    private static string Each(string entry, Func<string, string> blind) => string.Join('\n', entry.Split('\n').Select(blind));

    // 6.12 forgets all 64 bits, also of a 32-bit operation.
    private static string Through(string register) => $"\n*(u64 *)(r9 +0) = r{register}\nr{register} = *(u64 *)(r9 +0)";

    // A copy onto itself ends a link by a constant and changes nothing else.
    private static bool IsLinkedOnlyLater(Match sum) =>
        sum.Groups[1].Value == "w" || sum.Groups[3].Value == "-=" || sum.Value.Contains("= -", StringComparison.Ordinal);
}
