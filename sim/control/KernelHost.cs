using Netdev.Control;
using Sim.Live;
using Sim.Live.Net;
using Vm.Abi;
using Vm.Specs;

namespace Sim.Control;

/// <summary>The live kernel as host of a script: namespaces and devices of our own, gone with the process.</summary>
internal sealed class KernelHost : IControlHost
{
    private const string PinPlace = "/sys/fs/bpf";

    // Some grace periods of RCU, even on a busy machine.
    private static readonly TimeSpan s_settled = TimeSpan.FromMilliseconds(400);

    private readonly NetworkNamespace _home = NetworkNamespace.Create("home"), _other = NetworkNamespace.Create("other");
    private readonly LiveCalls _calls = new();
    private readonly TcxCalls _tcx;
    private readonly Dictionary<string, (NetworkNamespace Space, uint Ifindex)> _devices = [];
    private readonly Dictionary<string, PacketSocket> _senders = [];
    private NetworkNamespace _here;

    public KernelHost()
    {
        (_here, _tcx) = (_home, new TcxCalls(_calls));
        _home.Run(() => FileCalls.EnterWithBpfAt(PinPlace, ""));
        // Nothing but what a script sends comes in.
        foreach (var space in (NetworkNamespace[])[_home, _other]) space.Set("ipv6/conf/default/disable_ipv6", "1");
    }

    /// <inheritdoc/>
    public string Name => "kernel";

    /// <inheritdoc/>
    public T Ask<T>(Func<TcxCalls, T> question) => _here.Run(() => question(_tcx));

    /// <inheritdoc/>
    public T AskAtHome<T>(Func<TcxCalls, T> question) => _home.Run(() => question(_tcx));

    /// <inheritdoc/>
    public uint AddProgram(string name, ProgramType type)
    {
        var linked = PassingProgram.Make(name, type);
        var verdict = KernelProgram.Load(linked, ProgramImage.Of(linked), [], 0, out var loaded);
        if (loaded is null) throw new KernelRefusedException("script", $"program {name}", $"the kernel refuses it ({verdict.Errno}): {verdict.Message}", verdict.Errno);
        return _calls.Adopt(loaded.Number, loaded);
    }

    /// <inheritdoc/>
    public uint AddMap()
    {
        var map = KernelMap.Create(new MapSpec { Name = "script", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 }, null, "script");
        return _calls.Adopt(map.Number, map);
    }

    /// <inheritdoc/>
    public void AddDevice(string name)
    {
        uint ifindex = _here.Run(() =>
        {
            string peer = $"{name}-peer";
            _here.Links.AddVethPair(new LinkSpec(name), new LinkSpec(peer));
            foreach (string end in (string[])[name, peer]) _here.Links.BringUp(end);
            return (uint)_here.Links.Ifindex(name);
        });
        _devices.Add(name, (_here, ifindex));
    }

    /// <inheritdoc/>
    public uint Ifindex(string name) => _devices[name].Ifindex;

    /// <inheritdoc/>
    public void RemoveDevice(string name) => In(name, links => links.Remove(name));

    /// <inheritdoc/>
    public void MoveDevice(string name)
    {
        In(name, links => links.Move(name, _other));
        _devices[name] = (_other, (uint)_other.Run(() => _other.Links.Ifindex(name)));
    }

    /// <inheritdoc/>
    public void SetUp(string name, bool up) => In(name, links =>
    {
        if (up) links.BringUp(name);
        else links.TakeDown(name);
    });

    /// <inheritdoc/>
    public void SetQdisc(string name, string? kind)
    {
        int ifindex = (int)Ifindex(name);
        In(name, _ =>
        {
            if (kind is null) QdiscControl.Remove(ifindex);
            else QdiscControl.Add(ifindex, kind);
        });
    }

    /// <inheritdoc/>
    public void Enter(bool other) => _here = other ? _other : _home;

    /// <inheritdoc/>
    public Errno File(FileVerb verb, string path, string other) => _home.Run(() => verb switch
    {
        FileVerb.MakeDirectory => FileCalls.MakeDirectory(path, 0x1ed),
        FileVerb.RemoveDirectory => FileCalls.RemoveDirectory(path),
        FileVerb.Unlink => FileCalls.Unlink(path),
        FileVerb.Rename => FileCalls.Rename(other, path),
        FileVerb.Symlink => FileCalls.MakeSymlink(other, path),
        _ => FileCalls.MakeLink(other, path),
    });

    /// <inheritdoc/>
    public void Send(string device, byte[] frame)
    {
        if (!_senders.TryGetValue(device, out var sender))
        {
            var (space, _) = _devices[device];
            _senders.Add(device, sender = space.Run(() => PacketSocket.Sender(space.Links.Ifindex($"{device}-peer"), device)));
        }
        var errno = sender.Send(frame);
        if (errno != Errno.None) throw new KernelRefusedException("script", $"device {device}", $"the kernel does not take the frame ({errno})", errno);
    }

    /// <inheritdoc/>
    public void Settle() => Thread.Sleep(s_settled);

    /// <inheritdoc/>
    public string? WhyNot(ControlScript script) => script.NotOnKernel ?? (script.Steps.Any(step => step.Verb == ControlVerb.Mount || (step.Verb == ControlVerb.Become && step.Operands[0] == "contained"))
        ? "a process of several threads cannot enter a user namespace, so tokens are asked of the simulator alone"
        : null);

    /// <inheritdoc/>
    public int Open(string path) => _home.Run(() =>
    {
        int descriptor = FileCalls.Open(path);
        if (descriptor >= 0) _calls.Adopt((uint)descriptor, new KernelHandle(descriptor));
        return descriptor;
    });

    /// <inheritdoc/>
    public void Become(bool ownNamespace, Capabilities capabilities)
    {
        // Capabilities are a thread's own, and each namespace has a thread that asks.
        foreach (var space in (NetworkNamespace[])[_home, _other]) space.Run(() => ThreadCapabilities.Set(capabilities));
    }

    /// <inheritdoc/>
    public int Mount(string path, string options) => throw new System.Diagnostics.UnreachableException("Refused before.");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sender in _senders.Values) sender.Dispose();
        _home.Dispose();
        _other.Dispose();
        _calls.Dispose();
    }

    private void In(string device, Action<LinkControl> action)
    {
        var space = _devices[device].Space;
        space.Run(() => action(space.Links));
    }
}
