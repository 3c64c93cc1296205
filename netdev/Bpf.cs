using Netdev.Devices;
using Vm;
using Vm.Abi;

namespace Netdev;

/// <summary>The front door of the library: opens objects whose programs run in a network.</summary>
public static class Bpf
{
    /// <summary>Opens an object file for use in a network.</summary>
    /// <param name="path">A BPF object compiled by clang.</param>
    /// <param name="network">Where its programs will run: its CPUs decide about per-CPU maps.</param>
    /// <param name="engine">JIT, or the checked interpreter.</param>
    /// <param name="type">Type of programs in sections that libbpf does not know; such programs are refused without one.</param>
    /// <exception cref="ElfFormatException">It cannot be opened or is no BPF object.</exception>
    /// <remarks>What is attached stays attached when the object is disposed.</remarks>
    public static BpfObject Open(string path, Network network, Engine engine = Engine.Jit, ProgramType type = ProgramType.Unspec)
    {
        ArgumentNullException.ThrowIfNull(network);
        return BpfObject.Open(path, network.LoadOptions(engine, type));
    }
}
