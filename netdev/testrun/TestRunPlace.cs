using Netdev.Devices;
using Vm.Abi;
using Vm.Helpers;
using Vm.Kernel;
using Vm.Runtime;
using Vm.Syscall;

namespace Netdev.TestRun;

/// <summary>Where a process's test runs happen: on the first CPU, in its namespace. The thread that feeds the CPU with packets waits meanwhile.</summary>
/// <param name="network">The network.</param>
/// <param name="caller">The process.</param>
internal sealed class TestRunPlace(Network network, Process caller)
{
    /// <summary>The process's namespace.</summary>
    public NetNamespace Space { get; } = (NetNamespace?)caller.NetNamespace ?? network.Root;

    /// <summary>Its loopback, where packets are that are said to be nowhere else.</summary>
    public NetDevice Loopback => network.Loopback(Space);

    /// <summary>Runs a packet program between two packets.</summary>
    /// <exception cref="LoopBudgetException">The program loops without end; the message names it.</exception>
    public Errno Run(TestRunCall call, Func<PacketRun, Errno> action) => OnCpu(call.Prog.Code, x =>
    {
        var run = new PacketRun(x);
        var errno = action(run);
        run.Release();
        return errno;
    });

    /// <summary>Does something on the CPU between two packets.</summary>
    /// <param name="program">Whose fault it is when the loop budget is used up.</param>
    /// <param name="action">What.</param>
    /// <exception cref="LoopBudgetException">The program loops without end; the message names it.</exception>
    public Errno OnCpu(ExecutableProgram program, Func<NetContext, Errno> action)
    {
        var x = network.Cpus[0];
        using var section = x.Reader.Borrow();
        try
        {
            return action(x);
        }
        catch (LoopBudgetException)
        {
            var running = x.Run.TailCalled ?? program;
            x.Recover();
            x.RunWork();
            throw new LoopBudgetException(running);
        }
        catch
        {
            x.Recover();
            throw;
        }
    }
}
