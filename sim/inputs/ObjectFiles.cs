using Netdev.Programs;
using Netdev.Skbs;
using Netdev.TestRun;
using Vm;
using Vm.Abi;
using Vm.Elf;
using Vm.Kernel;
using Vm.Proofs;
using Vm.Runtime;

namespace Sim.Inputs;

/// <summary>Opening objects for commands that take one on the command line.</summary>
internal static class ObjectFiles
{
    /// <summary>Opens an object with our program types and what the command line says about it.</summary>
    public static BpfObject Open(string path, Engine engine = Engine.Jit, ObjectSettings? settings = null, VerifierOptions? verifier = null, BpfKernel? kernel = null)
    {
        settings ??= ObjectSettings.None;
        var opened = BpfObject.Open(path, new LoadOptions
        {
            Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
            Engine = engine,
            CpuCount = 1,
            TargetBtf = settings.Btf is { } btf ? TargetBtf.Open(btf) : null,
            FallbackType = settings.Type,
            Verifier = verifier ?? new VerifierOptions(),
            Kernel = kernel ?? new BpfKernel(),
        });
        settings.Apply(opened);
        return opened;
    }

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

    /// <summary>The program a user means, as one that can be run over packets.</summary>
    /// <exception cref="UsageException">It takes something else for a context.</exception>
    public static BpfProgram ChooseForPackets(BpfObject from, string? name)
    {
        var chosen = Choose(from, name);
        if (from.Options.FallbackType is not ProgramType.Unspec and var given && chosen.Type != given)
            throw new UsageException($"--type {given.ShortName()} is for programs in sections libbpf does not know; '{chosen.Name}' is of type {chosen.Type.ShortName()} by its section '{chosen.Spec.Section}'");
        if (!chosen.IsSimulated || SkbContext.Fits(chosen.Type) || XdpContext.Fits(chosen.Type)) return chosen;
        string instead = chosen.Type == ProgramType.Syscall ? "; SYSCALL programs run before the packets, with --setup" : "";
        throw new UsageException($"'{chosen.Name}' is of type {chosen.Type} and takes no packets{instead}");
    }

    /// <summary>Runs the object's SYSCALL programs named, so that packet programs find what they need.</summary>
    public static void Setup(BpfObject from, ExecContext x, IEnumerable<string> programs)
    {
        foreach (string name in programs)
        {
            var runnable = from.Program(name).Compile();
            if (SyscallRun.Run(x, runnable, [], out int result) != Errno.None)
                throw new UsageException($"setup program '{name}' reads or writes {runnable.ContextBytes} bytes of context, and here it gets none");
            if (result != 0) throw new UsageException($"setup program '{name}' returned {result}, not 0");
        }
    }
}
