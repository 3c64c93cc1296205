using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Programs;
using Netdev.Tcx;
using Netdev.TestRun;
using Netdev.Wire;
using Sim.Scenarios;
using Vm;
using Vm.Abi;
using Vm.Btf;
using Vm.Elf;
using Vm.Runtime;
using Vm.Specs;

namespace Sim.Run;

/// <summary>A scenario built: its objects loaded, its network standing, its programs attached. Disposing takes it down.</summary>
internal sealed class Testbed : IDisposable
{
    private readonly Dictionary<string, BpfObject> _objects = [];
    private readonly Dictionary<string, NetDevice> _devices = [];
    private readonly Dictionary<string, string> _peers = [];
    private readonly Dictionary<ExecutableProgram, string> _names = [];
    private readonly Vm.Interp.IStepObserver? _steps;
    private readonly Func<ObjectSpec, ObjectSpec>? _rewrite;

    /// <summary>Builds everything up to the first packet, running the setup programs.</summary>
    /// <exception cref="BadInputException">A file is damaged, or the scenario asks for something impossible.</exception>
    /// <exception cref="ProgramRejectedException">A program was refused by the verifier.</exception>
    /// <param name="scenario">What to build.</param>
    /// <param name="engine">Engine to run programs with.</param>
    /// <param name="steps">Watches interpreted programs step by step; null for none.</param>
    /// <param name="rewrite">Changes objects between reading and loading them; null for none.</param>
    public Testbed(Scenario scenario, Engine engine, Vm.Interp.IStepObserver? steps = null, Func<ObjectSpec, ObjectSpec>? rewrite = null)
    {
        _rewrite = rewrite;
        _steps = steps;
        Scenario = scenario;
        Network = new Network(scenario.Cpus, scenario.Seed);
        try
        {
            Build(engine);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What was built.</summary>
    public Scenario Scenario { get; }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Objects by alias.</summary>
    public IReadOnlyDictionary<string, BpfObject> Objects => _objects;

    /// <summary>Devices by name.</summary>
    public IReadOnlyDictionary<string, NetDevice> Devices => _devices;

    /// <summary>Finds the object that has something, by <c>alias/name</c> or by a name only one object has.</summary>
    /// <param name="name">As the scenario writes it.</param>
    /// <param name="what">Word for messages: program, map, variable.</param>
    /// <param name="where">Place in the scenario.</param>
    /// <param name="has">True when an object has it.</param>
    public (BpfObject Object, string Name) Resolve(string name, string what, string where, Func<BpfObject, string, bool> has)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && _objects.TryGetValue(name[..slash], out var named)) return (named, name[(slash + 1)..]);
        var owners = _objects.Where(o => has(o.Value, name)).ToArray();
        return owners.Length switch
        {
            1 => (owners[0].Value, name),
            0 => throw Bad(where, $"no object has a {what} '{name}'"),
            _ => throw Bad(where, $"objects {string.Join(" and ", owners.Select(o => o.Key))} both have a {what} '{name}'; write ALIAS/{name}"),
        };
    }

    /// <summary>The program with a name.</summary>
    public BpfProgram Program(string name, string where)
    {
        var (owner, program) = Resolve(name, "program", where, (o, n) => o.TryProgram(n, out _));
        return owner.Program(program);
    }

    /// <summary>The map with a name, and its object.</summary>
    public (BpfObject Object, Vm.Maps.Map Map) Map(string name, string where)
    {
        var (owner, map) = Resolve(name, "map", where, (o, n) => o.Maps.ContainsKey(n));
        return (owner, owner.Map(map));
    }

    /// <summary>What the scenario calls a program: as it was attached, with its object's alias when it was written so.</summary>
    public string NameOf(ExecutableProgram program) => _names.GetValueOrDefault(program) ?? program.Name;

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        foreach (var loaded in _objects.Values) loaded.Dispose();
    }

    private void Build(Engine engine)
    {
        foreach (var use in Scenario.Objects) _objects.Add(use.Alias, Load(use, engine));
        BuildDevices();
        foreach (var contents in Scenario.Maps) Fill(contents);
        foreach (var run in Scenario.Setup) Setup(run);
        foreach (var device in Scenario.Devices.Where(d => d.Xdp is not null)) AttachXdp(device);
        foreach (var attachment in Scenario.Attachments) Attach(attachment);
    }

    private BpfObject Load(ObjectUse use, Engine engine)
    {
        var options = new LoadOptions
        {
            Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
            CpuCount = Scenario.Cpus,
            Engine = engine,
            Steps = _steps,
            TargetBtf = use.TargetBtf is { } btf ? TargetBtf.Open(Path.Combine(Scenario.Folder, btf)) : null,
            FallbackType = use.Type,
            Kernel = Network.Kernel,
        };
        var loaded = BpfObject.Open(Path.Combine(Scenario.Folder, use.File), options);
        if (_rewrite is not null) loaded = new BpfObject(_rewrite(loaded.Spec), options);
        foreach (var (map, entries) in use.MaxEntries) loaded.Resize(map, entries);
        foreach (var (variable, value) in use.Globals)
        {
            try
            {
                loaded.Set(variable, value);
            }
            catch (BtfValueException refused)
            {
                throw Bad(value.Where, $"'{variable}': {refused.What}");
            }
        }
        loaded.OpenPins();
        return loaded;
    }

    private void BuildDevices()
    {
        var spaces = new Dictionary<string, NetNamespace> { ["host"] = Network.Root };
        foreach (var use in Scenario.Devices.Where(use => use.Peer is not null)) _peers[use.Peer!] = use.Name;
        foreach (var use in Scenario.Devices)
        {
            try
            {
                if (!spaces.TryGetValue(use.Namespace, out var space)) spaces.Add(use.Namespace, space = Network.AddNamespace(use.Namespace));
                AddDevice(use, space);
            }
            catch (ArgumentException refused)
            {
                throw Bad(use.Where, $"device '{use.Name}': {refused.Message}");
            }
        }
        foreach (var neighbour in Scenario.Neighbours)
        {
            var device = Device(neighbour.Device);
            device.Namespace.Fib.SetNeighbour(device, Address(neighbour.Address), Mac(neighbour.Mac));
        }
        foreach (var use in Scenario.Routes)
        {
            var device = Device(use.Device);
            device.Namespace.Fib.Add(new Route(Address(use.Prefix), use.PrefixLength) { Device = device, Gateway = use.Gateway is { } gateway ? Address(gateway) : null });
        }
    }

    private void AddDevice(DeviceUse use, NetNamespace space)
    {
        MacAddress? mac = use.Mac is { } given ? Mac(given) : null;
        var device = use.Tunnel is { } tunnel
            ? Network.AddTunnel(use.Name, tunnel, space, mac, use.Mtu, use.Ifindex ?? 0)
            : Network.AddDevice(use.Name, space, mac, use.Mtu, use.Ifindex ?? 0);
        foreach (var own in use.Addresses) device.AddAddress(Address(own.Address), own.PrefixLength);
        device.Forwarding = use.Forwarding;
        device.IsUp = use.Up;
        _devices.Add(use.Name, device);
        string? peer = use.Peer ?? _peers.GetValueOrDefault(use.Name);
        if (peer is not null && _devices.TryGetValue(peer, out var other)) Netdev.Devices.Network.Join(device, other);
    }

    private static IpAddress Address(System.Net.IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return bytes.Length == 4 ? IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(bytes)) : IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    private static MacAddress Mac(byte[] bytes) => MacAddress.Read(bytes);

    private NetDevice Device(string name) =>
        _devices.TryGetValue(name, out var device) ? device : throw Bad("", $"there is no device '{name}'; devices are: {string.Join(", ", _devices.Keys)}");

    private void Fill(MapContents contents)
    {
        var (owner, map) = Map(contents.Map, contents.Where);
        foreach (var entry in contents.Entries)
        {
            var errno = MapEntries.Put(this, owner, map, entry);
            if (errno != Errno.None) throw Bad(entry.Where, $"map '{contents.Map}' refuses the entry: {errno}");
        }
    }

    private void Setup(SetupRun run)
    {
        var program = Program(run.Program, run.Where);
        if (program.Type != ProgramType.Syscall) throw Bad(run.Where, $"'{run.Program}' is of type {program.Type}; setup programs are SYSCALL programs (SEC(\"syscall\"))");
        var runnable = program.Compile();
        if (SyscallRun.Run(Network.Cpus[0], runnable, run.Context, out int got) != Errno.None)
            throw Bad(run.Where, $"setup program '{run.Program}' reads or writes {runnable.ContextBytes} bytes of context and is given {run.Context.Length}; state at least so many (at most {SyscallRun.MaxContextBytes}) as its context");
        if (got != run.Returns) throw Bad(run.Where, $"setup program '{run.Program}' returned {got}, not {run.Returns}");
    }

    private ExecutableProgram Named(string name, string where)
    {
        var program = Program(name, where).Compile();
        _names.TryAdd(program, name);
        return program;
    }

    private void AttachXdp(DeviceUse use)
    {
        try
        {
            _devices[use.Name].AttachXdp(Named(use.Xdp!, use.Where));
        }
        catch (HookRefusedException refused)
        {
            throw Bad(use.Where, refused.Message);
        }
    }

    private void Attach(Attachment attachment)
    {
        var device = _devices[attachment.Hook.Device];
        var hook = attachment.Hook.Hook == Hook.Ingress ? device.Ingress : device.Egress;
        if (attachment is { Before: not null, After: not null }) throw Bad(attachment.Where, "before and after are two places; give one of them");
        var place = attachment switch
        {
            { Before.Length: 0 } => Place.First,
            { Before: { } before } => Place.Before(Program(before, attachment.Where).Compile()),
            { After: { Length: > 0 } after } => Place.After(Program(after, attachment.Where).Compile()),
            _ => Place.Last,
        };
        try
        {
            hook.Attach(Named(attachment.Program, attachment.Where), place);
        }
        catch (HookRefusedException refused)
        {
            throw Bad(attachment.Where, $"'{attachment.Program}' cannot be attached to {attachment.Hook}: {refused.Errno}{(refused.Why.Length == 0 ? "" : $" ({refused.Why})")}");
        }
    }

    private ScenarioFormatException Bad(string where, string what) => new(Scenario.File, where, what);
}
