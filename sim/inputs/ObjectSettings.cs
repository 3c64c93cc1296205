using Vm;
using Vm.Abi;
using Vm.Btf;

namespace Sim.Inputs;

/// <summary>What a command line says about the objects it names, as a scenario does with <c>type</c>, <c>globals</c> and <c>target_btf</c>.</summary>
/// <param name="Type">Type of programs in sections libbpf does not know; Unspec for none.</param>
/// <param name="Globals">Variables to set before loading.</param>
/// <param name="Btf">Kernel types to relocate against; null for those built in.</param>
internal sealed record ObjectSettings(ProgramType Type, IReadOnlyList<KeyValuePair<string, WrittenValue>> Globals, string? Btf)
{
    /// <summary>Says nothing.</summary>
    public static ObjectSettings None { get; } = new(ProgramType.Unspec, [], null);

    /// <summary>True when something was said.</summary>
    public bool Any => Type != ProgramType.Unspec || Globals.Count > 0 || Btf is not null;

    /// <summary>Sets the variables of an object that has just been opened.</summary>
    /// <exception cref="UsageException">A value does not fit its variable.</exception>
    /// <exception cref="BadInputException">There is no such variable.</exception>
    public void Apply(BpfObject opened)
    {
        foreach (var (variable, value) in Globals)
        {
            try
            {
                opened.Set(variable, value);
            }
            catch (BtfValueException refused)
            {
                throw new UsageException($"--set {variable}: {refused.What}");
            }
        }
    }
}
