using Netdev;
using Netdev.Devices;
using Netdev.Programs;
using Sim.Live;
using Sim.Live.Net;
using Vm.Abi;
using Vm.Interp;
using Vm.Kernel;
using Vm.Specs;
using Vm.Syscall;
using Vm.Verifier;

namespace Tests.Syscall;

/// <summary>A process on a simulated kernel, and this one on the live kernel: both are asked the same.</summary>
internal sealed class TwoKernels : IDisposable
{
    private readonly SimulatedCalls _here;
    private readonly LiveCalls? _there;

    /// <summary>Starts both.</summary>
    /// <param name="live">False for the simulated one alone.</param>
    public TwoKernels(bool live = true)
    {
        Network = new Network(live ? KernelTarget.PossibleCpus : 2);
        _here = new SimulatedCalls(Network.Syscalls(), Network.StartProcess());
        Here = new Asked(_here);
        if (!live) return;
        _there = new LiveCalls();
        There = new Asked(_there);
    }

    /// <summary>The simulated network.</summary>
    public Network Network { get; }

    /// <summary>The simulated kernel.</summary>
    public Asked Here { get; }

    /// <summary>The live kernel; null when there is none.</summary>
    public Asked? There { get; }

    /// <summary>The simulated process.</summary>
    public Process Process => _here.Process;

    /// <summary>Network namespace the live kernel is asked from; null for the test's own.</summary>
    public NetworkNamespace? Space { get; set; }

    /// <summary>What else both have, and what is given up with them; null for nothing.</summary>
    public IDisposable? World { get; set; }

    /// <summary>Loads a program into both.</summary>
    public void Load(int slot, LinkedProgram program)
    {
        if (!NetProgramKinds.TryFor(program.Type, out var kind)) throw new ArgumentException($"No programs of type {program.Type} run here.");
        var verdict = ProgramVerifier.Verify(program, kind);
        if (verdict is not VerifierResult.Accepted accepted) throw new ArgumentException($"'{program.Spec.Name}' is refused: {verdict}");
        var prog = new BpfProg(Interpreter.Load(accepted.Program, []));
        Network.Kernel.Adopt(prog);
        Here.Learn(slot, Process.Files.Open(prog), IdKind.Prog);
        if (_there is null) return;
        var said = KernelProgram.Load(program, ProgramImage.Of(program), [], 0, out var loaded);
        if (loaded is null) throw new ArgumentException($"The kernel refuses '{program.Spec.Name}': {said.Log}");
        There!.Learn(slot, (int)_there.Adopt(loaded.Number, loaded), IdKind.Prog);
    }

    /// <summary>Asks both.</summary>
    /// <returns>Both answers; the second is the first's where there is no live kernel.</returns>
    public (string Here, string There) Put(Ask ask)
    {
        string here = Here.Put(ask);
        if (There is null) return (here, here);
        var before = There.Content(ask.Makes);
        string there = Live(() => There.Put(ask));
        // What maps held, and prog arrays, live on in the live kernel until its worker has been there; asking wakes it anew, so patience grows.
        for (int again = 1; again < 1000 && ask.ByOldId && here == nameof(Errno.ENOENT) && there == "ok"; again *= 2)
        {
            There.Close(ask.Makes);
            There.Restore(ask.Makes, before);
            Thread.Sleep(10 * again);
            there = Live(() => There.Put(ask));
        }
        return (here, there);
    }

    /// <summary>Closes a slot on both.</summary>
    public (string Here, string There) Close(int slot)
    {
        string here = Here.Close(slot);
        return (here, There?.Close(slot) ?? here);
    }

    /// <summary>Duplicates a slot into another on both.</summary>
    public (string Here, string There) Duplicate(int slot, int into)
    {
        string here = Here.Duplicate(slot, into);
        return (here, There?.Duplicate(slot, into) ?? here);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _here.Process.Dispose();
        _here.Dispose();
        _there?.Dispose();
        World?.Dispose();
        Network.Dispose();
    }

    private string Live(Func<string> ask) => Space is null ? ask() : Space.Run(ask);
}
