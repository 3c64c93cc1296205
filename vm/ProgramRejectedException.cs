using Vm.Specs;
using Vm.Verifier;

namespace Vm;

/// <summary>A program was refused by the verifier, and the caller asked to be told by exception.</summary>
public sealed class ProgramRejectedException(ProgramSpec program, string objectName, Verdict.Rejected verdict)
    : Exception($"{objectName}: {program.Name}: {verdict.Message.Split('\n')[0]} (at instruction {verdict.Pc}, {verdict.Errno})")
{
    /// <summary>The program.</summary>
    public ProgramSpec Program => program;

    /// <summary>The object file it is from.</summary>
    public string ObjectName => objectName;

    /// <summary>Why, where, and the log.</summary>
    public Verdict.Rejected Verdict => verdict;
}
