using Sim.Run;
using Sim.Scenarios;
using Vm;

namespace Tests.Sim;

/// <summary>The scenarios of the repository, found from where the tests run.</summary>
internal static class ShippedScenarios
{
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<string> Files { get; } = ScenarioFinder.Find([Path.Combine(Root, "scenarios")]);

    public static TheoryData<string> Names => [.. Files.Select(NameOf)];

    public static Scenario Read(string name) => ScenarioFinder.Read(Files.Single(file => NameOf(file) == name));

    public static RunResult Run(Scenario scenario, Engine engine, Action<Testbed>? change = null) => RunAndScore(scenario, engine, change).Result;

    public static (RunResult Result, IReadOnlyList<global::Sim.Scores.Check> Checks) RunAndScore(Scenario scenario, Engine engine, Action<Testbed>? change = null)
    {
        using var testbed = new Testbed(scenario, engine);
        change?.Invoke(testbed);
        var result = ScenarioRunner.Run(testbed, keepStories: true);
        return (result, global::Sim.Scores.Scorer.Check(testbed, result));
    }

    // A scenario is its file, or for one without a file its folder.
    private static string NameOf(string file) => Path.GetFileName(Directory.Exists(file) ? file : Path.GetDirectoryName(file)!);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sim.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside a checkout: no folder above them holds Sim.sln.");
    }
}
