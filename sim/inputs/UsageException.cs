namespace Sim.Inputs;

/// <summary>A command line that makes no sense; the message says what would.</summary>
internal sealed class UsageException(string message) : Exception(message);
