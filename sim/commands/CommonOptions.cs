using System.CommandLine;
using Vm;

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
    };

    public static Option<string?> Btf() => new("--btf") { Description = "Kernel types to relocate against: a BTF file or a vmlinux. Default: built in." };
}
