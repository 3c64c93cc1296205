using System.Buffers.Binary;
using CsCheck;
using Netdev.Wire;

namespace Tests.Wire;

public sealed class InternetChecksumTests
{
    [Fact]
    public void Partial_OfAnyBytes_EqualsTheDefinition() => Gen.Select(Gen.Byte.Array[0, 2000], Gen.UInt).Sample(
        (bytes, seed) => InternetChecksum.Partial(bytes, seed) == Definition(bytes, seed), iter: 5_000);

    [Fact]
    public void Partial_OfExtremeBytes_LosesNoCarryAndIsZeroOnlyForZero()
    {
        for (var length = 0; length < 300; length++)
        {
            var ones = new byte[length];
            ones.AsSpan().Fill(0xff);
            Assert.Equal(Definition(ones, uint.MaxValue), InternetChecksum.Partial(ones, uint.MaxValue));
            Assert.Equal(0u, InternetChecksum.Partial(new byte[length], 0));
            Assert.Equal(uint.MaxValue, InternetChecksum.Partial(new byte[length], uint.MaxValue));
        }
    }

    [Fact]
    public void Compute_OfTheHeaderEveryTextbookUses_IsB861()
    {
        var header = Convert.FromHexString("450000730000400040110000c0a80001c0a800c7");
        Assert.Equal(0xb861, InternetChecksum.Compute(header));
    }

    [Fact]
    public void Partial_OfTwoBlocks_EqualsTheSumOfTheWhole() => Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 300]).Sample(
        (a, b) =>
        {
            var whole = InternetChecksum.Compute([.. a, .. b]);
            var joined = InternetChecksum.Fold(InternetChecksum.AddBlock(InternetChecksum.Partial(a, 0), InternetChecksum.Partial(b, 0), a.Length));
            Assert.Equal(whole, joined);
            var back = InternetChecksum.Subtract(InternetChecksum.Add(InternetChecksum.Partial(a, 1), 99), 99);
            Assert.Equal(InternetChecksum.Fold(InternetChecksum.Partial(a, 1)), InternetChecksum.Fold(back));
        });

    [Fact]
    public void Replace_OfAField_EqualsComputingAnew() => Gen.Select(Gen.Byte.Array[20, 60], Gen.Int[1, 4], Gen.UInt).Sample(
        (bytes, word, value) =>
        {
            bytes[0] = 0x45; // never all zero, so that the sum has one form only
            var before = InternetChecksum.Compute(bytes);
            var at = word * 4;
            var old = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), value);
            Assert.Equal(InternetChecksum.Compute(bytes), InternetChecksum.Replace4(before, old, value));

            var middle = InternetChecksum.Replace2(before, (ushort)(old >> 16), (ushort)(value >> 16));
            Assert.Equal(InternetChecksum.Compute(bytes), InternetChecksum.Replace2(middle, (ushort)old, (ushort)value));
        });

    [Fact]
    public void PseudoHeader_EqualsTheSumOfItsBytes() => Gen.Select(Gen.Byte.Array[32], Gen.Byte, Gen.Int[0, 65535]).Sample(
        (a, protocol, length) =>
        {
            byte[] v4 = [.. a[..8], 0, protocol, (byte)(length >> 8), (byte)length];
            var sum4 = InternetChecksum.PseudoHeader(BinaryPrimitives.ReadUInt32BigEndian(a), BinaryPrimitives.ReadUInt32BigEndian(a.AsSpan(4)), protocol, length);
            Assert.Equal(InternetChecksum.Compute(v4), InternetChecksum.Fold(sum4));

            byte[] v6 = [.. a, 0, 0, (byte)(length >> 8), (byte)length, 0, 0, 0, protocol];
            var sum6 = InternetChecksum.PseudoHeader(BinaryPrimitives.ReadUInt128BigEndian(a), BinaryPrimitives.ReadUInt128BigEndian(a.AsSpan(16)), protocol, length);
            Assert.Equal(InternetChecksum.Compute(v6), InternetChecksum.Fold(sum6));
        });

    /// <summary>One 32-bit word after another, each carry brought round at once.</summary>
    private static uint Definition(byte[] bytes, uint seed)
    {
        var padded = new byte[(bytes.Length + 3) & ~3];
        bytes.CopyTo(padded, 0);
        var sum = seed;
        for (var i = 0; i < padded.Length; i += 4)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(padded.AsSpan(i));
            sum += word;
            if (sum < word) sum++;
        }
        return sum;
    }
}
