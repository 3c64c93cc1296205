using System.Globalization;
using System.Text;
using System.Xml;
using Sim.Output;
using Sim.Scores;

namespace Sim.Report;

/// <summary>Scores as JUnit XML, the form CI servers read: one test suite a scenario, one test case an expectation.</summary>
internal static class JUnitReport
{
    /// <summary>Writes the whole report.</summary>
    public static void Write(Stream to, IReadOnlyList<Score> scores)
    {
        using var xml = XmlWriter.Create(to, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) });
        xml.WriteStartElement("testsuites");
        foreach (var score in scores) WriteSuite(xml, score);
        xml.WriteEndElement();
    }

    private static void WriteSuite(XmlWriter xml, Score score)
    {
        int problems = score.Problem is null ? 0 : 1;
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", Clean(score.Name));
        xml.WriteAttributeString("tests", Number(score.Stated + problems));
        xml.WriteAttributeString("failures", Number(score.Stated - score.Met));
        xml.WriteAttributeString("errors", Number(problems));
        if (score.Problem is { } problem) WriteCase(xml, score, "runs to its end", "error", problem);
        foreach (var check in score.Checks) WriteCase(xml, score, check.Statement, check.Met ? null : "failure", Explain(check));
        xml.WriteEndElement();
    }

    private static void WriteCase(XmlWriter xml, Score score, string name, string? verdict, string text)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Clean(score.Name));
        xml.WriteAttributeString("name", Clean(name));
        if (verdict is not null)
        {
            xml.WriteStartElement(verdict);
            xml.WriteAttributeString("message", Clean(text.Split('\n')[0]));
            xml.WriteString(Clean(text));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static string Explain(Check check) => string.Join(
        '\n', (string[])[$"got: {check.Got}", .. (check.Differences ?? []).Select(d => $"{d.Subject} {d.Layer} {d.Field}: expected {d.Expected}, got {d.Got}")]);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    // XML 1.0 has no way to write most control characters, and people read this: what is hidden is shown, as on the terminal.
    private static string Clean(string text) => Visible.Lines(text);
}
