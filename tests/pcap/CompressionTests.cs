using Netdev.Pcap;
using Tests.Fuzz;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.Pcap;

/// <summary>Captures compressed by the zstd and lz4 programs.</summary>
public sealed class CompressionTests
{
    private const string Frame = "02000000000102000000000208004500001c000100004011000000000000000000000000000000000000";

    /// <summary>The same capture of two packets, as each program wrote it.</summary>
    public static TheoryData<string, string> Files => new()
    {
        // zstd
        { "zstd", "28b52ffd248cc50100d8d4c3b2a102000400ffff000001002a02010208004500001c4011010c007765202b04d00ec4001c2bb52c450e6660bb1460c16e140270010754be72" },
        // two zstd files, one behind the other
        { "zstd", "28b52ffd2452850100d0d4c3b2a102000400ffff000001002a02010208004500001c40110900c000905829b3943e988bed5cc0023b5c08c0051e33e67c28b52ffd243a0d01009801002a02010208004500001c000100004011000500b8a929723103db6531002c6efce12c" },
        // lz4
        { "LZ4", "04224d186440a74500000084d4c3b2a102000400010062ffff000001000400000200132a040010020d0011010600700208004500001c270020401117000a0200003e000002000f3a001a500000000000000000008eaf0f62" },
        // lz4 -BX -B4: check sums of blocks
        { "LZ4", "04224d187440bd4500000084d4c3b2a102000400010062ffff000001000400000200132a040010020d0011010600700208004500001c270020401117000a0200003e000002000f3a001a5000000000001c0af965000000008eaf0f62" },
        // two lz4 files, one behind the other
        { "LZ4", "04224d186440a73b00000084d4c3b2a102000400010062ffff000001000400000200132a040010020d0011010600700208004500001c2700204011170005020050000000000000000000c7e59ce904224d186440a72a0000002201000100132a040010020f0011010600d00208004500001c00010000401117000502005000000000000000000052d88618" },
    };

    private static List<string> Read(byte[] file, out string format)
    {
        using var reader = CaptureReader.Open(new MemoryStream(file), "sample");
        format = reader.Format;
        var frames = new List<string>();
        while (reader.TryRead(out var packet)) frames.Add(Convert.ToHexStringLower(packet.Data));
        return frames;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ACompressedCapture_IsReadByItsFirstBytes(string name, string file)
    {
        Assert.Equal([Frame, Frame], Read(Convert.FromHexString(file), out string format));
        Assert.Equal($"pcap, {name}", format);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ADamagedOne_IsATypedError_WhateverTheDamage(string name, string file)
    {
        Assert.NotEmpty(name);
        byte[] whole = Convert.FromHexString(file);
        var random = new SeededRandom((ulong)whole.Length);
        int refused = 0;
        for (int round = 0; round < 2000 * FuzzEffort.Rounds; round++)
        {
            byte[] damaged = [.. whole.AsSpan(0, round % 3 == 0 ? 5 + (int)(random.NextUInt32() % (uint)(whole.Length - 5)) : whole.Length)];
            for (uint i = random.NextUInt32() % 4; i > 0; i--) damaged[4 + random.NextUInt32() % (uint)Math.Max(1, damaged.Length - 4)] = (byte)random.NextUInt32();
            try
            {
                Read(damaged, out _);
            }
            catch (CaptureFormatException)
            {
                refused++;
            }
        }
        Assert.True(refused > 100, $"only {refused} were refused");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ATruncatedOne_IsNeverTakenForWhole(string name, string file)
    {
        Assert.NotEmpty(name);
        byte[] whole = Convert.FromHexString(file);
        int second = whole.AsSpan(4).IndexOf(whole.AsSpan(0, 4)) + 4;
        for (int length = 1; length < whole.Length; length++)
        {
            if (length == second) continue; // the first of two files, whole
            Assert.Throws<CaptureFormatException>(() => Read(whole[..length], out _));
        }
    }

    [Theory]
    [InlineData("fd377a585a000004", "this is xz: 'xz -d'")]
    [InlineData("425a683931415926", "this is bzip2")]
    [InlineData("504b030414000000", "this is ZIP")]
    public void OtherCompressions_AreNamed(string file, string hint)
    {
        var refused = Assert.Throws<CaptureFormatException>(() => Read(Convert.FromHexString(file), out _));
        Assert.Contains(hint, refused.Message, StringComparison.Ordinal);
    }
}
