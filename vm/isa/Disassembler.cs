using System.Globalization;
using System.Text;
using Vm.Abi;

namespace Vm.Isa;

/// <summary>Writes instructions as the kernel's verifier log does, opcode in front: <c>(b7) r0 = 1</c>.</summary>
/// <remarks>
/// <para>Fields of <see cref="OpRow.Text"/>: <c>dst</c> <c>src</c> as r0-r10, <c>wdst</c> <c>wsrc</c> as w0-w10;
/// <c>imm</c> decimal, <c>hex</c> imm as unsigned hex, <c>off</c> signed decimal; <c>rel</c> <c>rel32</c> as pc+N by off or
/// imm; <c>imm64</c> hex of both halves, <c>low</c> and <c>high</c> one half unsigned; <c>swap</c> the byte-order operation
/// with its width; <c>spaces</c> two address spaces; <c>helper</c> <c>kfunc</c> as name#number.</para>
/// Source: Linux 6.12 kernel/bpf/disasm.c, print_bpf_insn.
/// </remarks>
public sealed class Disassembler
{
    /// <summary>The kernel's text, helpers unnamed.</summary>
    public static Disassembler Kernel { get; } = new();

    /// <summary>Text that <see cref="Assembler"/> turns back into the same bits, whatever they are.</summary>
    /// <remarks>Like the kernel's, but ld_imm64 shows what its constant means, and malformed slots are <c>.slot</c> lines.</remarks>
    public static Disassembler Lossless { get; } = new() { IsLossless = true };

    /// <summary>Kernel function names by call; null for unknown ones, which print as <c>kernel-function</c>.</summary>
    public Func<Insn, string?>? KfuncName { get; init; }

    /// <summary>True to print ld_imm64 constants that name maps or variables as 0, as the kernel does for the unprivileged.</summary>
    public bool HidePointers { get; init; }

    private bool IsLossless { get; init; }

    /// <summary>Text of one instruction without a line end; empty for the second slot of a ld_imm64. Never throws.</summary>
    public string Format(Insn insn)
    {
        var text = new StringBuilder();
        Append(text, insn);
        return text.ToString();
    }

    /// <summary>Text of a program, one line per instruction: slot number, colon, instruction.</summary>
    public string Format(ReadOnlySpan<Insn> insns)
    {
        var text = new StringBuilder();
        for (int pc = 0; pc < insns.Length; pc++)
        {
            // The second half of a malformed ld_imm64 is a slot of its own: no instruction above it stands for it.
            bool stray = IsLossless && insns[pc].Op == Op.LdImm64Hi && insns[pc - 1].Op == Op.Illegal;
            if (insns[pc].Op == Op.LdImm64Hi && !stray) continue;
            text.Append(CultureInfo.InvariantCulture, $"{pc}: ");
            if (stray) AppendSlot(text, insns[pc].ToRaw());
            else Append(text, insns[pc]);
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Appends what <see cref="Format(Insn)"/> returns.</summary>
    public void Append(StringBuilder text, Insn insn)
    {
        if (insn.Op == Op.LdImm64Hi) return;
        var raw = insn.ToRaw();
        if (IsLossless && (insn.Op == Op.Illegal || (insn.Op == Op.Exit && insn.Off != 0)))
        {
            AppendSlot(text, raw);
            return;
        }
        if (!OpTable.TryFindNearest(raw, out var row))
        {
            text.Append("BUG_").Append(UnknownPrefix(insn.Code)).Append(CultureInfo.InvariantCulture, $"{insn.Code:x2}");
            return;
        }
        text.Append(CultureInfo.InvariantCulture, $"({insn.Code:x2}) ");
        AppendTemplate(text, row.Form == Form.Wide && !IsLossless ? "{dst} = {imm64}" : row.Text, insn);
    }

    /// <summary>The eight bytes of a slot as one little-endian number.</summary>
    internal static ulong Bits(RawInsn raw) =>
        ((ulong)(uint)raw.Imm << 32) | ((ulong)(ushort)raw.Off << 16) | ((ulong)raw.Registers << 8) | raw.Code;

    /// <summary>How <c>{swap}</c> is written.</summary>
    internal static string SwapName(byte code, long width) => (code switch { 0xd4 => "le", 0xdc => "be", _ => "bswap" }) + Text(width);

    private static void AppendSlot(StringBuilder text, RawInsn raw) => text.Append(CultureInfo.InvariantCulture, $".slot 0x{Bits(raw):x16}");

    private void AppendTemplate(StringBuilder text, ReadOnlySpan<char> template, Insn insn)
    {
        while (!template.IsEmpty)
        {
            int open = template.IndexOf('{');
            if (open < 0) break;
            int close = template.IndexOf('}');
            text.Append(template[..open]);
            AppendField(text, template[(open + 1)..close], insn);
            template = template[(close + 1)..];
        }
        text.Append(template);
    }

    private void AppendField(StringBuilder text, ReadOnlySpan<char> field, Insn insn) => text.Append(field switch
    {
        "dst" => "r" + Text(insn.Dst),
        "src" => "r" + Text(insn.Src),
        "wdst" => "w" + Text(insn.Dst),
        "wsrc" => "w" + Text(insn.Src),
        "imm" => Text(insn.Imm),
        "hex" => Hex((uint)insn.Imm),
        "off" => Signed(insn.Off),
        "rel" => "pc" + Signed(insn.Off),
        "rel32" => "pc" + Signed((int)insn.Imm),
        "imm64" => Hex(HidePointers && insn.Op is not (Op.LdImm64 or Op.LdFunc) ? 0 : (ulong)insn.Imm),
        "low" => Text((uint)insn.Imm),
        "high" => Text((uint)(insn.Imm >> 32)),
        "swap" => SwapName(insn.Code, insn.Imm),
        "spaces" => $"{Text((uint)insn.Imm >> 16)}, {Text((ushort)insn.Imm)}",
        "helper" => $"{((HelperId)insn.Imm).KernelName() ?? "unknown"}#{Text(insn.Imm)}",
        "kfunc" => Kfunc(insn),
        _ => throw new System.Diagnostics.UnreachableException($"OpTable has an unknown field {field}"),
    });

    private string Kfunc(Insn insn)
    {
        string text = $"{KfuncName?.Invoke(insn) ?? "kernel-function"}#{Text(insn.Imm)}";
        return IsLossless && insn.Off != 0 ? $"{text}@{Text(insn.Off)}" : text;
    }

    private static string UnknownPrefix(byte code) => (code & 7) switch { 0 => "ld_", 1 => "ldx_", 2 => "st_", _ => "" };

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    private static string Signed(int value) => value.ToString("+0;-0;+0", CultureInfo.InvariantCulture);
}
