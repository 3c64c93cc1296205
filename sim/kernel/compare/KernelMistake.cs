using System.Text.RegularExpressions;

namespace Sim.Kernel;

/// <summary>Something the kernels asked get wrong: what a program computes there is not what it says.</summary>
/// <param name="Name">What, in words.</param>
/// <param name="Source">Where it is put right.</param>
/// <param name="Avoid">A line of text, followed by lines that change nothing but keep out of the mistake's way; unchanged where it does not matter.</param>
public sealed record KernelMistake(string Name, string Source, Func<string, string> Avoid)
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
    ];

    /// <summary>The mistake that explains a difference in results; null when there is none on the list.</summary>
    /// <param name="lines">The program's text.</param>
    /// <param name="agrees">Asks whether both sides compute the same for a text.</param>
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
