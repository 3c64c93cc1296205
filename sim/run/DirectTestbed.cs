using Netdev.Devices;
using Netdev.Tcx;
using Sim.Commands;
using Sim.Inputs;
using Vm;
using Vm.Abi;
using Vm.Runtime;

namespace Sim.Run;

/// <summary>A network of one device with programs from the command line on one hook.</summary>
internal sealed class DirectTestbed : IDisposable
{
    private readonly Dictionary<string, BpfObject> _objects = [];
    private readonly bool _egress;

    /// <summary>Loads and attaches.</summary>
    /// <param name="programs">OBJECT or OBJECT:PROGRAM, in order.</param>
    /// <param name="device">Device name.</param>
    /// <param name="hook">ingress, egress or xdp.</param>
    /// <param name="setup">SYSCALL programs to run first.</param>
    /// <param name="engine">Engine.</param>
    /// <param name="settings">What is said about each of the objects.</param>
    public DirectTestbed(IReadOnlyList<string> programs, string device, string hook, IReadOnlyList<string> setup, Engine engine, ObjectSettings settings)
    {
        if (hook is not ("ingress" or "egress" or "xdp")) throw new UsageException($"--hook is ingress, egress or xdp, not '{hook}'");
        _egress = hook == "egress";
        Network = new Network();
        Device = Network.AddDevice(device);
        foreach (string program in programs) Attach(Load(program, engine, settings).Compile(), hook);
        foreach (var opened in _objects.Values) Objects.Setup(opened, Network.Cpus[0], setup.Where(name => opened.TryProgram(name, out _)));
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Its device.</summary>
    public NetDevice Device { get; }

    /// <summary>Puts a frame in: from the wire, or from the stack when the hook is egress.</summary>
    public void Feed(ReadOnlySpan<byte> frame, long timestampNs)
    {
        if (_egress) Network.Transmit(Device, frame, timestampNs);
        else Network.Receive(Device, frame, timestampNs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        foreach (var opened in _objects.Values) opened.Dispose();
    }

    private BpfProgram Load(string name, Engine engine, ObjectSettings settings)
    {
        // OBJECT:PROGRAM, where the object's own path may hold a colon (a drive letter).
        int colon = File.Exists(name) ? -1 : name.LastIndexOf(':');
        string path = colon < 0 ? name : name[..colon];
        if (!_objects.TryGetValue(path, out var opened))
            _objects.Add(path, opened = Objects.Open(path, engine, settings, kernel: Network.Kernel));
        return Objects.Choose(opened, colon < 0 ? null : name[(colon + 1)..]);
    }

    private void Attach(ExecutableProgram program, string hook)
    {
        if (hook == "xdp") Device.AttachXdp(program);
        else (hook == "egress" ? Device.Egress : Device.Ingress).Attach(program);
    }
}
