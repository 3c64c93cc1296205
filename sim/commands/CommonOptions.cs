using System.CommandLine;
using Vm;
using Vm.Abi;

namespace Sim.Commands;

/// <summary>A command line that makes no sense; the message says what would.</summary>
public sealed class UsageException(string message) : Exception(message);

/// <summary>Options several commands share.</summary>
internal static class CommonOptions
{
    public static Option<Engine> Engine() => new("--engine")
    {
        Description = "jit (default), or interpreter: slow, every memory access checked.",
        DefaultValueFactory = _ => Vm.Engine.Jit,
        // As a number it would be an engine too, or none.
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Enum.GetNames<Engine>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name) return Enum.Parse<Engine>(name);
            result.AddError($"there is no engine '{text}'; write jit or interpreter");
            return default;
        },
    };

    /// <summary>Refuses <c>--ctx</c> where it would be ignored.</summary>
    /// <exception cref="UsageException">The program's context is no __sk_buff.</exception>
    public static void RefuseContext(BpfProgram program)
    {
        if (program.Type is ProgramType.Xdp or ProgramType.Syscall)
            throw new UsageException($"--ctx sets fields of struct __sk_buff, and '{program.Name}' is of type {program.Type.ShortName()}; setting the fields of its context is not simulated");
    }

    public static Option<string?> Filter() => new("--filter") { Description = "Only packets that match, in tcpdump's language: 'tcp port 80'. Needs libpcap." };
}
