using System.Text.RegularExpressions;

namespace Sim.Fuzz;

/// <summary>Packets for the fuzzer, and words for its complaints.</summary>
internal static partial class FuzzPackets
{
    /// <summary>TCP, UDP, VLAN tags in the frame, IPv6 with TCP and UDP, ARP, an IP header alone, and the shortest frame there is.</summary>
    public static IReadOnlyList<byte[]> BuiltIn { get; } =
    [
        Hex("020000000001 020000000002 0800 45000034 0001 0000 4006 66c0 0a000001 0a000002 9c40 0050 00000001 00000002 5018 ffff 0000 0000 0102030405060708090a0b0c"),
        Hex("020000000001 020000000002 0800 45000030 0002 4000 4011 26b7 0a000001 0a000002 1388 0035 001c 0000 000102030405060708090a0b0c0d0e0f10111213"),
        Hex("ffffffffffff 020000000002 8100 a00a 0800 4500001c 0003 0000 4011 66cb 0a000001 0a000002 0007 0009 0008 0000"),
        Hex("020000000001 020000000002 86dd 60000000 0010 11 40 fd000000000000000000000000000001 fd000000000000000000000000000002 1388 0035 0010 0000 7175657374696f6e"),
        Hex("ffffffffffff 0200000000aa 0806 0001080006040001 0200000000aa 0a000001 000000000000 0a000002"),
        Hex("020000000001 020000000002 88b5"),
        Hex("020000000001 020000000002 0800 45000014 0004 0000 40fd 66d2 0a000001 0a000002"),
        Hex("020000000001 020000000002 86dd 60000000 0014 06 40 fd000000000000000000000000000001 fd000000000000000000000000000002 9c400050000000010000000250020100abcd0000"),
        Hex("ffffffffffff 020000000002 88a8 0005 8100 a00a 0800 4500001c 0003 0000 4011 66cb 0a000001 0a000002 0007 0009 0008 0000"),
    ];

    /// <summary>A complaint with its numbers taken out, to count those that say the same.</summary>
    public static string WithoutNumbers(string complaint) => Numbers().Replace(complaint, "N");

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    [GeneratedRegex("-?(0x[0-9a-f]+|[0-9]+)")]
    private static partial Regex Numbers();
}
