using System.Globalization;

namespace Tests.Fuzz;

/// <summary>How long fuzzing goes on: <c>FUZZ_ROUNDS=n</c> makes every loop n times as long, <c>FUZZ_SEED=n</c> starts elsewhere, <c>FUZZ_LOG=file</c> writes what the longer ones took.</summary>
internal static class FuzzEffort
{
    public static int Rounds { get; } = Number("FUZZ_ROUNDS", 1);

    public static int Seed { get; } = Number("FUZZ_SEED", 1);

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
