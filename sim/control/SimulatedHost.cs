using Netdev;
using Netdev.Control;
using Netdev.Devices;
using Netdev.Programs;
using Sim.Live;
using Vm.Abi;
using Vm.Interp;
using Vm.Kernel;
using Vm.Maps;
using Vm.Runtime;
using Vm.Specs;
using Vm.Syscall;
using Vm.Verifier;

namespace Sim.Control;

/// <summary>The simulator as host of a script.</summary>
internal sealed class SimulatedHost : IControlHost
{
    private readonly Network _network = new();
    private readonly SimulatedCalls _calls;
    private readonly TcxCalls _tcx;
    private readonly Dictionary<string, NetDevice> _devices = [];
    private readonly NetNamespace _other;
    private readonly UserNamespace _space = new(UserNamespace.Initial);
    private long _time;

    public SimulatedHost()
    {
        _calls = new SimulatedCalls(_network.Syscalls(), _network.StartProcess());
        _tcx = new TcxCalls(_calls);
        _other = _network.AddNamespace("other");
    }

    /// <inheritdoc/>
    public string Name => "simulator";

    /// <inheritdoc/>
    public T Ask<T>(Func<TcxCalls, T> question) => question(_tcx);

    /// <inheritdoc/>
    public uint AddProgram(string name, ProgramType type)
    {
        if (!NetProgramKinds.TryFor(type, out var kind)) throw new System.Diagnostics.UnreachableException($"{type} is a network program type.");
        return ProgramVerifier.Verify(PassingProgram.Make(name, type), kind) is VerifierResult.Accepted accepted
            ? Open(Interpreter.Load(accepted.Program, []))
            : throw new System.Diagnostics.UnreachableException("Two instructions that return a constant are accepted.");
    }

    /// <inheritdoc/>
    public uint AddMap() => (uint)_calls.Process.Files.Open(_network.Kernel.Adopt(MapFactory.Create(
        new MapSpec { Name = "script", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 }, _network.CpuCount, new ValueLayout(4, []))));

    /// <inheritdoc/>
    public void AddDevice(string name) => _devices.Add(name, _network.AddDevice(name, (NetNamespace)_calls.Process.NetNamespace!));

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
    public void Enter(bool other) => _calls.Process.NetNamespace = other ? _other : _network.Root;

    /// <inheritdoc/>
    public Errno File(FileVerb verb, string path, string other)
    {
        var (files, process) = (_network.Kernel.Files, _calls.Process);
        return verb switch
        {
            FileVerb.MakeDirectory => files.MakeDirectory(process, path, 0x1ed),
            FileVerb.RemoveDirectory => files.RemoveDirectory(process, path),
            FileVerb.Unlink => files.Unlink(process, path),
            FileVerb.Rename => files.Rename(process, other, path),
            FileVerb.Symlink => files.MakeSymlink(process, other, path),
            _ => files.MakeLink(process, other, path),
        };
    }

    /// <inheritdoc/>
    public void Send(string device, byte[] frame) => _network.Receive(_devices[device], frame, ++_time);

    /// <inheritdoc/>
    public string? WhyNot(ControlScript script) => null;

    /// <inheritdoc/>
    public int Open(string path)
    {
        var errno = _network.Kernel.Files.Open(_calls.Process, path, out int descriptor);
        return errno != Errno.None ? -(int)errno : descriptor;
    }

    /// <inheritdoc/>
    public void Become(bool ownNamespace, Capabilities capabilities) =>
        (_calls.Process.UserNamespace, _calls.Process.Capabilities) = (ownNamespace ? _space : UserNamespace.Initial, capabilities);

    /// <inheritdoc/>
    public int Mount(string path, string options)
    {
        if (!BpfMountOptions.TryParse(options, out var read, out _)) return -(int)Errno.EINVAL;
        var mount = _network.Kernel.Files.Mount(path, read, _calls.Process.UserNamespace);
        using var root = new OpenFile(mount.Root);
        return _calls.Process.Files.Open(root);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _calls.Process.Dispose();
        _calls.Dispose();
        _network.Dispose();
    }

    private uint Open(ExecutableProgram code)
    {
        var prog = new BpfProg(code);
        _network.Kernel.Adopt(prog);
        return (uint)_calls.Process.Files.Open(prog);
    }
}
