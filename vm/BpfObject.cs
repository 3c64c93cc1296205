using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vm.Abi;
using Vm.Btf;
using Vm.Elf;
using Vm.Kernel;
using Vm.Loading;
using Vm.Maps;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Specs;

namespace Vm;

/// <summary>An object file being used: its maps, its programs, its global variables.</summary>
/// <remarks>
/// Settings first (<see cref="Set(string, WrittenValue)"/>, <see cref="Resize"/>), then maps and programs, which are made when first asked for.
/// Dispose lets go of both. What is attached, pinned or used by something attached lives on, as in the kernel after its loader exits; prog
/// arrays and timers do not, because user space has to hold their maps.
/// </remarks>
public sealed class BpfObject : IDisposable
{
    private readonly Dictionary<string, Map> _maps = [];
    private readonly List<Map> _shared = [];
    private readonly HashSet<Map> _filled = [];
    private readonly Dictionary<string, BpfProgram> _programs = [];
    private BpfBtf? _types;
    private readonly Dictionary<string, (TailCallOwner Owner, string Program)> _jumpOwners = [];
    private bool _checked;
    private bool _loaded;
    private bool _disposed;

    /// <summary>Takes an object that was read already.</summary>
    public BpfObject(ObjectSpec spec, LoadOptions options)
    {
        Spec = MapTypes.AsMade(spec);
        Options = options;
        VmlinuxBtf.Supply(options);
    }

    /// <summary>Opens an object file.</summary>
    /// <exception cref="ElfFormatException">It cannot be opened or is no BPF object.</exception>
    public static BpfObject Open(string path, LoadOptions options)
    {
        return new BpfObject(ObjectReader.Open(path), options);
    }

    /// <summary>The object as plain data, settings included.</summary>
    public ObjectSpec Spec { get; private set; }

    /// <summary>What it is loaded with.</summary>
    public LoadOptions Options { get; }

    /// <summary>All programs, in file order.</summary>
    public IEnumerable<BpfProgram> Programs => Spec.Programs.Select(spec => Program(spec.Name));

    /// <summary>All maps, by name; those of types that are not simulated are left out, since a program may do without them.</summary>
    public IReadOnlyDictionary<string, Map> Maps
    {
        get
        {
            LoadMaps();
            return _maps;
        }
    }

    /// <summary>Objects its programs have made and not given back: held by maps, or lost.</summary>
    public long LiveObjects => _types?.LiveObjects ?? 0;

    /// <summary>Sets a global variable before anything is loaded.</summary>
    /// <param name="variable">C name, or a path such as <c>config.port</c>.</param>
    /// <param name="value">The value as a person writes it.</param>
    /// <exception cref="BadInputException">No such variable, or the value does not fit.</exception>
    public void Set(string variable, WrittenValue value)
    {
        RefuseIfLoaded($"set '{variable}'");
        Spec = Globals.Set(Spec, variable, value);
    }

    /// <summary>Sets a global variable from text: a number, a name, an address.</summary>
    public void Set(string variable, string value) => Set(variable, new WrittenScalar(value));

    /// <summary>Changes a map's size before anything is loaded.</summary>
    public void Resize(string map, uint maxEntries)
    {
        RefuseIfLoaded($"resize '{map}'");
        Spec = Globals.Resize(Spec, map, maxEntries);
    }

    /// <summary>The program with a name.</summary>
    /// <exception cref="ElfFormatException">There is none; the message lists those there are.</exception>
    public BpfProgram Program(string name) => TryProgram(name, out var program)
        ? program
        : throw new ElfFormatException(Spec.Name, "", $"there is no program '{name}'; programs are: {string.Join(", ", Spec.Programs.Select(p => p.Name))}", Errno.ENOENT);

    /// <summary>The program with a name; false when there is none.</summary>
    public bool TryProgram(string name, [NotNullWhen(true)] out BpfProgram? program)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_programs.TryGetValue(name, out program)) return true;
        var spec = Spec.Programs.FirstOrDefault(p => p.Name == name);
        if (spec is null) return false;
        _programs.Add(name, program = new BpfProgram(this, spec));
        return true;
    }

    /// <summary>The map with a name.</summary>
    /// <exception cref="ElfFormatException">There is none; the message lists those there are.</exception>
    /// <exception cref="NotSimulatedException">It is of a type that is not simulated.</exception>
    public Map Map(string name) => Maps.TryGetValue(name, out var map)
        ? map
        : Spec.Maps.FirstOrDefault(spec => spec.Name == name) is { } missing
        ? throw new NotSimulatedException(Spec.Name, $"map {name}", $"maps of type {missing.Type} ({(int)missing.Type}) are not simulated, and a program uses it")
        : throw new ElfFormatException(Spec.Name, "", $"there is no map '{name}'; maps are: {string.Join(", ", Maps.Keys)}", Errno.ENOENT);

    /// <summary>A map as a dictionary of C# values.</summary>
    public MapView<TKey, TValue> Map<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged => new(Map(name));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var program in _programs.Values) program.Release();
        foreach (var map in _shared) map.LeaveUser();
        foreach (var map in _maps.Values.Except(_shared)) map.Dispose();
        _types?.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => Spec.Name;

    internal ExecutableProgram Compile(VerifiedProgram program)
    {
        var source = program.Source;
        LoadMaps();
        bool typed = DebugRecords.AreTyped(source);
        return ProgramLoader.Load(program, Options, new LoadedAs
        {
            Name = source.Spec.Name[..Math.Min(source.Spec.Name.Length, BpfKernel.MostNameCharacters)],
            Insns = ProgramLoader.AsHandedOver(source, Options.Kernel.OwnTypes.Spec),
            Maps = [.. source.Maps.Select(spec => Options.Kernel.Maps.TryGet(Map(spec.Name).Id, out var map) ? map : throw new ObjectDisposedException(spec.Name))],
            Btf = _types,
            FuncInfo = typed ? DebugRecords.Functions(source.Spec.Functions.Select(function => (function.Slot, function.TypeId))) : default,
            LineInfo = typed ? DebugRecords.Lines(DebugRecords.LinesOf(source)) : default,
        }).Code;
    }

    /// <summary>A prog array belongs to the first program that names it or is in it; the kernel refuses one of another kind. Source: Linux 6.12 kernel/bpf/core.c, bpf_check_tail_call.</summary>
    internal void ClaimJumps(LinkedProgram program)
    {
        var owner = new TailCallOwner(program.Type, program.AttachType, program.HasFrags);
        // Those it jumps through, and those it is put into: libbpf fills them when all programs are loaded.
        var arrays = program.Maps.Concat(Spec.Maps.Where(map => map.Slots.Any(slot => slot.Target == program.Spec.Name)));
        foreach (var map in arrays.Where(map => map.Type == MapType.ProgArray))
        {
            if (_jumpOwners.TryAdd(map.Name, (owner, program.Spec.Name)) || _jumpOwners[map.Name].Owner == owner) continue;
            throw new MapSpecException(Spec.Name, $"map {map.Name}", $"'{program.Spec.Name}' cannot use this prog array: '{_jumpOwners[map.Name].Program}' uses it, and they differ in type, attach type or xdp.frags", Errno.EINVAL);
        }
    }

    /// <summary>
    /// Refuses what the kernel refuses of the maps before it looks at any program: sizes, flags, inner maps. Makes none. O(maps).
    /// </summary>
    /// <exception cref="MapSpecException">What is wrong with the first that is refused, with the kernel's errno.</exception>
    public void CheckMaps()
    {
        if (_checked) return;
        foreach (var spec in Spec.Maps)
        {
            try
            {
                MapChecks.Check(spec);
                if (spec.Type is MapType.ArrayOfMaps or MapType.HashOfMaps) InnerMapRules.Check(spec);
            }
            catch (MapSpecException wrong)
            {
                throw new MapSpecException(Spec.Name, $"map {spec.Name}", wrong.What, wrong.Errno);
            }
        }
        _checked = true;
    }

    /// <summary>
    /// Makes or opens the maps if the object shares some with others, once settings are done: the first object to do so defines what is shared, and
    /// only then is it known what programs are verified against. Programs do it at the latest.
    /// </summary>
    /// <exception cref="MapSpecException">Another map is pinned there.</exception>
    public void OpenPins()
    {
        if (Spec.Maps.Any(map => map.PinPath is not null)) LoadMaps();
    }

    internal void FillProgArrays(VerifiedProgram program)
    {
        foreach (var spec in program.Source.Maps)
        {
            if (Map(spec.Name) is not ProgArrayMap array || !_filled.Add(array)) continue;
            foreach (var slot in spec.Slots)
            {
                var errno = array.Set(slot.Index, Program(slot.Target).Compile());
                if (errno != Errno.None) throw new MapSpecException(Spec.Name, $"map {spec.Name}", $"program '{slot.Target}' does not fit slot {slot.Index}", errno);
            }
        }
    }

    private void LoadMaps()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_loaded) return;
        CheckMaps();
        _loaded = true;
        if (Spec.Btf is { } types) Options.Kernel.Adopt(_types = new BpfBtf(types, types.Raw) { AllocationBytes = Options.ObjectBytes });
        foreach (var spec in Spec.Maps.Where(spec => MapFactory.Supports(spec.Type))) _maps.Add(spec.Name, MakeOrShare(spec));
        foreach (var spec in Spec.Maps)
        {
            if (_maps.GetValueOrDefault(spec.Name) is not MapOfMaps outer) continue;
            foreach (var slot in spec.Slots)
            {
                var errno = outer.Set(BitConverter.GetBytes(slot.Index), Map(slot.Target));
                if (errno != Errno.None)
                    throw new MapSpecException(Spec.Name, $"map {spec.Name}", $"map '{slot.Target}' does not fit slot {slot.Index}: it differs from the inner map definition", errno);
            }
        }
    }

    private Map MakeOrShare(MapSpec spec)
    {
        if (spec.PinPath is { } path && Options.Kernel.Files.TryPinned(path, out var there) && there is BpfMap { Memory: var pinned } && pinned.TryJoinUser())
        {
            _shared.Add(pinned);
            PinnedMaps.RefuseOther(Spec.Name, spec, pinned.Spec);
            // Programs are verified against the map there is: its value may hold locks and timers where this definition has plain bytes.
            Spec = Spec with { Maps = [.. Spec.Maps.Select(map => map == spec ? PinnedMaps.As(pinned.Spec, spec) : map)] };
            return pinned;
        }
        var made = MapFactory.Create(spec, Options.CpuCount, SpecialFields.LayoutOf(spec));
        var map = Options.Kernel.Adopt(made, spec.HasTypes ? _types : null);
        if (spec.PinPath is { } place && map.TryHold() && !Options.Kernel.Files.TryPin(place, map)) map.LetGo();
        return made;
    }

    private void RefuseIfLoaded(string what)
    {
        if (_loaded) throw new InvalidOperationException($"Cannot {what}: the maps of {Spec.Name} exist already.");
    }
}

/// <summary>A map seen from user space as C# values.</summary>
/// <typeparam name="TKey">Key; its size must be the map's key size.</typeparam>
/// <typeparam name="TValue">Value; its size must be the map's value size.</typeparam>
public readonly struct MapView<TKey, TValue> where TKey : unmanaged where TValue : unmanaged
{
    private readonly Map _map;

    internal MapView(Map map)
    {
        if (Unsafe.SizeOf<TKey>() != map.Spec.KeySize || Unsafe.SizeOf<TValue>() != map.Spec.ValueSize)
            throw new ArgumentException($"map {map.Name} has keys of {map.Spec.KeySize} and values of {map.Spec.ValueSize} bytes, not {Unsafe.SizeOf<TKey>()} and {Unsafe.SizeOf<TValue>()}.");
        _map = map;
    }

    /// <summary>The value at a key; of CPU 0 for per-CPU maps.</summary>
    /// <exception cref="KeyNotFoundException">The key is not there.</exception>
    public TValue this[TKey key]
    {
        get => TryGet(key, out var value) ? value : throw new KeyNotFoundException($"map {_map.Name} has no such key.");
        set
        {
            var all = new byte[_map.UserValueBytes];
            for (int at = 0; at < all.Length; at += Math.Max(8, all.Length / Math.Max(1, _map.CpuCount))) MemoryMarshal.Write(all.AsSpan(at), in value);
            var errno = _map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), all);
            if (errno != Errno.None) throw new InvalidOperationException($"map {_map.Name} refused the update: {errno}.");
        }
    }

    /// <summary>The value at a key; false when the key is not there.</summary>
    public bool TryGet(TKey key, out TValue value)
    {
        var all = new byte[_map.UserValueBytes];
        value = default;
        if (_map.Lookup(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), all) != Errno.None) return false;
        value = MemoryMarshal.Read<TValue>(all);
        return true;
    }
}
