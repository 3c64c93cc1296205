using Netdev.Devices;
using Sim.Inputs;
using Sim.Scenarios;
using Vm;
using Vm.Runtime;

namespace Sim.Run;

/// <summary>One device, and what it runs.</summary>
/// <param name="At">Device name and hook.</param>
/// <param name="Programs">OBJECT or OBJECT:PROGRAM, in hook order.</param>
/// <param name="Setup">SYSCALL programs to run first.</param>
/// <param name="Engine">Engine.</param>
/// <param name="Settings">What is said about each of the objects.</param>
internal sealed record DirectSetup(HookName At, IReadOnlyList<string> Programs, IReadOnlyList<string> Setup, Engine Engine, ObjectSettings Settings);

/// <summary>A network of one device with programs from the command line on one hook.</summary>
internal sealed class DirectTestbed : IDisposable
{
    private readonly Dictionary<string, BpfObject> _objects = [];
    private readonly DirectSetup _setup;

    /// <summary>Loads and attaches.</summary>
    /// <exception cref="UsageException">A setup program fails, or of several programs none is chosen.</exception>
    public DirectTestbed(DirectSetup setup)
    {
        _setup = setup;
        Network = new Network();
        Device = Network.AddDevice(setup.At.Device);
        foreach (string program in setup.Programs) Attach(Load(program).Compile());
        foreach (var opened in _objects.Values) ObjectFiles.Setup(opened, Network.Cpus[0], setup.Setup.Where(name => opened.TryProgram(name, out _)));
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Its device.</summary>
    public NetDevice Device { get; }

    /// <summary>Puts a frame in: from the wire, or from the stack when the hook is egress.</summary>
    public void Feed(ReadOnlySpan<byte> frame, long timestampNs)
    {
        if (_setup.At.Hook == Hook.Egress) Network.Transmit(Device, frame, timestampNs);
        else Network.Receive(Device, frame, timestampNs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        foreach (var opened in _objects.Values) opened.Dispose();
    }

    private BpfProgram Load(string name)
    {
        // OBJECT:PROGRAM, where the object's own path may hold a colon (a drive letter).
        int colon = File.Exists(name) ? -1 : name.LastIndexOf(':');
        string path = colon < 0 ? name : name[..colon];
        if (!_objects.TryGetValue(path, out var opened))
            _objects.Add(path, opened = ObjectFiles.Open(path, _setup.Engine, _setup.Settings, kernel: Network.Kernel));
        return ObjectFiles.Choose(opened, colon < 0 ? null : name[(colon + 1)..]);
    }

    private void Attach(ExecutableProgram program)
    {
        if (_setup.At.Hook == Hook.Xdp) Device.AttachXdp(program);
        else (_setup.At.Hook == Hook.Egress ? Device.Egress : Device.Ingress).Attach(program);
    }
}
