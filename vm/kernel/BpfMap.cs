using Vm.Abi;
using Vm.Maps;
using Vm.Specs;

namespace Vm.Kernel;

/// <summary>A map as the kernel keeps it: its memory, and what bpf(2) says of it.</summary>
/// <remarks>Source: Linux 6.12 include/linux/bpf.h, struct bpf_map.</remarks>
/// <param name="map">Keys and values.</param>
public sealed class BpfMap(Map map) : IKernelObject
{
    /// <summary>Keys and values, and the calls on them.</summary>
    public Map Memory { get; } = map;

    /// <summary>What it was made from.</summary>
    public MapSpec Spec => Memory.Spec;

    /// <summary>Flags as bpf(2) tells them: a device map is one programs only read, asked for or not. Source: Linux 6.12 kernel/bpf/devmap.c, dev_map_init_map.</summary>
    public MapFlags Flags => Spec.Type is MapType.DevMap or MapType.DevMapHash ? Spec.Flags | MapFlags.RdOnlyProg : Spec.Flags;

    /// <inheritdoc/>
    public uint Id
    {
        get => Memory.Id;
        set => Memory.Id = value;
    }

    /// <summary>The types of its keys and values; null without. Held by the map.</summary>
    public BpfBtf? Btf { get; init; }

    /// <summary>BPF_MAP_FREEZE was called: bpf(2) writes no more, programs may.</summary>
    public bool Frozen { get; set; }

    /// <inheritdoc/>
    public bool IsLive => Memory.References > 0;

    /// <inheritdoc/>
    public bool TryHold() => Memory.TryJoinUser();

    /// <inheritdoc/>
    public void LetGo() => Memory.LeaveUser();

    /// <inheritdoc/>
    public override string ToString() => Memory.ToString();
}
