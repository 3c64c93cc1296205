using Vm.Abi;
using Vm.Linking;
using Vm.Specs;

namespace Sim.Live;

/// <summary>An object loaded by bpf(2), into the live kernel or a simulated one, from the same spec the library runs. Disposing removes everything from the kernel.</summary>
internal sealed class KernelObject : IDisposable
{
    private readonly Dictionary<string, KernelMap> _maps = [];
    private readonly List<KernelMap> _shared = [];
    private readonly Dictionary<string, KernelPerfBuffer> _events = [];
    private readonly Dictionary<string, KernelProgram> _programs = [];
    private readonly ProgramType _fallbackType;
    private readonly bool _ourClock;
    private readonly BpfTarget _target;
    private readonly KernelBtf? _btf;
    private HelperSubstitutes? _substitutes;

    /// <summary>Loads types and makes maps; prog arrays are filled when a program that uses them is loaded.</summary>
    /// <param name="spec">The object, settings included.</param>
    /// <param name="fallbackType">Type for sections that name none.</param>
    /// <param name="ourClock">True gives programs the simulator's clock, so that results can be compared; false leaves them as they are.</param>
    /// <param name="pins">Maps by the place they are pinned at, shared with the other objects of a scenario; null when there are none. Nothing is pinned for real.</param>
    /// <exception cref="KernelRefusedException">The kernel refuses the types or a map.</exception>
    public KernelObject(ObjectSpec spec, ProgramType fallbackType = ProgramType.SchedCls, bool ourClock = true, Dictionary<string, KernelMap>? pins = null)
        : this(BpfTarget.Live, spec, fallbackType, ourClock, pins)
    {
    }

    /// <summary>The same in any kernel, the simulated one too.</summary>
    internal KernelObject(BpfTarget target, ObjectSpec spec, ProgramType fallbackType = ProgramType.SchedCls, bool ourClock = true, Dictionary<string, KernelMap>? pins = null)
    {
        _target = target;
        Spec = spec;
        _fallbackType = fallbackType;
        _ourClock = ourClock;
        try
        {
            string complaint = "";
            _btf = spec.Btf is null ? null : KernelBtf.Load(spec, out complaint, target);
            TypesComplaint = complaint;
            foreach (var map in spec.Maps) _maps.Add(map.Name, MakeOrShare(map, pins ?? []));
            FillMapsOfMaps();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What was loaded.</summary>
    public ObjectSpec Spec { get; }

    /// <summary>Why the kernel did not take the object's types, so that maps and programs were made without; empty when it did.</summary>
    public string TypesComplaint { get; } = "";

    /// <summary>Maps by name.</summary>
    public IReadOnlyDictionary<string, KernelMap> Maps => _maps;

    /// <summary>What the kernel says of a program as it is.</summary>
    /// <exception cref="BadInputException">It cannot be linked, or needs what this kernel does not have.</exception>
    public KernelLoadResult Verify(string name)
    {
        var verdict = Load(Link(name), null, out var loaded);
        loaded?.Dispose();
        return verdict;
    }

    /// <summary>How long the kernel takes over loading a program, no log asked for, whatever its verdict.</summary>
    /// <exception cref="BadInputException">It cannot be linked, or needs what this kernel does not have.</exception>
    internal TimeSpan LoadTime(string name)
    {
        var linked = Link(name);
        var image = Image(linked, null);
        uint[] maps = Descriptors(linked, null);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        KernelProgram.Load(linked, image, maps, _btf?.Number ?? 0, out var loaded, wantsLog: false, into: _target);
        var took = System.Diagnostics.Stopwatch.GetElapsedTime(start);
        loaded?.Dispose();
        return took;
    }

    /// <summary>The program with a name, loaded; kept.</summary>
    /// <exception cref="KernelRefusedException">The kernel refuses it; the message has its complaint.</exception>
    public KernelProgram Program(string name)
    {
        if (_programs.TryGetValue(name, out var known)) return known;
        var linked = Link(name);
        bool substitute = _ourClock && HelperSubstitutes.Needed(linked);
        if (substitute) _substitutes ??= HelperSubstitutes.Make(_target);
        var verdict = Load(linked, substitute ? _substitutes : null, out var loaded);
        if (loaded is null) throw new KernelRefusedException(Spec.Name, $"program {name}", $"the kernel refuses it ({verdict.Errno}): {verdict.Message}", verdict.Errno);
        _programs.Add(name, loaded);
        foreach (var map in linked.Maps.Where(map => map.Type == MapType.ProgArray)) FillProgArray(map);
        return loaded;
    }

    /// <summary>Readers of perf event arrays, by map; empty unless <see cref="ListenOn"/> was asked for them.</summary>
    internal IReadOnlyDictionary<string, KernelPerfBuffer> Events => _events;

    /// <summary>Reads what programs write into perf event arrays on a CPU: without readers the kernel refuses it, which programs see.</summary>
    /// <exception cref="KernelRefusedException">The kernel gives no events.</exception>
    internal void ListenOn(int cpu)
    {
        foreach (var (name, map) in _maps.Where(pair => pair.Value.Spec.Type == MapType.PerfEventArray && !_shared.Contains(pair.Value))) _events.Add(name, new KernelPerfBuffer(map, cpu));
    }

    /// <summary>Sets the clock programs of this object see, to that of a simulated CPU.</summary>
    public void SetClock(Vm.Runtime.ExecContext x) => _substitutes?.SetClock(x);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var program in _programs.Values) program.Dispose();
        foreach (var buffer in _events.Values) buffer.Dispose();
        foreach (var map in _maps.Values.Except(_shared)) map.Dispose();
        _substitutes?.Dispose();
        _btf?.Dispose();
    }

    private KernelMap MakeOrShare(MapSpec map, Dictionary<string, KernelMap> pins)
    {
        if (map.PinPath is { } path && pins.TryGetValue(path, out var pinned))
        {
            _shared.Add(pinned);
            return pinned;
        }
        var made = KernelMap.Create(map, _btf, Spec.Name, _target);
        if (map.PinPath is { } place) pins.Add(place, made);
        return made;
    }

    private LinkedProgram Link(string name)
    {
        var spec = Spec.Programs.FirstOrDefault(program => program.Name == name)
            ?? throw new ElfFormatException(Spec.Name, "", $"there is no program '{name}'; programs are: {string.Join(", ", Spec.Programs.Select(p => p.Name))}", Errno.ENOENT);
        return Linker.Link(Spec, spec, new LinkOptions { TargetBtf = _target.Types, ProgramType = spec.Type == ProgramType.Unspec ? _fallbackType : spec.Type });
    }

    private KernelLoadResult Load(LinkedProgram linked, HelperSubstitutes? substitutes, out KernelProgram? loaded) =>
        KernelProgram.Load(linked, Image(linked, substitutes), Descriptors(linked, substitutes), _btf?.Number ?? 0, out loaded, into: _target);

    private ProgramImage Image(LinkedProgram linked, HelperSubstitutes? substitutes) => ProgramImage.Of(linked, substitutes is not null, _btf?.StubFunctionId ?? 0, _target);

    private uint[] Descriptors(LinkedProgram linked, HelperSubstitutes? substitutes) =>
        [.. linked.Maps.Select(map => _maps[map.Name].Number), .. substitutes is null ? Array.Empty<uint>() : [substitutes.Map.Number]];

    private void FillProgArray(MapSpec map)
    {
        foreach (var slot in map.Slots)
        {
            var errno = _maps[map.Name].Set(BitConverter.GetBytes(slot.Index), Program(slot.Target).Number);
            if (errno != Errno.None) throw new KernelRefusedException(Spec.Name, $"map '{map.Name}'", $"the kernel refuses program '{slot.Target}' in slot {slot.Index} ({errno})", errno);
        }
    }

    private void FillMapsOfMaps()
    {
        foreach (var map in Spec.Maps.Where(map => map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps))
        {
            foreach (var slot in map.Slots)
            {
                var errno = _maps[map.Name].Set(BitConverter.GetBytes(slot.Index), _maps[slot.Target].Number);
                if (errno != Errno.None) throw new KernelRefusedException(Spec.Name, $"map '{map.Name}'", $"the kernel refuses map '{slot.Target}' in slot {slot.Index} ({errno})", errno);
            }
        }
    }
}
