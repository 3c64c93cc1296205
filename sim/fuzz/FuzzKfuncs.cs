using System.Diagnostics.CodeAnalysis;
using Netdev.Programs;
using Vm.Specs;

namespace Sim.Fuzz;

/// <summary>The kernel functions generated programs call: all there are, of every program type they are generated for.</summary>
internal static class FuzzKfuncs
{
    private const string Call = "call bpf_";

    private static readonly string[] s_names =
        [.. FuzzTypes.Programs.SelectMany(type => NetProgramKinds.For(type).Kfuncs.Keys).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>By number, as instructions call them.</summary>
    public static IReadOnlyList<ExternRef> References { get; } = [.. s_names.Select(name => new ExternRef(name, Weak: true, 0))];

    /// <summary>Turns a call by name into one by number; false for other lines and for names there are not.</summary>
    public static bool TryNumber(string line, [NotNullWhen(true)] out string? numbered)
    {
        int number = line.StartsWith(Call, StringComparison.Ordinal) ? Array.IndexOf(s_names, line["call ".Length..]) : -1;
        numbered = number < 0 ? null : $"call kernel-function#{FuzzText.Text(number)}";
        return numbered is not null;
    }
}
