using System.Globalization;
using System.Net;
using Vm.Abi;
using Vm.Btf;

namespace Sim.Scenarios;

/// <summary>Small notations of scenario files: hooks, addresses, hexadecimal bytes, times.</summary>
internal static class ScenarioValues
{
    public static HookName Hook(Section section, WrittenValue node)
    {
        string text = section.Scalar(node, "at").Text;
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 2 && Enum.TryParse<Hook>(words[1], ignoreCase: true, out var hook) && Enum.IsDefined(hook) && char.IsLetter(words[1][0])) return new HookName(words[0], hook);
        string hint = words.Length == 2 && Spelling.Nearest(words[1], Enum.GetNames<Hook>()) is { } near ? $"did you mean '{words[0]} {near.ToLowerInvariant()}'?" : "write DEVICE ingress, DEVICE egress or DEVICE xdp";
        throw section.Bad(node.Where, $"'{text}' is no hook; {hint}");
    }

    public static ProgramType ProgramType(Section section, WrittenValue node)
    {
        string text = section.Scalar(node, "type").Text;
        return KernelTypeNames.TryParse(text, out var type) ? type : throw section.Bad(node.Where, $"'{text}' is no program type; {Spelling.Hint(text, KernelTypeNames.ProgramTypes)}");
    }

    public static byte[] Mac(Section section, WrittenValue node)
    {
        string text = section.Scalar(node, "mac").Text;
        string[] parts = text.Split(':', '-');
        var mac = new byte[6];
        bool ok = parts.Length == 6;
        for (int i = 0; ok && i < 6; i++) ok = byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out mac[i]);
        return ok ? mac : throw section.Bad(node.Where, $"'{text}' is no hardware address; write 02:00:00:00:00:01");
    }

    public static IPAddress Address(Section section, WrittenValue node)
    {
        string text = section.Scalar(node, "address").Text;
        return IPAddress.TryParse(text, out var address) ? address : throw section.Bad(node.Where, $"'{text}' is no IP address");
    }

    public static byte[] Hex(Section section, WrittenValue node)
    {
        string text = string.Concat(section.Scalar(node, "hex").Text.Where(c => !char.IsWhiteSpace(c) && c is not (':' or '-')));
        if (text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit)) return Convert.FromHexString(text);
        throw section.Bad(node.Where, "hexadecimal bytes come in pairs of digits, such as 'de ad be ef'");
    }

    /// <summary>A time: a number with ns, us, ms or s; a plain number is nanoseconds.</summary>
    public static long TimeNs(Section section, WrittenValue node)
    {
        string text = section.Scalar(node, "at").Text;
        (string Unit, long Factor)[] units = [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("", 1)];
        foreach (var (unit, factor) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (decimal.TryParse(text.AsSpan(0, text.Length - unit.Length).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * factor < long.MaxValue)
                return (long)(value * factor);
        }
        throw section.Bad(node.Where, $"'{text}' is no time; write 1500ns, 20us, 3.5ms or 2s");
    }
}
