using Netdev;
using Netdev.Devices;
using Sim.Live;
using Vm.Abi;
using Vm.Syscall;

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
    public Vm.Kernel.Process Process => _here.Process;

    /// <summary>Asks both.</summary>
    /// <returns>Both answers; the second is the first's where there is no live kernel.</returns>
    public (string Here, string There) Put(Ask ask)
    {
        string here = Here.Put(ask);
        if (There is null) return (here, here);
        var before = There.Content(ask.Makes);
        string there = There.Put(ask);
        // What maps held, and prog arrays, live on in the live kernel until its worker has been there; asking wakes it anew, so patience grows.
        for (int again = 1; again < 1000 && ask.ByOldId && here == nameof(Errno.ENOENT) && there == "ok"; again *= 2)
        {
            There.Close(ask.Makes);
            There.Restore(ask.Makes, before);
            Thread.Sleep(10 * again);
            there = There.Put(ask);
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
        Network.Dispose();
    }
}
