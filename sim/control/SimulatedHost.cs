using Netdev.Control;
using Netdev.Devices;
using Netdev.Programs;
using Sim.Live;
using Vm.Abi;
using Vm.Interp;
using Vm.Verifier;

namespace Sim.Control;

/// <summary>The simulator as host of a script.</summary>
internal sealed class SimulatedHost : IControlHost
{
    private readonly Network _network = new();
    private readonly DescriptorTable _descriptors = new();
    private readonly TcxServer _server;
    private readonly Dictionary<string, NetDevice> _devices = [];
    private readonly NetNamespace _other;

    public SimulatedHost()
    {
        _server = new TcxServer(_network, _descriptors);
        _other = _network.AddNamespace("other");
    }

    /// <inheritdoc/>
    public string Name => "simulator";

    /// <inheritdoc/>
    public T Ask<T>(Func<ITcxCalls, T> question) => question(_server);

    /// <inheritdoc/>
    public uint AddProgram(string name, ProgramType type)
    {
        if (!NetProgramKinds.TryFor(type, out var kind)) throw new System.Diagnostics.UnreachableException($"{type} is a network program type.");
        return ProgramVerifier.Verify(PassingProgram.Make(name, type), kind) is Verdict.Accepted accepted
            ? _server.Open(Interpreter.Load(accepted.Program, []))
            : throw new System.Diagnostics.UnreachableException("Two instructions that return a constant are accepted.");
    }

    /// <inheritdoc/>
    public uint AddMap() => _descriptors.Open(new object());

    /// <inheritdoc/>
    public void AddDevice(string name) => _devices.Add(name, _network.AddDevice(name, _server.Namespace));

    /// <inheritdoc/>
    public uint Ifindex(string name) => (uint)_devices[name].Ifindex;

    /// <inheritdoc/>
    public void RemoveDevice(string name) => _network.Remove(_devices[name]);

    /// <inheritdoc/>
    public void MoveDevice(string name) => _network.Move(_devices[name], _other);

    /// <inheritdoc/>
    public void SetUp(string name, bool up) => _devices[name].IsUp = up;

    /// <inheritdoc/>
    public void SetQdisc(string name, string? kind)
    {
        var device = _devices[name];
        device.Ingress.HasClassicQdisc = kind is not null;
        device.Egress.HasClassicQdisc = kind == "clsact";
    }

    /// <inheritdoc/>
    public void Enter(bool other) => _server.Namespace = other ? _other : _network.Root;

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();
}
