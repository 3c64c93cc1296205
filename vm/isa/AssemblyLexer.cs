namespace Vm.Isa;

/// <summary>A word, number, field or punctuation mark of one line of assembly.</summary>
/// <param name="Text">As written.</param>
/// <param name="Column">Place in the line, from 1.</param>
internal readonly record struct AsmToken(string Text, int Column)
{
    /// <summary>True for a name: a letter, <c>_</c> or <c>.</c>, then those and digits.</summary>
    public bool IsWord => Text.Length > 0 && AssemblyLexer.StartsWord(Text[0]);

    /// <summary>True for text that starts with a digit; it may still not be a number.</summary>
    public bool IsNumber => Text.Length > 0 && char.IsAsciiDigit(Text[0]);

    /// <summary>True for a <c>{field}</c> of a table row.</summary>
    public bool IsField => Text.Length > 1 && Text[0] == '{';
}

/// <summary>Cuts a line into tokens; serves both the table's texts and what people write, so that they cannot disagree.</summary>
internal static class AssemblyLexer
{
    private static readonly string[] s_operators = ["<<=", ">>=", "+=", "-=", "*=", "/=", "|=", "&=", "%=", "^=", "==", "!=", "<=", ">="];

    /// <summary>Tokens up to a comment (<c>;</c> or <c>//</c>) or the end.</summary>
    public static List<AsmToken> Split(string line)
    {
        var tokens = new List<AsmToken>();
        int at = 0;
        while (at < line.Length)
        {
            if (char.IsWhiteSpace(line[at])) { at++; continue; }
            if (line[at] == ';' || line.AsSpan(at).StartsWith("//")) break;
            int length = LengthAt(line, at);
            tokens.Add(new AsmToken(line.Substring(at, length), at + 1));
            at += length;
        }
        return tokens;
    }

    /// <summary>True for a character a name may start with.</summary>
    public static bool StartsWord(char c) => char.IsAsciiLetter(c) || c is '_' or '.';

    private static int LengthAt(string line, int at)
    {
        if (line[at] == '{')
        {
            int close = line.IndexOf('}', at);
            return close < 0 ? 1 : close - at + 1;
        }
        if (StartsWord(line[at]) || char.IsAsciiDigit(line[at]))
        {
            int end = at + 1;
            while (end < line.Length && (StartsWord(line[end]) || char.IsAsciiDigit(line[end]))) end++;
            return end - at;
        }
        foreach (string candidate in s_operators)
            if (string.CompareOrdinal(line, at, candidate, 0, candidate.Length) == 0) return candidate.Length;
        return 1;
    }
}
