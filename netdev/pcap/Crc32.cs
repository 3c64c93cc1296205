using System.Buffers.Binary;

namespace Netdev.Pcap;

/// <summary>The CRC-32 of gzip (reflected polynomial 0xedb88320), eight bytes a step.</summary>
/// <remarks>Source: RFC 1952, section 8. O(n), no allocation.</remarks>
internal static class Crc32
{
    private const int Slices = 8;
    private static readonly uint[] s_tables = MakeTables();

    /// <summary>Continues a CRC over more bytes; begin with 0.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> t = s_tables;
        var value = ~crc;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ value;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            value = t[0x700 + (int)(low & 0xff)] ^ t[0x600 + (int)((low >> 8) & 0xff)]
                ^ t[0x500 + (int)((low >> 16) & 0xff)] ^ t[0x400 + (int)(low >> 24)]
                ^ t[0x300 + (int)(high & 0xff)] ^ t[0x200 + (int)((high >> 8) & 0xff)]
                ^ t[0x100 + (int)((high >> 16) & 0xff)] ^ t[(int)(high >> 24)];
        }
        foreach (var b in bytes) value = t[(int)((value ^ b) & 0xff)] ^ (value >> 8);
        return ~value;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[256 * Slices];
        for (var i = 0; i < 256; i++)
        {
            var value = (uint)i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320 : value >> 1;
            tables[i] = value;
        }
        for (var i = 256; i < tables.Length; i++) tables[i] = tables[tables[i - 256] & 0xff] ^ (tables[i - 256] >> 8);
        return tables;
    }
}
