using System.Collections.Immutable;
using System.Globalization;

namespace Vm.Isa;

/// <summary>One row of <see cref="OpTable"/> as something a line can be matched against.</summary>
internal sealed class AssemblyPattern(OpRow row)
{
    private readonly AsmToken[] _tokens = [.. AssemblyLexer.Split(row.Text)];

    /// <summary>One per row, in table order.</summary>
    public static ImmutableArray<AssemblyPattern> All { get; } = [.. OpTable.Rows.Select(row => new AssemblyPattern(row))];

    /// <summary>The row.</summary>
    public OpRow Row => row;

    /// <summary>Reads a whole statement as an instance of the row; what went wrong is noted in the statement.</summary>
    public bool TryMatch(AsmStatement statement)
    {
        statement.Restart();
        foreach (var token in _tokens)
            if (!(token.IsField ? TryField(token.Text, statement) : statement.TryTake(token.Text))) return false;
        return statement.TryEnd();
    }

    private bool TryField(string field, AsmStatement s) => field switch
    {
        "{dst}" => s.TryRegister('r', ref s.Dst),
        "{src}" => s.TryRegister('r', ref s.Src),
        "{wdst}" => s.TryRegister('w', ref s.Dst),
        "{wsrc}" => s.TryRegister('w', ref s.Src),
        "{imm}" => TryConstant(s, BitPatternAllowed),
        "{hex}" => TryConstant(s, bitPatternAllowed: true),
        "{off}" => s.Peek == ")" || TryNumber(s, short.MinValue, short.MaxValue, ref s.Off, "an offset from -32768 to 32767"),
        "{rel}" => TryJump(s, ref s.Off, isLong: false),
        "{rel32}" => TryJump(s, ref s.Imm, isLong: true),
        "{imm64}" => TryWide(s),
        "{low}" => TryNumber(s, 0, uint.MaxValue, ref s.Imm, "a number below 2^32"),
        "{high}" => TryNumber(s, 0, uint.MaxValue, ref s.High, "a number below 2^32"),
        "{swap}" => s.TryTake(Disassembler.SwapName(row.Code, row.Imm)),
        "{spaces}" => s.TryTake(Text(row.Imm >> 16)) && s.TryTake(",") && s.TryTake(Text(row.Imm & 0xffff)),
        "{helper}" => TryHelper(s),
        "{kfunc}" => TryKfunc(s),
        _ => throw new System.Diagnostics.UnreachableException($"OpTable has an unknown field {field}"),
    };

    /// <summary>A constant of which only 32 bits or fewer count may also be written unsigned.</summary>
    private bool BitPatternAllowed =>
        row.Text.StartsWith("{wdst}", StringComparison.Ordinal) || row.Op is Op.Store8 or Op.Store16 or Op.Store32;

    private static bool TryConstant(AsmStatement s, bool bitPatternAllowed) =>
        TryNumber(s, int.MinValue, bitPatternAllowed ? uint.MaxValue : int.MaxValue, ref s.Imm,
            "a constant of 32 bits, signed (for 64 bits write 'r1 = N ll')");

    private static bool TryNumber(AsmStatement s, long low, long high, ref long into, string wanted)
    {
        if (!s.TryNumber(out Int128 value, wanted)) return false;
        if (value < low || value > high) return s.Refuse($"{value} is out of range; expected {wanted}");
        into = (long)value;
        return true;
    }

    private static bool TryWide(AsmStatement s)
    {
        if (!s.TryNumber(out Int128 value, "a 64-bit constant")) return false;
        if (value < long.MinValue || value > ulong.MaxValue) return s.Refuse($"{value} does not fit 64 bits");
        s.Imm = (uint)(ulong)(value & uint.MaxValue);
        s.High = (uint)(ulong)((value >> 32) & uint.MaxValue);
        return s.Peek == "ll" ? s.TryTake("ll") : s.HasCode || s.Fail("'ll' (the constant needs 64 bits)");
    }

    private static bool TryJump(AsmStatement s, ref long distance, bool isLong)
    {
        if (s.Peek == "pc") s.TryTake("pc");
        else if (s.TryLabel(isLong)) return true;
        if (s.Peek is not ("+" or "-")) return s.Fail("'pc+N' or a label");
        return isLong
            ? TryNumber(s, int.MinValue, int.MaxValue, ref distance, "a distance of 32 bits, signed")
            : TryNumber(s, short.MinValue, short.MaxValue, ref distance, "a distance from -32768 to 32767 slots (gotol reaches further)");
    }

    private static bool TryHelper(AsmStatement s)
    {
        if (s.IsNumberNext) return TryNumber(s, int.MinValue, uint.MaxValue, ref s.Imm, "a helper number");
        if (s.Peek == "#") return s.TryTake("#") && TryNumber(s, int.MinValue, uint.MaxValue, ref s.Imm, "a helper number");
        if (s.Peek == "pc" || !s.TryName(out string name)) return s.Fail("a helper's name or number");
        if (s.Peek == "#") return s.TryTake("#") && TryNumber(s, int.MinValue, uint.MaxValue, ref s.Imm, "a helper number");
        if (s.HelperNumber(name) is not { } number) return s.FailAtPrevious($"no label or helper is called '{name}'");
        s.Imm = number;
        return true;
    }

    private static bool TryKfunc(AsmStatement s)
    {
        if (!s.TryTake("kernel") || !s.TryTake("-") || !s.TryTake("function") || !s.TryTake("#")) return false;
        if (!TryNumber(s, int.MinValue, uint.MaxValue, ref s.Imm, "a BTF id")) return false;
        return s.Peek != "@" || (s.TryTake("@") && TryNumber(s, short.MinValue, short.MaxValue, ref s.Off, "an index into the fd array"));
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
