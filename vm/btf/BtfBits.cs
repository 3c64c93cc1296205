using System.Buffers.Binary;

namespace Vm.Btf;

/// <summary>Little-endian integers and bitfields of up to 64 bits in a byte buffer.</summary>
internal static class BtfBits
{
    public static ulong Read(ReadOnlySpan<byte> bytes, ulong bitOffset, uint bits)
    {
        ulong value = 0;
        for (uint i = 0; i < bits; i++)
        {
            ulong bit = bitOffset + i;
            value |= (ulong)(bytes[(int)(bit / 8)] >> (int)(bit % 8) & 1) << (int)i;
        }
        return value;
    }

    public static void Write(Span<byte> bytes, ulong bitOffset, uint bits, ulong value)
    {
        for (uint i = 0; i < bits; i++)
        {
            ulong bit = bitOffset + i;
            byte mask = (byte)(1 << (int)(bit % 8));
            ref byte at = ref bytes[(int)(bit / 8)];
            at = (value >> (int)i & 1) != 0 ? (byte)(at | mask) : (byte)(at & ~mask);
        }
    }

    public static ulong SignExtend(ulong value, uint bits) => bits >= 64 ? value : (ulong)((long)(value << (int)(64 - bits)) >> (int)(64 - bits));

    /// <summary>True for typedefs whose bytes are in network order whatever the host: <c>__be16</c>, <c>__be32</c>, <c>__be64</c>.</summary>
    public static bool IsNetworkOrder(BtfSpec spec, uint typeId)
    {
        for (int depth = 0; depth <= BtfSpec.MaxDepth && spec[typeId] is BtfWrapper wrapper; depth++)
        {
            if (wrapper is BtfTypedef { Name: "__be16" or "__be32" or "__be64" or "__sum16" }) return true;
            typeId = wrapper.TargetId;
        }
        return false;
    }

    public static ulong Swap(ulong value, uint bytes) => BinaryPrimitives.ReverseEndianness(value) >> (int)(64 - bytes * 8);
}
