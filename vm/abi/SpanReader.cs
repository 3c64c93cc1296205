using System.Buffers.Binary;

namespace Vm.Abi;

/// <summary>A bounds-checked little-endian cursor over untrusted bytes: no read can leave the span.</summary>
/// <remarks>Every <c>TryX</c> leaves the position alone when it fails. O(1), no allocation.</remarks>
public ref struct SpanReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far; always within <c>0..Length</c>.</summary>
    public int Position { get; private set; }

    /// <summary>Length of the whole span in bytes.</summary>
    public readonly int Length => _bytes.Length;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _bytes.Length - Position;

    /// <summary>Moves to <paramref name="position"/> bytes from the start; false when that is outside.</summary>
    public bool TrySeek(long position)
    {
        if ((ulong)position > (ulong)_bytes.Length) return false;
        Position = (int)position;
        return true;
    }

    /// <summary>Takes the next <paramref name="count"/> bytes.</summary>
    public bool TryBytes(long count, out ReadOnlySpan<byte> taken)
    {
        if ((ulong)count > (ulong)Remaining)
        {
            taken = default;
            return false;
        }
        taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return true;
    }

    /// <summary>Takes one byte.</summary>
    public bool TryU8(out byte value)
    {
        bool ok = TryBytes(1, out var b);
        value = ok ? b[0] : (byte)0;
        return ok;
    }

    /// <summary>Takes two bytes, little-endian.</summary>
    public bool TryU16(out ushort value)
    {
        bool ok = TryBytes(2, out var b);
        value = ok ? BinaryPrimitives.ReadUInt16LittleEndian(b) : (ushort)0;
        return ok;
    }

    /// <summary>Takes four bytes, little-endian.</summary>
    public bool TryU32(out uint value)
    {
        bool ok = TryBytes(4, out var b);
        value = ok ? BinaryPrimitives.ReadUInt32LittleEndian(b) : 0;
        return ok;
    }

    /// <summary>Takes eight bytes, little-endian.</summary>
    public bool TryU64(out ulong value)
    {
        bool ok = TryBytes(8, out var b);
        value = ok ? BinaryPrimitives.ReadUInt64LittleEndian(b) : 0;
        return ok;
    }
}
