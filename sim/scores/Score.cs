using Sim.Dissect;
using Vm;

namespace Sim.Scores;

/// <summary>One stated expectation and whether it was met.</summary>
/// <param name="Statement">What was expected, in words: <c>eth0 ingress: 3 DROP</c>.</param>
/// <param name="Met">True when it came true.</param>
/// <param name="Where">Line and column in the scenario; empty for zero-configuration scenarios.</param>
/// <param name="Got">What happened instead, in words; empty when met.</param>
/// <param name="Differences">Field by field, when packets or values were compared.</param>
internal sealed record Check(string Statement, bool Met, string Where, string Got = "", IReadOnlyList<Difference>? Differences = null)
{
    /// <summary>An expectation that came true.</summary>
    public static Check Passed(string statement, string where) => new(statement, true, where);
}

/// <summary>One difference in a table a person reads.</summary>
/// <param name="Subject">Packet number, map key or record number.</param>
/// <param name="Layer">Layer or member group; may be empty.</param>
/// <param name="Field">Field name.</param>
/// <param name="Expected">Expected value.</param>
/// <param name="Got">Actual value.</param>
internal sealed record Difference(string Subject, string Layer, string Field, string Expected, string Got)
{
    /// <summary>The difference of one packet field.</summary>
    public static Difference Of(string subject, FieldDifference field) => new(subject, field.Layer, field.Field, field.Expected, field.Got);
}

/// <summary>The outcome of one scenario.</summary>
/// <param name="Name">Title of the scenario.</param>
/// <param name="File">File or folder it came from.</param>
/// <param name="Checks">Every stated expectation, in the order of the file.</param>
/// <param name="Packets">Packets replayed.</param>
/// <param name="Problem">Why the scenario could not run to its end; null when it did.</param>
/// <param name="ExitCode">What this outcome asks the process to exit with: 0, 1, 2 or 3.</param>
internal sealed record Score(string Name, string File, IReadOnlyList<Check> Checks, long Packets, string? Problem, int ExitCode)
{
    /// <summary>What is to be known of the captures replayed, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The program the verifier refused, when that is the problem; null otherwise.</summary>
    public ProgramRejectedException? Refusal { get; init; }

    /// <summary>What it asks for and is not simulated; null when that is not why it was not run.</summary>
    public string? Unsupported { get; init; }

    /// <summary>Expectations stated.</summary>
    public int Stated => Checks.Count;

    /// <summary>Expectations met.</summary>
    public int Met => Checks.Count(check => check.Met);

    /// <summary>True when everything stated was met and nothing went wrong.</summary>
    public bool Perfect => Problem is null && Met == Stated;
}
