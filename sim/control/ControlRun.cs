using System.Globalization;
using Netdev.Control;
using Netdev.Tcx;
using Sim.Scenarios;
using Vm.Abi;

namespace Sim.Control;

/// <summary>Takes one host through a script and writes down its answers, names in place of numbers.</summary>
internal sealed class ControlRun
{
    private const string FirstDevice = "eth0";

    // No process has this many files open.
    private const uint NotOpen = 0x3fff_ffff;

    private readonly ControlScript _script;
    private readonly IControlHost _host;
    private readonly Dictionary<string, (uint Descriptor, uint Id)> _objects = [];
    private readonly Dictionary<uint, string> _programNames = [], _linkNames = [];
    private readonly HashSet<string> _devices = [];
    private string _device = FirstDevice;
    private AttachType _direction;

    private ControlRun(ControlScript script, IControlHost host, AttachType direction)
    {
        _script = script;
        _host = host;
        _direction = direction;
        AddDevice(FirstDevice);
    }

    /// <summary>Runs it.</summary>
    /// <returns>An answer for each step, in order.</returns>
    /// <exception cref="ScenarioFormatException">A step names what there is not.</exception>
    public static IReadOnlyList<string> Run(ControlScript script, IControlHost host, AttachType direction)
    {
        var run = new ControlRun(script, host, direction);
        return [.. script.Steps.Select(run.Answer)];
    }

    private string Answer(ControlStep step)
    {
        switch (step.Verb)
        {
            case ControlVerb.On:
                (_device, _direction) = (Device(step), step.Direction ?? _direction);
                return "ok";
            case ControlVerb.Bpf:
                return Call(step);
            case ControlVerb.Settle:
                _host.Settle();
                return "ok";
            case ControlVerb.File:
                return Text(_host.File(step.FileVerb, step.Operands[0], step.Operands[1]));
            case ControlVerb.Query:
                return Query(step);
            case ControlVerb.LinkInfo:
                return LinkInfo(step);
            case ControlVerb.LinkCreate:
                return CreateLink(step);
            case ControlVerb.LinkUpdate:
                var update = new LinkUpdateCall(Descriptor(step, step.Operands[0]), Descriptor(step, step.Operands[1]), step.Flags, Descriptor(step, step.Other));
                return Text(_host.Ask(calls => calls.UpdateLink(update)));
            default:
                return Each(step);
        }
    }

    // Steps about several names are one answer when all agree, and else name the first that does not.
    private string Each(ControlStep step)
    {
        bool about = step.Verb is ControlVerb.QdiscAdd or ControlVerb.Duplicate or ControlVerb.Mount or ControlVerb.Open;
        foreach (string operand in about ? step.Operands.Take(1) : step.Operands)
        {
            var errno = One(step, operand);
            if (errno != Errno.None) return step.Operands.Count == 1 || about ? Text(errno) : $"{operand}: {Text(errno)}";
        }
        return "ok";
    }

    private Errno One(ControlStep step, string operand)
    {
        switch (step.Verb)
        {
            case ControlVerb.Program:
            case ControlVerb.Xdp:
                AddProgram(step, operand);
                return Errno.None;
            case ControlVerb.Map:
                Add(step, operand, _host.AddMap(), 0);
                return Errno.None;
            case ControlVerb.Device:
                if (!_devices.Add(operand)) throw Wrong(step, $"there is a device '{operand}' already");
                AddDevice(operand);
                return Errno.None;
            case ControlVerb.Attach:
                var attach = Position(step, operand);
                return _host.Ask(calls => calls.Attach(attach));
            case ControlVerb.Detach:
                var detach = Position(step, operand);
                return _host.Ask(calls => calls.Detach(detach));
            case ControlVerb.LinkDetach:
                uint link = Descriptor(step, operand);
                return _host.Ask(calls => calls.DetachLink(link));
            case ControlVerb.Close:
                return Close(step, operand);
            case ControlVerb.Duplicate:
                return Duplicate(step);
            case ControlVerb.Send:
                string to = Device(step);
                for (int i = 0; i < step.Times; i++) _host.Send(to, step.Frame);
                return Errno.None;
            case ControlVerb.Become:
                _host.Become(operand == "contained", step.Capabilities);
                return Errno.None;
            case ControlVerb.Mount:
                int root = _host.Mount(step.Operands[1], step.Operands[2]);
                if (root < 0) return (Errno)(-root);
                Add(step, operand, (uint)root, 0);
                return Errno.None;
            case ControlVerb.Open:
                int opened = _host.Open(step.Operands[1]);
                if (opened < 0) return (Errno)(-opened);
                Add(step, operand, (uint)opened, 0);
                return Errno.None;
            case ControlVerb.Delete:
                _host.RemoveDevice(Device(step));
                return Errno.None;
            case ControlVerb.Move:
                _host.MoveDevice(Device(step));
                return Errno.None;
            case ControlVerb.Up:
            case ControlVerb.Down:
                _host.SetUp(Device(step), step.Verb == ControlVerb.Up);
                return Errno.None;
            case ControlVerb.QdiscAdd:
            case ControlVerb.QdiscDelete:
                _host.SetQdisc(Device(step), step.Verb == ControlVerb.QdiscAdd ? step.Operands[1] : null);
                return Errno.None;
            case ControlVerb.Enter:
                _host.Enter(operand == "other");
                return Errno.None;
            default:
                throw new System.Diagnostics.UnreachableException($"{step.Verb} is no step about names.");
        }
    }

    private string Query(ControlStep step)
    {
        var call = new ProgQueryCall(_host.Ifindex(_device), _direction, step.Room, step.QueryFlags, step.AttachFlags);
        var answer = _host.Ask(calls => calls.Query(call));
        var words = new List<string>();
        if (answer.Errno != Errno.None) words.Add(answer.Errno.ToString());
        if (answer.Revision == 0) return string.Join(' ', words);
        foreach (var (program, link) in answer.Slots)
        {
            string name = _programNames.GetValueOrDefault(program, $"#{program}");
            words.Add(link == 0 ? name : $"{name}/{_linkNames.GetValueOrDefault(link, $"#{link}")}");
        }
        if (answer.Count == 0) words.Add("nothing");
        else if (answer.Count != answer.Slots.Count) words.Add($"of {answer.Count}");
        words.Add(string.Create(CultureInfo.InvariantCulture, $"revision {answer.Revision}"));
        return string.Join(' ', words);
    }

    private string LinkInfo(ControlStep step)
    {
        uint link = Descriptor(step, step.Operands[0]);
        var (errno, info) = _host.Ask(calls => (calls.LinkInfo(link, out var found), found));
        if (errno != Errno.None) return Text(errno);
        string device = info.Ifindex == 0 ? "nowhere" : _devices.FirstOrDefault(name => _host.Ifindex(name) == info.Ifindex) ?? $"#{info.Ifindex}";
        return $"{device} {(info.AttachType == AttachType.TcxIngress ? "ingress" : "egress")} {_programNames.GetValueOrDefault(info.ProgramId, $"#{info.ProgramId}")}";
    }

    private string CreateLink(ControlStep step)
    {
        var call = new LinkCreateCall(
            _host.Ifindex(_device), Descriptor(step, step.Operands[1]), _direction, step.Flags, Relative(step), step.Revision);
        var (errno, link) = _host.Ask(calls => (calls.CreateLink(call, out uint made), made));
        // A link that was not made still has a name: one of nothing that is open.
        if (errno != Errno.None) _objects.TryAdd(step.Operands[0], (NotOpen, NotOpen));
        if (errno != Errno.None) return Text(errno);
        uint id = _host.Ask(calls => calls.LinkInfo(link, out var info) == Errno.None ? info.Id : 0);
        Add(step, step.Operands[0], link, id);
        _linkNames[id] = step.Operands[0];
        return "ok";
    }

    private string Call(ControlStep step)
    {
        var call = step.Call!;
        (int, string) Put(TcxCalls calls) => BpfCallRun.Put(call, calls.Calls, name => Object(step, name).Descriptor, name => Object(step, name).Id, name => _host.Ifindex(name));
        bool home = call.Command is BpfCommand.ObjPin or BpfCommand.ObjGet;
        var (result, answer) = home ? _host.AskAtHome(Put) : _host.Ask(Put);
        if (call.Makes is not { } made) return answer;
        if (result >= 0) Name(step, made, (uint)result, call.Command);
        // What was not made still has a name: one of nothing that is open.
        else _objects.TryAdd(made, (NotOpen, NotOpen));
        return answer;
    }

    private void Name(ControlStep step, string name, uint descriptor, BpfCommand command)
    {
        var (kind, id) = _host.Ask(calls => calls.Identify(descriptor));
        Add(step, name, descriptor, id);
        if (kind == KernelObjectKind.Prog && command == BpfCommand.ProgLoad) _programNames[id] = name;
        if (kind == KernelObjectKind.Link && command == BpfCommand.LinkCreate) _linkNames[id] = name;
    }

    private Errno Duplicate(ControlStep step)
    {
        var (descriptor, id) = Object(step, step.Operands[0]);
        int copy = _host.Ask(calls => calls.Calls.Duplicate((int)descriptor));
        if (copy < 0) return (Errno)(-copy);
        Add(step, step.Operands[1], (uint)copy, id);
        return Errno.None;
    }

    private Errno Close(ControlStep step, string name)
    {
        uint descriptor = Descriptor(step, name);
        var errno = _host.Ask(calls => calls.Close(descriptor));
        if (_objects.TryGetValue(name, out var closed)) _objects[name] = (NotOpen, closed.Id);
        return errno;
    }

    private void AddProgram(ControlStep step, string name)
    {
        uint descriptor = _host.AddProgram(name, step.Verb == ControlVerb.Xdp ? ProgramType.Xdp : ProgramType.SchedCls);
        uint id = _host.Ask(calls => calls.ProgramId(descriptor, out uint found) == Errno.None ? found : 0);
        Add(step, name, descriptor, id);
        _programNames[id] = name;
    }

    private void Add(ControlStep step, string name, uint descriptor, uint id)
    {
        if (ControlScriptReader.TryNumber(name, out _)) throw Wrong(step, $"'{name}' is a number, not a name");
        if (_objects.TryGetValue(name, out var known) && known.Descriptor != NotOpen) throw Wrong(step, $"there is a '{name}' already");
        _objects[name] = (descriptor, id);
    }

    private void AddDevice(string name)
    {
        _devices.Add(name);
        _host.AddDevice(name);
    }

    private string Device(ControlStep step) =>
        _devices.Contains(step.Operands[0]) ? step.Operands[0] : throw Wrong(step, $"there is no device '{step.Operands[0]}'; devices are: {string.Join(", ", _devices.Order(StringComparer.Ordinal))}");

    private ProgAttachCall Position(ControlStep step, string program) =>
        new(_host.Ifindex(_device), Descriptor(step, program), _direction, step.Flags, Descriptor(step, step.Other), Relative(step), step.Revision);

    private uint Relative(ControlStep step) => step.Flags.HasFlag(MprogFlags.Id) ? Object(step, step.Relative).Id : Descriptor(step, step.Relative);

    private uint Descriptor(ControlStep step, string word) => Object(step, word).Descriptor;

    private (uint Descriptor, uint Id) Object(ControlStep step, string word)
    {
        if (_objects.TryGetValue(word, out var known)) return known;
        if (ControlScriptReader.TryNumber(word, out ulong number)) return ((uint)number, (uint)number);
        if (word == "closed") return (NotOpen, NotOpen);
        throw Wrong(step, $"there is no '{word}'; make it first with program, xdp, map, link-create or bpf … -> NAME");
    }

    private ScenarioFormatException Wrong(ControlStep step, string what) => new(_script.Path, $"line {step.Line}", what);

    private static string Text(Errno errno) => errno == Errno.None ? "ok" : errno.ToString();
}
