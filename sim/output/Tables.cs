using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sim.Output;

/// <summary>Tables of <see cref="Styled"/> cells.</summary>
internal static class Tables
{
    /// <summary>Adds a row of as many cells as the table has columns; the compiler makes cells of interpolated strings only where they are parameters.</summary>
    public static Table Row(this Table table, Styled a, Styled b = default, Styled c = default, Styled d = default, Styled e = default, Styled f = default, Styled g = default, Styled h = default) =>
        table.Row(((ReadOnlySpan<Styled>)[a, b, c, d, e, f, g, h])[..table.Columns.Count]);

    /// <summary>Adds a row.</summary>
    public static Table Row(this Table table, ReadOnlySpan<Styled> cells)
    {
        var row = new IRenderable[cells.Length];
        for (int i = 0; i < cells.Length; i++) row[i] = new Markup(cells[i].ToString());
        return table.AddRow(row);
    }

    /// <summary>Adds columns of text.</summary>
    public static Table Headings(this Table table, params ReadOnlySpan<string> headings)
    {
        foreach (string heading in headings) table.AddColumn(new TableColumn(new Markup(((Styled)$"{heading}").ToString())));
        return table;
    }

    /// <summary>Adds columns of numbers, set to the right.</summary>
    public static Table Numbers(this Table table, params ReadOnlySpan<string> headings)
    {
        foreach (string heading in headings) table.AddColumn(new TableColumn(new Markup(((Styled)$"{heading}").ToString())).RightAligned());
        return table;
    }
}
