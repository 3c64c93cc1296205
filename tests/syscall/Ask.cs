using System.Buffers.Binary;
using Vm.Abi;

namespace Tests.Syscall;

/// <summary>Something at an offset of the attributes of a call.</summary>
internal abstract record Piece(int Offset)
{
    /// <summary>Four bytes.</summary>
    public sealed record U32(int Offset, uint Value) : Piece(Offset);

    /// <summary>Eight bytes.</summary>
    public sealed record U64(int Offset, ulong Value) : Piece(Offset);

    /// <summary>Bytes that lie in the attributes themselves, such as names.</summary>
    public sealed record Inline(int Offset, byte[] Bytes) : Piece(Offset);

    /// <summary>The descriptor of something made before.</summary>
    public sealed record Fd(int Offset, int Slot) : Piece(Offset);

    /// <summary>The id of something made before.</summary>
    public sealed record Id(int Offset, int Slot) : Piece(Offset);

    /// <summary>The address of bytes.</summary>
    /// <param name="Content">What they hold before the call.</param>
    /// <param name="Ids">Offsets of words after the call that are ids, and of what kind.</param>
    /// <param name="Fds">Words of the content that are descriptors: offset and slot.</param>
    public sealed record Pointer(int Offset, byte[] Content, (int At, IdKind Kind)[]? Ids = null, (int At, int Slot)[]? Fds = null) : Piece(Offset);

    /// <summary>An address nobody may read.</summary>
    public sealed record Unmapped(int Offset) : Piece(Offset);
}

/// <summary>Kinds of objects with ids of their own.</summary>
internal enum IdKind
{
    Map,
    Prog,
    Link,
    Btf,
}

/// <summary>A call of bpf(2) as it can be put to any kernel: descriptors and ids by what they name.</summary>
/// <param name="Command">Number.</param>
/// <param name="Size">Bytes of attributes.</param>
/// <param name="Pieces">What is in them; zero elsewhere.</param>
internal sealed record Ask(BpfCommand Command, int Size, params Piece[] Pieces)
{
    /// <summary>Slot the descriptor it returns goes into; -1 for none.</summary>
    public int Makes { get; init; } = -1;

    /// <summary>Kind of object it makes.</summary>
    public IdKind Kind { get; init; }

    /// <summary>Offsets of the attributes after the call that are ids, and of what kind.</summary>
    public (int At, IdKind Kind)[] Ids { get; init; } = [];

    /// <summary>Offsets of words of the attributes that are not compared after the call.</summary>
    public int[] Free { get; init; } = [];

    /// <summary>True when it names something by an id that may be gone.</summary>
    public bool ByOldId => Command is BpfCommand.MapGetFdById or BpfCommand.ProgGetFdById or BpfCommand.LinkGetFdById or BpfCommand.BtfGetFdById;

    /// <summary>False where what comes out depends on an order no kernel promises.</summary>
    public bool ComparesBytes { get; init; } = true;

    public override string ToString() => $"{Command} size {Size} {string.Join(", ", Pieces.Select(Text))}{(Makes < 0 ? "" : $" -> #{Makes}")}";

    private static string Text(Piece piece) => piece switch
    {
        Piece.U32 word => $"+{word.Offset}={word.Value}",
        Piece.U64 word => $"+{word.Offset}={word.Value}",
        Piece.Inline bytes => $"+{bytes.Offset}={Convert.ToHexString(bytes.Bytes)}",
        Piece.Fd fd => $"+{fd.Offset}=fd#{fd.Slot}",
        Piece.Id id => $"+{id.Offset}=id#{id.Slot}",
        Piece.Pointer pointer => $"+{pointer.Offset}=&{(pointer.Content.Length > 24 ? $"{pointer.Content.Length} bytes" : Convert.ToHexString(pointer.Content))}{string.Concat((pointer.Fds ?? []).Select(fd => $" fd#{fd.Slot}"))}",
        _ => $"+{piece.Offset}=unmapped",
    };
}
