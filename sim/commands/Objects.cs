using Netdev.Programs;
using Vm;
using Vm.Abi;
using Vm.Elf;
using Vm.Verifier;

namespace Sim.Commands;

/// <summary>Opening objects for commands that take one on the command line.</summary>
internal static class Objects
{
    /// <summary>Opens an object with our program types.</summary>
    public static BpfObject Open(string path, Engine engine = Engine.Jit, string? btf = null, VerifierOptions? verifier = null, int cpus = 1) => BpfObject.Open(path, new LoadOptions
    {
        Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
        Engine = engine,
        CpuCount = cpus,
        TargetBtf = btf is null ? null : TargetBtf.Open(btf),
        Verifier = verifier ?? new VerifierOptions(),
    });

    /// <summary>The program a user means: by name, or the only one there is.</summary>
    public static BpfProgram Choose(BpfObject from, string? name)
    {
        if (name is not null) return from.Program(name);
        var all = from.Programs.ToArray();
        return all.Length switch
        {
            1 => all[0],
            0 => throw new ElfFormatException(from.Spec.Name, "", "the object has no programs", Errno.ENOENT),
            _ => throw new UsageException($"{from.Spec.Name} has several programs; choose one with --program: {string.Join(", ", all.Select(p => p.Name))}"),
        };
    }

    /// <summary>Runs the object's SYSCALL programs named, so that packet programs find what they need.</summary>
    public static void Setup(BpfObject from, Vm.Runtime.ExecContext x, IEnumerable<string> programs)
    {
        foreach (string name in programs)
        {
            var runnable = from.Program(name).Compile();
            if (Run.SyscallRun.Run(x, runnable, [], out int result) != Errno.None)
                throw new UsageException($"setup program '{name}' reads or writes {runnable.ContextBytes} bytes of context, and here it gets none");
            if (result != 0) throw new UsageException($"setup program '{name}' returned {result}, not 0");
        }
    }
}
