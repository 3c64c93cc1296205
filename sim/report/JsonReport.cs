using System.Text.Json;
using Sim.Scores;

namespace Sim.Report;

/// <summary>Scores for machines: one JSON object a scenario, keys in a fixed order.</summary>
internal static class JsonReport
{
    private static readonly JsonWriterOptions s_options = new() { Indented = false };

    /// <summary>Writes one line a scenario.</summary>
    public static void Write(TextWriter to, IReadOnlyList<Score> scores)
    {
        foreach (var score in scores) to.WriteLine(Line(score));
    }

    private static string Line(Score score)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_options))
        {
            json.WriteStartObject();
            json.WriteString("scenario", score.Name);
            json.WriteString("file", score.File);
            json.WriteNumber("packets", score.Packets);
            json.WriteNumber("met", score.Met);
            json.WriteNumber("stated", score.Stated);
            json.WriteBoolean("perfect", score.Perfect);
            if (score.Problem is { } problem) json.WriteString("problem", problem);
            if (score.Unsupported is { } unsupported) json.WriteString("unsupported", unsupported);
            json.WriteStartArray("misses");
            foreach (var check in score.Checks.Where(c => !c.Met)) WriteMiss(json, check);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void WriteMiss(Utf8JsonWriter json, Check check)
    {
        json.WriteStartObject();
        json.WriteString("expected", check.Statement);
        json.WriteString("where", check.Where);
        json.WriteString("got", check.Got);
        json.WriteStartArray("differences");
        foreach (var d in check.Differences ?? [])
        {
            json.WriteStartObject();
            json.WriteString("subject", d.Subject);
            json.WriteString("layer", d.Layer);
            json.WriteString("field", d.Field);
            json.WriteString("expected", d.Expected);
            json.WriteString("got", d.Got);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
