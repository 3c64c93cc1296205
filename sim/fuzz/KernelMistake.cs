using System.Text.RegularExpressions;

namespace Sim.Fuzz;

/// <summary>Something the kernels asked get wrong: what a program computes there is not what it says, or it should never have been taken.</summary>
/// <param name="Name">What, in words.</param>
/// <param name="Source">Where it is put right.</param>
/// <param name="Avoid">A line of text, followed by lines that change nothing but keep out of the mistake's way; unchanged where it does not matter.</param>
internal sealed record KernelMistake(string Name, string Source, Func<string, string> Avoid)
{
    /// <summary>The name of programs a kernel refuses by reporting a bug of its own verifier.</summary>
    public const string ReportsBug = "the kernel reports a bug of its verifier instead of a verdict";

    /// <summary>The list.</summary>
    public static IReadOnlyList<KernelMistake> All { get; } =
    [
        new("a number an atomic fetches from the stack counts as known, and paths with another number there as the same: branches vanish",
            "Linux 6.12.117 kernel/bpf/verifier.c, backtrack_insn, is_atomic_fetch_insn: right there, wrong in 6.18.44",
            // A division by 1 leaves the number as it is, and unknown to the verifier.
            line => Regex.Replace(line, @"^[rw]([0-9]) = atomic.*\(r10 .*$", match => $"{match.Value}\nr{match.Groups[1]} /= 1")),
        new("a number filled with its sign counts as equal to what was spilled without",
            "Linux 6.12 kernel/bpf/verifier.c, check_mem_access: coerce_reg_to_size_sx keeps the id; so does 6.18.44",
            // A shift by 0 ends the link and keeps the bounds.
            line => Regex.Replace(line, @"^r([0-9]) = \*\(s[0-9]+ \*\)\(r10 .*$", match => $"{match.Value}\nr{match.Groups[1]} s>>= 0")),
    ];

    /// <summary>The mistake that explains a difference; null when there is none on the list.</summary>
    /// <param name="lines">The program's text.</param>
    /// <param name="agrees">Asks whether both sides agree about a text.</param>
    public static KernelMistake? Explains(IReadOnlyList<string> lines, Func<IReadOnlyList<string>, bool> agrees)
    {
        foreach (var known in All)
        {
            string[] careful = [.. lines.Select(line => string.Join('\n', line.Split('\n').Select(known.Avoid)))];
            if (!careful.SequenceEqual(lines, StringComparer.Ordinal) && agrees(careful)) return known;
        }
        return null;
    }
}
