using Vm.Abi;
using Vm.Btf;

namespace Vm.Specs;

/// <summary>What a map is to be, before any memory is made for it.</summary>
/// <remarks>Source: Linux 6.12 tools/lib/bpf/libbpf.c, struct bpf_map and parse_btf_map_def.</remarks>
public sealed record MapSpec
{
    /// <summary>C name of the map; a data section's full name (<c>.rodata</c>, <c>.bss.hot</c>).</summary>
    public required string Name { get; init; }

    /// <summary>Map type.</summary>
    public required MapType Type { get; init; }

    /// <summary>Key size in bytes.</summary>
    public uint KeySize { get; init; }

    /// <summary>Value size in bytes.</summary>
    public uint ValueSize { get; init; }

    /// <summary>Capacity in entries (bytes for ring buffers, pages for arenas).</summary>
    public uint MaxEntries { get; init; }

    /// <summary>Creation flags.</summary>
    public MapFlags Flags { get; init; }

    /// <summary>Type-specific extra (arena address, bloom hash count).</summary>
    public ulong Extra { get; init; }

    /// <summary>NUMA node asked for; noted only.</summary>
    public int NumaNode { get; init; }

    /// <summary>The pinning value as written (0 none, 1 by name; others occur in the wild and are kept).</summary>
    public uint Pinning { get; init; }

    /// <summary>
    /// Where user space pins it, so that objects that name the same place share one map: libbpf's for LIBBPF_PIN_BY_NAME (1), tc's for
    /// PIN_GLOBAL_NS (2). Null for maps that are an object's own; other values mean pins that replace what was there.
    /// </summary>
    public string? PinPath => Pinning switch
    {
        1 when !LegacyLayout => "/sys/fs/bpf/" + Name,
        2 => "/sys/fs/bpf/tc/globals/" + Name,
        _ => null,
    };

    /// <summary>True for a definition of iproute2's layout, where pinning 1 (PIN_OBJECT_NS) means the object's own place.</summary>
    public bool LegacyLayout { get; init; }

    /// <summary>BTF of the object the key and value types live in; null without BTF.</summary>
    public BtfSpec? Btf { get; init; }

    /// <summary>BTF id of the key type; 0 when unknown.</summary>
    public uint KeyTypeId { get; init; }

    /// <summary>BTF id of the value type (the DATASEC for data sections); 0 when unknown.</summary>
    public uint ValueTypeId { get; init; }

    /// <summary>Why the kernel would not take its types, so that the map is made without them, as libbpf does; null when it takes them.</summary>
    public string? TypesRefused { get; init; }

    /// <summary>True when the kernel knows the types of the map's values: locks, timers and pointers in them can be used.</summary>
    public bool HasTypes => Btf is not null && TypesRefused is null && (KeyTypeId != 0 || ValueTypeId != 0);

    /// <summary>Template of the inner maps, for map-in-map types.</summary>
    public MapSpec? Inner { get; init; }

    /// <summary>Slots to fill when the map is made: program names for prog arrays, map names for map-in-map.</summary>
    public IReadOnlyList<MapSlot> Slots { get; init; } = [];

    /// <summary>True for a map made from a data section; it has one entry whose value is the section.</summary>
    public bool DataSection { get; init; }

    /// <summary>Initial bytes of entry 0 of a data section map, all zero for <c>.bss</c>; of an arena's first pages; else null.</summary>
    public byte[]? Contents { get; init; }

    /// <summary>True when the map is frozen after it is filled (<c>.rodata*</c>, <c>.kconfig</c>): the verifier may fold loads.</summary>
    public bool Frozen { get; init; }

    /// <summary>Variables of a data section, by C name, ascending offset; empty when unknown.</summary>
    public IReadOnlyList<GlobalVariable> Variables { get; init; } = [];
}

/// <summary>One pre-filled slot of a prog array or map-in-map.</summary>
/// <param name="Index">Slot number (the key).</param>
/// <param name="Target">Name of the program or map that goes there.</param>
public readonly record struct MapSlot(uint Index, string Target);

/// <summary>A global C variable inside a data section.</summary>
/// <param name="Name">C name.</param>
/// <param name="Offset">Byte offset in the section.</param>
/// <param name="SizeBytes">Size in bytes.</param>
/// <param name="TypeId">BTF type id; 0 when the object has no BTF.</param>
/// <param name="MustSet">True for a strong <c>__kconfig</c> extern we have no value for: linking fails until it is set.</param>
public readonly record struct GlobalVariable(string Name, uint Offset, uint SizeBytes, uint TypeId, bool MustSet = false);
