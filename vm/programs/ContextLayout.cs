using System.Reflection;
using Vm.Abi;

namespace Vm.Programs;

/// <summary>Access widths a context field allows, as a bit set of byte counts.</summary>
[Flags]
public enum Widths
{
    /// <summary>No access.</summary>
    None = 0,

    /// <summary>One byte.</summary>
    B1 = 1,

    /// <summary>Two bytes.</summary>
    B2 = 2,

    /// <summary>Four bytes.</summary>
    B4 = 4,

    /// <summary>Eight bytes.</summary>
    B8 = 8,

    /// <summary>One, two or four bytes: what the kernel calls a narrow load.</summary>
    Narrow4 = B1 | B2 | B4,
}

/// <summary>What kind of value a load of a context field yields.</summary>
public enum ContextValue
{
    /// <summary>A number.</summary>
    Scalar,

    /// <summary>Start of the packet.</summary>
    Packet,

    /// <summary>Start of the metadata in front of the packet.</summary>
    PacketMeta,

    /// <summary>One past the last directly readable byte of the packet.</summary>
    PacketEnd,

    /// <summary>A socket (common part) that may be absent.</summary>
    SockCommonOrNull,
}

/// <summary>Where the bytes of a context field really are.</summary>
public abstract record ContextBacking
{
    private ContextBacking()
    {
    }

    /// <summary>A field of the native packet struct: loads and stores become plain memory accesses.</summary>
    /// <param name="Offset">Byte offset in the native struct.</param>
    /// <param name="Bytes">Real size, 1, 2, 4 or 8; or the length of a region (see <see cref="ContextField.Region"/>).</param>
    public sealed record Native(int Offset, int Bytes) : ContextBacking;

    /// <summary>A pair of static methods.</summary>
    /// <param name="Bytes">Size of the real field in bytes, for the narrow rule.</param>
    /// <param name="Get"><c>static ulong Get(ulong ctx)</c>.</param>
    /// <param name="Set"><c>static void Set(ulong ctx, ulong value)</c>; null for a field that cannot be written.</param>
    /// <param name="SetImmediate">The same for ST (immediate) when the kernel differs there; null: as <paramref name="Set"/>.</param>
    public sealed record Methods(int Bytes, MethodInfo Get, MethodInfo? Set, MethodInfo? SetImmediate = null) : ContextBacking;
}

/// <summary>One field of a uapi context struct and how it maps to our own.</summary>
/// <remarks>
/// Narrow reads follow the kernel: the whole real field is read, shifted right by 8 × (byte offset in the field) and masked to the
/// access width, but only when the access is narrower than the real field.
/// Source: Linux 6.12 net/core/filter.c, bpf_skb_is_valid_access and bpf_convert_ctx_access; kernel/bpf/verifier.c, convert_ctx_accesses.
/// </remarks>
/// <param name="Name">uapi name.</param>
/// <param name="Offset">Byte offset in the uapi struct.</param>
/// <param name="Size">Byte size in the uapi struct.</param>
/// <param name="Read">Widths a load may have.</param>
/// <param name="Write">Widths a store may have.</param>
/// <param name="Backing">Where the value is.</param>
public sealed record ContextField(string Name, int Offset, int Size, Widths Read, Widths Write, ContextBacking Backing)
{
    /// <summary>What a load yields.</summary>
    public ContextValue Value { get; init; }

    /// <summary>True for a byte area (cb): accesses of any allowed width at any aligned place, no narrow rule.</summary>
    public bool Region { get; init; }

    /// <summary>Attach type only whose programs see it; null for all.</summary>
    public AttachType? Only { get; init; }

    /// <summary>False when sign-extending loads are refused.</summary>
    public bool SignedLoads { get; init; } = true;

    /// <summary>Name of a field whose mere use anywhere in the program switches this one to <see cref="RawBacking"/>; null for none.</summary>
    public string? RawWhenUsed { get; init; }

    /// <summary>Backing used when the program also uses <see cref="RawWhenUsed"/>.</summary>
    public ContextBacking? RawBacking { get; init; }
}

/// <summary>A context struct as the verifier and the engines see it.</summary>
/// <param name="Name">uapi struct name, for messages.</param>
/// <param name="SizeBytes">Size of the uapi struct.</param>
/// <param name="Fields">Fields, ascending offset. Bytes no field covers cannot be accessed.</param>
/// <param name="RawBytes">For SYSCALL programs: the context is plain memory of up to this many bytes; 0 for a struct.</param>
public sealed record ContextLayout(string Name, int SizeBytes, IReadOnlyList<ContextField> Fields, int RawBytes = 0)
{
    /// <summary>The field that covers byte <paramref name="offset"/>, with its index; false when none does. O(fields).</summary>
    public bool TryField(int offset, out int index)
    {
        for (index = 0; index < Fields.Count; index++)
        {
            if (offset >= Fields[index].Offset && offset < Fields[index].Offset + Fields[index].Size) return true;
        }
        index = -1;
        return false;
    }
}
