using Netdev.Control;
using Sim.Live;
using Sim.Live.Net;
using Vm.Abi;
using Vm.Specs;

namespace Sim.Control;

/// <summary>The live kernel as host of a script: namespaces and devices of our own, gone with the process.</summary>
internal sealed class KernelHost : IControlHost
{
    private readonly NetworkNamespace _home = NetworkNamespace.Create("home"), _other = NetworkNamespace.Create("other");
    private readonly LiveCalls _calls = new();
    private readonly TcxCalls _tcx;
    private readonly Dictionary<string, (NetworkNamespace Space, uint Ifindex)> _devices = [];
    private NetworkNamespace _here;

    public KernelHost() => (_here, _tcx) = (_home, new TcxCalls(_calls));

    /// <inheritdoc/>
    public string Name => "kernel";

    /// <inheritdoc/>
    public T Ask<T>(Func<TcxCalls, T> question) => _here.Run(() => question(_tcx));

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
    public void Dispose()
    {
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
