using System.Globalization;
using System.Text;
using Netdev.Devices;
using Netdev.Skbs;

namespace Sim.Scenarios;

/// <summary>Names of verdicts and drop reasons, as scenarios and reports write them.</summary>
internal static class VerdictNames
{
    private static readonly (int Code, string Name)[] s_tcx = [(-1, "NEXT"), (0, "PASS"), (2, "DROP"), (7, "REDIRECT")];
    private static readonly (int Code, string Name)[] s_xdp = [(0, "ABORTED"), (1, "DROP"), (2, "PASS"), (3, "TX"), (4, "REDIRECT")];

    /// <summary>Every drop reason there is, in the order of their numbers.</summary>
    public static IReadOnlyList<string> Drops { get; } = [.. Enum.GetValues<DropReason>().Where(reason => reason != DropReason.None).Select(OfDrop)];

    /// <summary>The verdicts that have a name at a hook.</summary>
    public static IReadOnlyList<string> Of(Hook hook) => [.. Table(hook == Hook.Xdp).Select(row => row.Name)];

    /// <summary>NEXT, PASS, DROP, REDIRECT; ABORTED, DROP, PASS, TX, REDIRECT for XDP; a number for anything else.</summary>
    public static string OfProgram(HookPoint hook, int verdict)
    {
        foreach (var (code, name) in Table(hook == HookPoint.Xdp))
        {
            if (code == verdict) return name;
        }
        return verdict.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What a hook takes a program's code for: itself when it has a name, else NEXT, or ABORTED at XDP.</summary>
    public static string OfHook(HookPoint hook, int verdict)
    {
        string name = OfProgram(hook, verdict);
        return char.IsLetter(name[0]) ? name : hook == HookPoint.Xdp ? "ABORTED" : "NEXT";
    }

    /// <summary>The name <see cref="OfProgram"/> gives to what a person wrote as a name or as a number; false when no program can return it.</summary>
    public static bool TryParse(Hook hook, string text, out string verdict)
    {
        bool known = Of(hook).Contains(text), number = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int code);
        verdict = number ? OfProgram(hook == Hook.Xdp ? HookPoint.Xdp : HookPoint.Ingress, code) : text;
        return known || number;
    }

    /// <summary>A drop reason in the kernel's spelling, without its prefix: TC_INGRESS, RECURSION_LIMIT.</summary>
    public static string OfDrop(DropReason reason)
    {
        var text = new StringBuilder();
        foreach (char c in reason.ToString())
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToUpperInvariant(c));
        }
        return text.ToString();
    }

    private static (int Code, string Name)[] Table(bool xdp) => xdp ? s_xdp : s_tcx;
}
