using Vm.Abi;
using Vm.Isa;
using Vm.Runtime;

namespace Vm.Kernel;

/// <summary>A program as the kernel keeps it: its code, and what bpf(2) says of it.</summary>
/// <remarks>Source: Linux 6.12 include/linux/bpf.h, struct bpf_prog and bpf_prog_aux.</remarks>
/// <param name="code">What runs.</param>
public sealed class BpfProg(ExecutableProgram code) : IKernelObject
{
    private readonly Lock _gate = new();
    private readonly List<BpfMap> _bound = [];
    private BpfMap[] _maps = [];

    /// <summary>What runs.</summary>
    public ExecutableProgram Code { get; } = code;

    /// <inheritdoc/>
    public uint Id
    {
        get => Code.Id;
        set => Code.Id = value;
    }

    /// <summary>Name as loaded, at most 15 characters.</summary>
    public string Name { get; init; } = code.Name.Length > BpfKernel.MostNameCharacters ? code.Name[..BpfKernel.MostNameCharacters] : code.Name;

    /// <summary>The first eight bytes of a hash of its instructions, maps left out, in memory order.</summary>
    public ulong Tag { get; init; }

    /// <summary>The same of each function when there are several; else of the whole.</summary>
    public IReadOnlyList<ulong> FunctionTags { get; init; } = [0];

    /// <summary>Nanoseconds since boot when it was loaded.</summary>
    public ulong LoadTimeNs { get; init; }

    /// <summary>Who loaded it.</summary>
    public uint Uid { get; init; }

    /// <summary>True when its license is compatible with the GPL.</summary>
    public bool IsGpl { get; init; }

    /// <summary>Instructions as bpf(2) shows them: map loads with ids.</summary>
    public IReadOnlyList<RawInsn> Xlated { get; init; } = [];

    /// <summary>Slot each function starts at; the first is 0.</summary>
    public IReadOnlyList<int> Functions { get; init; } = [0];

    /// <summary>Maps it uses, in the order they were met; those bound to it later come last.</summary>
    public IReadOnlyList<BpfMap> Maps
    {
        get
        {
            lock (_gate) return _maps;
        }
        init => _maps = [.. value];
    }

    /// <summary>BPF_PROG_BIND_MAP: a map is one of the program's from now on, and lives as long; nothing happens when it is already.</summary>
    /// <param name="map">The map, held by the caller.</param>
    public void Bind(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        lock (_gate)
        {
            if (_maps.Contains(map)) return;
            map.Memory.Acquire();
            _bound.Add(map);
            _maps = [.. _maps, map];
        }
    }

    /// <summary>The program is gone: maps that were bound to it are let go.</summary>
    internal void Unbind()
    {
        lock (_gate)
        {
            foreach (var map in _bound) map.Memory.Release();
            _bound.Clear();
        }
    }

    /// <summary>Types it was loaded with; null without. Held by the program.</summary>
    public BpfBtf? Btf { get; init; }

    /// <summary>struct bpf_func_info records, 8 bytes each.</summary>
    public ReadOnlyMemory<byte> FuncInfo { get; init; }

    /// <summary>struct bpf_line_info records, 16 bytes each.</summary>
    public ReadOnlyMemory<byte> LineInfo { get; init; }

    /// <summary>Instructions the verifier walked.</summary>
    public uint VerifiedInsns { get; init; }

    /// <inheritdoc/>
    public bool IsLive => Code.References > 0;

    /// <inheritdoc/>
    public bool TryHold() => Code.TryAcquire();

    /// <inheritdoc/>
    public void LetGo() => Code.Release();

    /// <inheritdoc/>
    public override string ToString() => Code.ToString();
}
