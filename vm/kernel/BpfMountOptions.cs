using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Vm.Abi;

namespace Vm.Kernel;

/// <summary>Options a bpf file system is mounted with.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/inode.c, bpf_parse_param. Options it does not know are passed over, as there.</remarks>
public sealed record BpfMountOptions
{
    /// <summary>Owner of the root.</summary>
    public uint Uid { get; init; }

    /// <summary>Group of the root.</summary>
    public uint Gid { get; init; }

    /// <summary>Permission bits of the root; the sticky bit is always set. Null: 0777.</summary>
    public int? Mode { get; init; }

    /// <summary>Commands tokens allow, a bit each; all ones is <c>any</c>.</summary>
    public ulong Commands { get; init; }

    /// <summary>Map types tokens allow.</summary>
    public ulong MapTypes { get; init; }

    /// <summary>Program types tokens allow.</summary>
    public ulong ProgTypes { get; init; }

    /// <summary>Attach types tokens allow.</summary>
    public ulong AttachTypes { get; init; }

    /// <summary>True when it delegates anything.</summary>
    public bool Delegates => (Commands | MapTypes | ProgTypes | AttachTypes) != 0;

    /// <summary>Reads options as mount(8) gives them.</summary>
    /// <param name="text">Comma-separated <c>name=value</c>; empty for none.</param>
    /// <param name="options">What they say.</param>
    /// <param name="problem">What is wrong; empty when nothing is (EINVAL otherwise).</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out BpfMountOptions? options, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        (options, problem) = (new BpfMountOptions(), "");
        foreach (string option in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? option : option[..equals], value = equals < 0 ? "" : option[(equals + 1)..];
            bool ok = true;
            switch (name)
            {
                case "uid": ok = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint uid); options = options with { Uid = uid }; break;
                case "gid": ok = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint gid); options = options with { Gid = gid }; break;
                case "mode": ok = TryOctal(value, out int mode); options = options with { Mode = mode & 0x1ff }; break;
                case "delegate_cmds": ok = TryMask(value, KernelConstants.Command, options.Commands, out ulong mask); options = options with { Commands = mask }; break;
                case "delegate_maps": ok = TryMask(value, KernelConstants.MapType, options.MapTypes, out mask); options = options with { MapTypes = mask }; break;
                case "delegate_progs": ok = TryMask(value, KernelConstants.ProgType, options.ProgTypes, out mask); options = options with { ProgTypes = mask }; break;
                case "delegate_attachs": ok = TryMask(value, KernelConstants.AttachType, options.AttachTypes, out mask); options = options with { AttachTypes = mask }; break;
                default: break;
            }
            if (ok) continue;
            problem = $"mount option '{option}' is not understood";
            options = null;
            return false;
        }
        return true;
    }

    private static bool TryOctal(string text, out int value)
    {
        value = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || value > 0x7fff) return false;
            value = value * 8 + digit - '0';
        }
        return text.Length > 0;
    }

    // A number takes the place of what stood before it in the same option; names add to it.
    private static bool TryMask(string text, Func<string, int?> find, ulong before, out ulong mask)
    {
        ulong collected = 0;
        mask = before;
        foreach (string word in text.Split(':'))
        {
            if (word == "any") collected = ulong.MaxValue;
            else if (find(word) is { } bit) collected |= 1ul << bit;
            else if (TryNumber(word, out ulong number)) collected = number;
            else return false;
        }
        mask = before | collected;
        return true;
    }

    private static bool TryNumber(string word, out ulong number)
    {
        if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) return ulong.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        if (word.Length > 1 && word[0] == '0')
        {
            bool ok = TryOctal(word, out int octal);
            number = (ulong)octal;
            return ok;
        }
        return ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
