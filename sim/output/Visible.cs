using System.Globalization;
using System.Text;

namespace Sim.Output;

/// <summary>Text that is not ours - names in objects, scenarios and captures - made harmless: nothing in it can move a cursor, start a line or turn the reading direction.</summary>
internal static class Visible
{
    /// <summary>Shows every control character, format character (bidirectional overrides, zero width), line or paragraph separator and lone surrogate as an escape.</summary>
    /// <param name="text">Anything.</param>
    /// <returns>The same text on one line: <c>\n</c>, <c>\x1b</c>, <c>\u202e</c>; a tab becomes a space. The same object when there is nothing to show.</returns>
    public static string Of(string text) => IsHarmless(text) ? text : Escape(text, keepsLines: false);

    /// <summary>The same, but line ends stay: for text of several lines that are ours.</summary>
    public static string Lines(string text) => IsHarmless(text) ? text : Escape(text, keepsLines: true);

    /// <summary>True when <see cref="Of"/> would change nothing.</summary>
    public static bool IsHarmless(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (c is >= ' ' and < '\x7f') continue;
            if (char.IsSurrogate(c) || IsHidden(CharUnicodeInfo.GetUnicodeCategory(c))) return false;
        }
        return true;
    }

    private static string Escape(string text, bool keepsLines)
    {
        var shown = new StringBuilder(text.Length + 16);
        for (int at = 0; at < text.Length;)
        {
            bool whole = Rune.TryGetRuneAt(text, at, out var rune);
            int value = whole ? rune.Value : text[at];
            if (value == '\t') shown.Append(' ');
            else if (value == '\n') shown.Append(keepsLines ? "\n" : "\\n");
            else if (value == '\r' && keepsLines && at + 1 < text.Length && text[at + 1] == '\n') shown.Append('\r');
            else if (value == '\r') shown.Append("\\r");
            else if (whole && !IsHidden(Rune.GetUnicodeCategory(rune))) shown.Append(text, at, rune.Utf16SequenceLength);
            else shown.Append(value < 0x100 ? "\\x" : value < 0x10000 ? "\\u" : "\\U").Append(value.ToString(value < 0x100 ? "x2" : value < 0x10000 ? "x4" : "x8", CultureInfo.InvariantCulture));
            at += whole ? rune.Utf16SequenceLength : 1;
        }
        return shown.ToString();
    }

    private static bool IsHidden(UnicodeCategory category) => category
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
