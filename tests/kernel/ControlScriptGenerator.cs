using System.Globalization;
using CsCheck;

namespace Tests.Kernel;

/// <summary>Random control-plane scripts: any flags, any relative, stale revisions, closed and wrong descriptors; a query after each call.</summary>
internal static class ControlScriptGenerator
{
    private const int Programs = 6;

    private static readonly Gen<string> s_program = Gen.Int[1, Programs].Select(n => string.Create(CultureInfo.InvariantCulture, $"p{n}"));

    private static readonly Gen<string> s_flags = OneOf(
        "-", "-", "-", "BEFORE", "BEFORE", "AFTER", "AFTER", "BEFORE|ID", "AFTER|ID", "BEFORE|LINK", "AFTER|LINK", "BEFORE|LINK|ID", "AFTER|LINK|ID", "BEFORE|AFTER", "ID", "LINK",
        "LINK|ID", "REPLACE", "REPLACE", "REPLACE|BEFORE", "REPLACE|AFTER", "REPLACE|ID", "REPLACE|BEFORE|ID", "REPLACE|LINK", "REPLACE|BEFORE|AFTER", "BEFORE|AFTER|ID", "1", "BEFORE|0x100000", "64");

    private static readonly Gen<string> s_revision = Gen.Frequency((8, Gen.Const("")), (1, Gen.Int[1, 12].Select(n => string.Create(CultureInfo.InvariantCulture, $" revision {n}"))));

    /// <summary>Scripts of up to 40 calls.</summary>
    public static Gen<string> Script { get; } = Gen.Int[5, 40].SelectMany(Steps).Select(steps =>
        "each direction\nprogram p1..p6\nxdp x\nmap m\n" + Links(steps.Count) + string.Join('\n', steps.Select(step => $"{step}\nquery")));

    private static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(n => words[n]);

    // Attempts that fail: whatever a step refers to later has a name.
    private static string Links(int count) => string.Concat(Enumerable.Range(0, count).Select(n => string.Create(CultureInfo.InvariantCulture, $"link-create l{n} closed\n")));

    private static Gen<List<string>> Steps(int count) => Enumerable.Range(0, count).Aggregate(Gen.Const(0).Select(_ => new List<string>()), (all, n) => Gen.Select(all, Step(n), (list, step) => new List<string>(list) { step }));

    private static Gen<string> Step(int n)
    {
        // Links made by any earlier step; whether it succeeded is for the hosts to say.
        Gen<string> link = n == 0 ? Gen.Const("closed") : Gen.Int[0, n - 1].Select(made => string.Create(CultureInfo.InvariantCulture, $"l{made}"));
        Gen<string> thing = Gen.Frequency((6, s_program), (4, link), (1, OneOf("0", "0", "closed", "m", "x", "4294967295")));
        Gen<string> position = Gen.Select(s_flags, thing, (flags, relative) => $"{flags} {Named(flags, relative)}");
        return Gen.Frequency(
            (6, Gen.Select(s_program, position, s_program, s_revision, (p, at, old, revision) => $"attach {p} {at} replace {old}{revision}")),
            (3, s_program.Select(p => $"attach {p}")),
            (4, Gen.Select(Gen.Frequency((3, s_program), (2, Gen.Const("0"))), position, s_revision, (p, at, revision) => $"detach {p} {at}{revision}")),
            (1, s_program.Select(p => $"detach {p}")),
            (5, Gen.Select(s_program, position, s_revision, (p, at, revision) => $"link-create l{n} {p} {at}{revision}")),
            (2, s_program.Select(p => $"link-create l{n} {p}")),
            (3, Gen.Select(thing, s_program, OneOf("-", "-", "-", "REPLACE", "BEFORE"), thing, (l, p, flags, old) => $"link-update {l} {p} {flags} old {old}")),
            (2, Gen.Select(link, s_program, (l, p) => $"link-update {l} {p}")),
            (1, link.Select(l => $"link-detach {l}")),
            (1, link.Select(l => $"link-info {l}")),
            (1, link.Select(l => $"close {l}")));
    }

    // A program's id is by chance some link's id too, and not the same one everywhere: what is named by id is named as what it is.
    private static string Named(string flags, string relative)
    {
        if (!flags.Split('|').Contains("ID")) return relative;
        bool link = flags.Contains("LINK", StringComparison.Ordinal);
        return relative[0] == 'l' ? link ? relative : "closed" : link && (relative[0] is 'p' or 'x' or 'm') ? "closed" : relative;
    }
}
