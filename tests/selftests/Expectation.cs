using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Vm.Proofs;
using Vm.Specs;

namespace Tests.Selftests;

/// <summary>What a selftest's author wrote down about loading a program with all privileges.</summary>
/// <param name="Accepted">True when it must load.</param>
/// <param name="Messages">Texts the log must hold, in this order; <c>{{…}}</c> parts are regular expressions.</param>
/// <param name="LogLevel">Log level to load with.</param>
/// <param name="Flags">Load flags.</param>
/// <param name="TypesFrom">Object of the corpus whose BTF stands for the kernel's; null for none.</param>
/// <remarks>Source: Linux 6.12 tools/testing/selftests/bpf/progs/bpf_misc.h; test_loader.c, parse_test_spec.</remarks>
internal sealed record Expectation(bool Accepted, IReadOnlyList<string> Messages, int LogLevel, IReadOnlySet<string> Flags, string? TypesFrom)
{
    private const string Prefix = "comment:test_", Architecture = "X86_64";

    /// <summary>Reads the tags of a program; false when it is not annotated for privileged loading on x86-64.</summary>
    public static bool TryRead(ObjectSpec spec, ProgramSpec program, out Expectation expectation)
    {
        expectation = new Expectation(true, [], 1, new HashSet<string>(), null);
        if (spec.Btf is not { } btf || program.Functions[0].TypeId == 0) return false;
        string[] tags = [.. btf.DeclTagsOf(program.Functions[0].TypeId).Where(tag => tag.StartsWith(Prefix, StringComparison.Ordinal)).Select(tag => tag[Prefix.Length..])];
        string[] architectures = [.. Values(tags, "arch=")];
        bool failure = tags.Contains("expect_failure");
        string[] messages = [.. Values(tags, "expect_msg=").Select(Numbered).OrderBy(m => m.Order).Select(m => m.Text)];
        if (tags.Contains("auxiliary") || (architectures.Length > 0 && !architectures.Contains(Architecture))) return false;
        if (!failure && messages.Length == 0 && !tags.Contains("expect_success")) return false;
        string level = Values(tags, "log_level=").LastOrDefault("1");
        expectation = new Expectation(!failure, messages, int.Parse(level, CultureInfo.InvariantCulture) | 1, Values(tags, "prog_flags=").ToHashSet(),
            Values(tags, "btf_path=").LastOrDefault());
        return true;
    }

    /// <summary>How the selftests load a program: with the checks on the verifier itself that their loader asks for.</summary>
    public VerifierOptions Options => new()
    {
        Log = (LogLevels)LogLevel,
        LogBytes = 2 << 20,
        StrictAlignment = Flags.Contains("BPF_F_STRICT_ALIGNMENT"),
        StateAtEveryPoint = Flags.Contains("BPF_F_TEST_STATE_FREQ"),
        CheckInvariants = !Flags.Contains("!BPF_F_TEST_REG_INVARIANTS"),
    };

    /// <summary>True when the log holds every expected text, each behind the one before.</summary>
    public bool TryFindMessages(string log, out string missing)
    {
        int from = 0;
        foreach (string message in Messages)
        {
            var match = Pattern(message).Match(log, from);
            missing = message;
            if (!match.Success) return false;
            from = match.Index + match.Length;
        }
        missing = "";
        return true;
    }

    private static IEnumerable<string> Values(string[] tags, string prefix) =>
        tags.Where(tag => tag.StartsWith(prefix, StringComparison.Ordinal)).Select(tag => tag[prefix.Length..]);

    /// <summary>Messages carry a counter because tags keep no order: <c>12=text</c>.</summary>
    private static (int Order, string Text) Numbered(string value)
    {
        int equals = value.IndexOf('=', StringComparison.Ordinal);
        return (int.Parse(value[..equals], CultureInfo.InvariantCulture), value[(equals + 1)..]);
    }

    private static Regex Pattern(string message)
    {
        var pattern = new StringBuilder();
        int at = 0;
        for (int open; (open = message.IndexOf("{{", at, StringComparison.Ordinal)) >= 0;)
        {
            int close = message.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0) break;
            pattern.Append(Regex.Escape(message[at..open])).Append("(?:").Append(Posix(message[(open + 2)..close])).Append(')');
            at = close + 2;
        }
        return new Regex(pattern.Append(Regex.Escape(message[at..])).ToString(), RegexOptions.CultureInvariant | RegexOptions.Multiline);
    }

    /// <summary>POSIX classes are written differently in .NET.</summary>
    private static string Posix(string regex) =>
        regex.Replace("[[:space:]]", "\\s", StringComparison.Ordinal).Replace("[[:digit:]]", "[0-9]", StringComparison.Ordinal)
            .Replace("[:space:]", "\\s", StringComparison.Ordinal).Replace("[:digit:]", "0-9", StringComparison.Ordinal);
}
