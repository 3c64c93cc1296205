using Netdev.Control;
using Netdev.Devices;
using Netdev.Programs;
using Netdev.TestRun;
using Vm;
using Vm.Abi;
using Vm.Kernel;
using Vm.Syscall;

namespace Netdev;

/// <summary>A network as a kernel that processes talk to: bpf(2) with the program types and attach points of this side.</summary>
public static class NetworkKernel
{
    /// <summary>What programs of a network are loaded with.</summary>
    /// <param name="network">Where they will run: its CPUs decide about per-CPU maps.</param>
    /// <param name="engine">JIT, or the checked interpreter.</param>
    /// <param name="type">Type of programs in sections that libbpf does not know; such programs are refused without one.</param>
    public static LoadOptions LoadOptions(this Network network, Engine engine = Engine.Jit, ProgramType type = ProgramType.Unspec)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new LoadOptions
        {
            Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
            CpuCount = network.CpuCount,
            Engine = engine,
            FallbackType = type,
            Kernel = network.Kernel,
        };
    }

    /// <summary>bpf(2) of a network.</summary>
    public static BpfSyscalls Syscalls(this Network network, Engine engine = Engine.Jit)
    {
        var tcx = new TcxAttachPoint(network);
        var skb = new SkbTestRunner(network);
        return new BpfSyscalls(new SyscallSettings
        {
            Load = network.LoadOptions(engine),
            HasInterface = (process, ifindex) => network.TryInterface((NetNamespace?)process.NetNamespace ?? network.Root, ifindex, out _),
            AttachPoints = new Dictionary<AttachType, IAttachPoint> { [AttachType.TcxIngress] = tcx, [AttachType.TcxEgress] = tcx, [AttachType.Xdp] = new XdpAttachPoint(network) },
            TestRunners = new Dictionary<ProgramType, ITestRunner>
            {
                [ProgramType.SocketFilter] = skb,
                [ProgramType.SchedCls] = skb,
                [ProgramType.SchedAct] = skb,
                [ProgramType.CgroupSkb] = skb,
                [ProgramType.Xdp] = new XdpTestRunner(network),
                [ProgramType.Syscall] = new SyscallTestRunner(network),
            },
        });
    }

    /// <summary>Starts a process in the network's first namespace, with all capabilities.</summary>
    public static Process StartProcess(this Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new Process(network.Kernel) { NetNamespace = network.Root };
    }
}
