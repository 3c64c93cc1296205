using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Spectre.Console;

namespace Sim.Output;

/// <summary>A line or cell for people: what is written in our source is markup, what is put into it is made visible and stands for itself.</summary>
/// <remarks>
/// <c>terminal.Line($"[red]rejected[/] {name}")</c> makes one: the holes of an interpolated string are never markup, whatever they contain, unless
/// they are <see cref="Styled"/> themselves. There is no conversion from a string, so that no text reaches a person by another way.
/// </remarks>
[InterpolatedStringHandler]
internal readonly struct Styled
{
    private readonly StringBuilder _markup;

    /// <summary>Called by the compiler.</summary>
    /// <param name="literalLength">Characters of ours.</param>
    /// <param name="formattedCount">Holes.</param>
    public Styled(int literalLength, int formattedCount) => _markup = new StringBuilder(literalLength + 16 * formattedCount);

    /// <summary>Itself: for places where the compiler does not turn an interpolated string into one by itself (<c>?:</c>, lists).</summary>
    public static Styled Of(Styled styled) => styled;

    /// <summary>The markup, safe to give to Spectre.</summary>
    public override string ToString() => _markup?.ToString() ?? "";

    /// <summary>Adds what stands in our source: markup.</summary>
    public void AppendLiteral(string text) => _markup.Append(text);

    /// <summary>Adds markup that was made the same way.</summary>
    public void AppendFormatted(Styled styled) => _markup.Append(styled._markup);

    /// <summary>Adds a text that is not ours.</summary>
    public void AppendFormatted(string? text) => _markup.Append(Markup.Escape(Visible.Of(text ?? "")));

    /// <summary>Adds a value, in the invariant culture.</summary>
    public void AppendFormatted<T>(T value) => AppendFormatted(value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : value?.ToString());

    /// <summary>Adds a value in a format, in the invariant culture.</summary>
    public void AppendFormatted<T>(T value, string? format) => AppendFormatted(value is IFormattable number ? number.ToString(format, CultureInfo.InvariantCulture) : value?.ToString());

    /// <summary>Adds a value as wide as asked for: to the right when <paramref name="alignment"/> is positive, to the left when it is negative.</summary>
    public void AppendFormatted<T>(T value, int alignment, string? format = null)
    {
        string text = Visible.Of((value is IFormattable number ? number.ToString(format, CultureInfo.InvariantCulture) : value?.ToString()) ?? "");
        AppendFormatted(alignment < 0 ? text.PadRight(-alignment) : text.PadLeft(alignment));
    }
}
