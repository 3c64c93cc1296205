using System.Globalization;

namespace Vm.Isa;

/// <summary>One instruction being read: its tokens, the operands found so far, and the complaint that got furthest.</summary>
/// <param name="tokens">The statement, without label, slot number and opcode.</param>
/// <param name="endColumn">Column just after the line, for complaints about something missing.</param>
/// <param name="labels">All labels of the text, for telling them from helper names.</param>
/// <param name="helperNumber">Helper numbers by name; null for unknown ones.</param>
internal sealed class AsmStatement(List<AsmToken> tokens, int endColumn, IReadOnlyDictionary<string, int> labels, Func<string, int?> helperNumber)
{
    private const int MaxEncodableRegister = 15;
    private readonly List<string> _expected = [];
    private int _next;
    private int _furthest = -1;
    private string? _refusal;

    /// <summary>Operands; -1 is a register not yet seen.</summary>
    public long Dst, Src, Off, Imm, High;

    /// <summary>True when the opcode stood in front, so that the row is known.</summary>
    public bool HasCode { get; init; }

    /// <summary>Label the statement jumps to, if it names one.</summary>
    public AsmToken? Label { get; private set; }

    /// <summary>Helper numbers by name.</summary>
    public Func<string, int?> HelperNumber => helperNumber;

    /// <summary>Text of the next token; empty at the end.</summary>
    public string Peek => _next < tokens.Count ? tokens[_next].Text : "";

    /// <summary>True when a number without a sign comes next.</summary>
    public bool IsNumberNext => _next < tokens.Count && tokens[_next].IsNumber;

    /// <summary>Column of the complaint.</summary>
    public int ComplaintColumn => _furthest < tokens.Count ? tokens[_furthest].Column : endColumn;

    /// <summary>The complaint, as a sentence.</summary>
    public string Complaint =>
        _refusal ?? $"expected {string.Join(" or ", _expected.Distinct().Take(4))}, found {Found}";

    private string Found => _furthest < tokens.Count ? $"'{tokens[_furthest].Text}'" : "the end of the line";

    /// <summary>Forgets operands, keeps complaints.</summary>
    public void Restart()
    {
        _next = 0;
        Dst = Src = -1;
        Off = Imm = High = 0;
        Label = null;
    }

    /// <summary>Notes what would have been right here; always false.</summary>
    public bool Fail(string expected)
    {
        if (_next < _furthest) return false;
        Advance(_next);
        _expected.Add(expected);
        return false;
    }

    /// <summary>Notes what is wrong with the token just taken; always false.</summary>
    public bool Refuse(string complaint) => FailAtPrevious(complaint);

    /// <summary>Notes what is wrong with the token just taken; always false.</summary>
    public bool FailAtPrevious(string complaint)
    {
        if (_next - 1 < _furthest) return false;
        Advance(_next - 1);
        _refusal ??= complaint;
        return false;
    }

    /// <summary>Takes exactly this token.</summary>
    public bool TryTake(string text)
    {
        if (Peek != text) return Fail($"'{text}'");
        _next++;
        return true;
    }

    /// <summary>True when nothing is left.</summary>
    public bool TryEnd() => _next == tokens.Count || Fail("the end of the line");

    /// <summary>Takes r0-r15 or w0-w15 (above 10 for what the verifier must refuse); a register named twice must be the same.</summary>
    public bool TryRegister(char letter, ref long register)
    {
        string text = Peek;
        if (text.Length is < 2 or > 3 || text[0] != letter
            || !int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > MaxEncodableRegister)
            return Fail($"a register {letter}0-{letter}10");
        if (register >= 0 && register != number) return Fail($"'{letter}{register}'");
        register = number;
        _next++;
        return true;
    }

    /// <summary>Takes a name.</summary>
    public bool TryName(out string name)
    {
        name = Peek;
        if (_next >= tokens.Count || !tokens[_next].IsWord || labels.ContainsKey(name)) return false;
        _next++;
        return true;
    }

    /// <summary>Takes a word as the label to jump to; whether it exists is seen when all are known.</summary>
    public bool TryLabel(bool isLong)
    {
        if (_next >= tokens.Count || !tokens[_next].IsWord || (isLong && !labels.ContainsKey(Peek))) return false;
        Label = tokens[_next++];
        return true;
    }

    /// <summary>Takes a decimal or 0x number with an optional sign.</summary>
    public bool TryNumber(out Int128 value, string wanted)
    {
        value = 0;
        int start = _next;
        bool negative = Peek == "-";
        if (negative || Peek == "+") _next++;
        string digits = Peek;
        bool hex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (!IsNumberNext || !ulong.TryParse(hex ? digits.AsSpan(2) : digits, style, CultureInfo.InvariantCulture, out ulong magnitude))
        {
            _next = start;
            return Fail(wanted);
        }
        value = negative ? -(Int128)magnitude : magnitude;
        _next++;
        return true;
    }

    private void Advance(int to)
    {
        if (to == _furthest) return;
        _furthest = to;
        _expected.Clear();
        _refusal = null;
    }
}
