using Sim.Dissect;

namespace Sim.Compare;

/// <summary>One thing the simulator and the kernel do not agree on.</summary>
/// <param name="Program">The program, or empty for a map.</param>
/// <param name="Packet">Number of the packet, from 1; 0 for a map or a verdict.</param>
/// <param name="Fields">What differs: the kernel's value is the expected one, ours is what was got.</param>
/// <param name="Explanation">What was shown to be the reason; null for a real difference.</param>
internal sealed record Difference(string Program, long Packet, IReadOnlyList<FieldDifference> Fields, KnownDifference? Explanation = null)
{
    /// <summary>The map, when it is one that differs; else empty.</summary>
    public string Map { get; init; } = "";

    /// <summary>Helpers that were made constants when it was seen; null when none were.</summary>
    public string? Made { get; init; }

    /// <summary>True when the same map, or a field of the same packet behind the same program, differs.</summary>
    public bool IsAtTheSamePlaceAs(Difference other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Program != other.Program || Packet != other.Packet || Map != other.Map) return false;
        return Packet == 0 || Fields.Any(field => other.Fields.Any(one => (one.Layer, one.Field) == (field.Layer, field.Field)));
    }
}

/// <summary>What a comparison found.</summary>
internal sealed class Comparison
{
    /// <summary>What was compared: a scenario's or object's name.</summary>
    public required string Name { get; init; }

    /// <summary>Programs run side by side.</summary>
    public SortedSet<string> Programs { get; } = new(StringComparer.Ordinal);

    /// <summary>Runs of a program over a packet, done on both sides.</summary>
    public long Runs { get; set; }

    /// <summary>Frames that came out of both sides and were compared; only when the topology was built.</summary>
    public long Frames { get; set; }

    /// <summary>Maps whose contents were compared at the end.</summary>
    public int Maps { get; set; }

    /// <summary>Everything that differs, in order.</summary>
    public List<Difference> Differences { get; } = [];

    /// <summary>What was left out of the comparison, and why; never silent.</summary>
    public List<string> NotCompared { get; } = [];

    /// <summary>What is to be known of the captures replayed, in sentences.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Why the scenario could not be built for real; null when it was.</summary>
    public string? NotBuilt { get; set; }

    /// <summary>Differences nobody has an explanation for.</summary>
    public IEnumerable<Difference> Unexplained => Differences.Where(d => d.Explanation is null);

    /// <summary>True when it was compared and all that differs is listed with its reason.</summary>
    public bool Equal => NotBuilt is null && !Unexplained.Any();
}
