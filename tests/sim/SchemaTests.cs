using System.Text.Json;
using Sim.Scenarios;

namespace Tests.Sim;

/// <summary>The published schema and the reader must not drift apart: what the schema offers, the reader takes.</summary>
public sealed class SchemaTests
{
    private static readonly string s_path = Path.Combine(ShippedScenarios.Root, "scenarios", "scenario.schema.json");

    [Fact]
    public void EverySectionKeyOfTheSchema_IsKnownToTheReader()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(s_path));
        var keys = schema.RootElement.GetProperty("properties").EnumerateObject().Select(p => p.Name);
        foreach (string key in keys) AssertKnown($"{key}: nonsense-that-is-never-right\n", key);
        var inner = schema.RootElement.GetProperty("properties").GetProperty("expect").GetProperty("properties").EnumerateObject().Select(p => p.Name);
        foreach (string key in inner) AssertKnown($"expect: {{ {key}: nonsense }}\n", key);
    }

    [Fact]
    public void EveryKeyOfAReplayedPacket_IsInTheSchema()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(s_path));
        var packet = schema.RootElement.GetProperty("properties").GetProperty("replay").GetProperty("items").GetProperty("properties").GetProperty("packets").GetProperty("items").GetProperty("properties");
        var error = Assert.Throws<ScenarioFormatException>(() => ScenarioReader.Read("objects: { a: a.o }\ndevices: { e: }\nreplay: [{ device: e, packets: [{ zzzzzzzzzz: 1 }] }]\n", "s.yaml"));
        foreach (string known in error.What[(error.What.IndexOf("known here:", StringComparison.Ordinal) + 12)..].Split(", ")) Assert.True(packet.TryGetProperty(known.Trim(), out _), $"the schema lacks '{known}'");
    }

    [Fact]
    public void EveryShippedScenario_NamesTheSchema() =>
        Assert.All(ShippedScenarios.Files.Where(File.Exists), file => Assert.StartsWith("# yaml-language-server: $schema=../scenario.schema.json", File.ReadAllText(file), StringComparison.Ordinal));

    private static void AssertKnown(string text, string key)
    {
        // The value is wrong on purpose; the complaint must not be that nobody knows the key.
        var error = Record.Exception(() => ScenarioReader.Read(text, "s.yaml"));
        if (error is ScenarioFormatException wrong) Assert.DoesNotContain($"has no '{key}'", wrong.Message, StringComparison.Ordinal);
    }
}
