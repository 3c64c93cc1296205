using System.Buffers.Binary;
using System.Text;
using Tests.Helpers;
using Vm.Abi;
using Vm.Crypto;
using Vm.Helpers;
using Vm.Maps;
using Vm.Memory;

namespace Tests.Crypto;

public class CryptoTests
{
    private const string NistKey = "2b7e151628aed2a6abf7158809cf4f3c";
    private const string NistPlain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";

    /// <summary>Algorithm, key, IV, plain text, cipher text. FIPS 197 C.1-C.3, SP 800-38A F.1.1 and F.2.1, SP 800-67 (through OpenSSL), facts of a live kernel, RFC 6229.</summary>
    public static TheoryData<string, string, string, string, string> Vectors => new()
    {
        { "ecb(aes)", "000102030405060708090a0b0c0d0e0f", "", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a" },
        { "ecb(aes-generic)", "000102030405060708090a0b0c0d0e0f1011121314151617", "", "00112233445566778899aabbccddeeff", "dda97ca4864cdfe06eaf70a0ec0d7191" },
        { "ecb(aes)", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "", "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089" },
        { "ecb(aes)", NistKey, "", NistPlain, "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf" },
        { "cbc(aes)", NistKey, "000102030405060708090a0b0c0d0e0f", NistPlain, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2" },
        { "ecb(aes)", "74657374746573743132333435363738", "", "737472696e67746f656e637279707430", "5b5939ead97a2dada7e043378a7717b2" },
        { "ecb(des)", "133457799bbcdff1", "", "0123456789abcdef", "85e813540f0ab405" },
        { "ecb(des3_ede)", "0123456789abcdef23456789abcdef01456789abcdef0123", "", "5468652071756663", "a826fd8ce53b855f" },
        { "ecb(sm4)", "0123456789abcdeffedcba9876543210", "", "0123456789abcdeffedcba9876543210", "681edf34d206965e86b3e94f536e4246" },
        { "ecb(camellia)", "0123456789abcdeffedcba9876543210", "", "0123456789abcdeffedcba9876543210", "67673138549669730857065648eabe43" },
        { "ecb(arc4)", "0102030405", "siv", "00000000000000000000000000000000", "b2396305f03dc027ccc3524a0a1118a8" },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void PublishedVector_EncryptsAndDecryptsInPlaceToo(string algorithm, string key, string iv, string plain, string cipher)
    {
        using var guest = new Guest();
        using var context = Make(algorithm, key);
        byte[] p = Convert.FromHexString(plain), c = Convert.FromHexString(cipher), siv = iv == "siv" ? new byte[1032] : Convert.FromHexString(iv);
        Assert.Equal(siv.Length, context.Cipher.SivBytes);
        var target = guest.Local(new byte[p.Length + 4]);
        Assert.Equal(0, CryptoKfuncs.Encrypt(guest.X, context, guest.Local(p).Dynptr, target.Dynptr, guest.Local(siv).Dynptr));
        Assert.Equal([.. c, 0, 0, 0, 0], guest.Bytes(target.Data, p.Length + 4).ToArray());
        var same = guest.Local(c);
        Assert.Equal(0, CryptoKfuncs.Decrypt(guest.X, context, same.Dynptr, same.Dynptr, guest.Local(siv).Dynptr));
        Assert.Equal(p, guest.Bytes(same.Data, p.Length).ToArray());
    }

    [Fact]
    public void Cbc_ChainsThroughTheIv()
    {
        using var guest = new Guest();
        using var context = Make("cbc(aes)", NistKey);
        byte[] plain = Convert.FromHexString(NistPlain);
        var siv = guest.Local(Convert.FromHexString("000102030405060708090a0b0c0d0e0f"));
        var target = guest.Local(new byte[16]);
        foreach (string expected in (string[])["7649ABAC8119B246CEE98E9B12E9197D", "5086CB9B507219EE95DB113A917678B2"])
        {
            int at = expected[0] == '7' ? 0 : 16;
            Assert.Equal(0, CryptoKfuncs.Encrypt(guest.X, context, guest.Local(plain.AsSpan(at, 16)).Dynptr, target.Dynptr, siv.Dynptr));
            Assert.Equal(expected, Convert.ToHexString(guest.Bytes(target.Data, 16)));
            Assert.Equal(expected, Convert.ToHexString(guest.Bytes(siv.Data, 16)));
        }
    }

    [Fact]
    public void PartialBlock_IsEINVALAfterTheWholeOnes()
    {
        using var guest = new Guest();
        using var context = Make("ecb(aes)", NistKey);
        var target = guest.Local(new byte[20]);
        Assert.Equal(-(int)Errno.EINVAL, CryptoKfuncs.Encrypt(guest.X, context, guest.Local(Convert.FromHexString(NistPlain).AsSpan(0, 17)).Dynptr, target.Dynptr, default));
        Assert.Equal("3AD77BB40D7A3660A89ECAF32466EF97" + "00000000", Convert.ToHexString(guest.Bytes(target.Data, 20)));
    }

    [Theory]
    [InlineData("ecb(aes)", 16, 16, 0, false, Errno.None)]
    [InlineData("ecb(aes)", 16, 16, 0, true, Errno.EINVAL)]
    [InlineData("ecb(aes)", 0, 16, 0, false, Errno.EINVAL)]
    [InlineData("ecb(aes)", 16, 0, 0, false, Errno.EINVAL)]
    [InlineData("ecb(aes)", 32, 16, 0, false, Errno.EINVAL)]
    [InlineData("ecb(aes)", 16, 16, 16, false, Errno.EINVAL)]
    [InlineData("cbc(aes)", 16, 16, 0, false, Errno.EINVAL)]
    [InlineData("cbc(aes)", 16, 16, 15, false, Errno.EINVAL)]
    [InlineData("cbc(aes)", 16, 16, 17, false, Errno.EINVAL)]
    [InlineData("cbc(aes)", 16, 16, 16, false, Errno.None)]
    public void Sizes_AreCheckedBeforeAnythingIsWritten(string algorithm, int source, int target, int siv, bool readOnly, Errno expected)
    {
        using var guest = new Guest();
        using var context = Make(algorithm, NistKey);
        var to = guest.Local(new byte[target], readOnly);
        Assert.Equal(-(int)expected, CryptoKfuncs.Encrypt(guest.X, context, guest.Local(new byte[source]).Dynptr, to.Dynptr, guest.Local(new byte[siv]).Dynptr));
        Assert.Equal(expected == Errno.None, guest.Bytes(to.Data, target).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void ReadOnlyIvOrNullDynptr_IsEINVAL()
    {
        using var guest = new Guest();
        using var context = Make("cbc(aes)", NistKey);
        var (data, _) = guest.Local(new byte[16]);
        var none = new DynptrRef(guest.Put(new byte[16]));
        Assert.Equal(-(int)Errno.EINVAL, CryptoKfuncs.Encrypt(guest.X, context, data, data, guest.Local(new byte[16], readOnly: true).Dynptr));
        Assert.Equal(-(int)Errno.EINVAL, CryptoKfuncs.Encrypt(guest.X, context, none, data, guest.Local(new byte[16]).Dynptr));
        Assert.Equal(-(int)Errno.EINVAL, CryptoKfuncs.Encrypt(guest.X, context, data, none, guest.Local(new byte[16]).Dynptr));
        Assert.Equal(-(int)Errno.EINVAL, CryptoKfuncs.Encrypt(guest.X, context, data, data, none));
    }

    /// <summary>Each row breaks everything from its own check on, so only the kernel's order gives its errno.</summary>
    public static TheoryData<int, int, string, string, uint, uint, Errno> Creations => new()
    {
        { 400, 0, "aead", "nope", 1, 0, Errno.EINVAL },
        { 408, 1, "aead", "nope", 1, 0, Errno.EINVAL },
        { 408, 0, "aead", "nope", 1, 0, Errno.ENOENT },
        { 408, 0, "", "nope", 1, 0, Errno.ENOENT },
        { 408, 0, "skcipher", "nope", 1, 0, Errno.EOPNOTSUPP },
        { 408, 0, "skcipher", "aes", 0, 16, Errno.EOPNOTSUPP },
        { 408, 0, "skcipher", "cbc(ecb(aes))", 0, 16, Errno.EOPNOTSUPP },
        { 408, 0, "skcipher", "", 0, 16, Errno.EOPNOTSUPP },
        { 408, 0, "skcipher", "ecb(aes)", 1, 0, Errno.EOPNOTSUPP },
        { 408, 0, "skcipher", "ecb(aes)", 0, 0, Errno.EINVAL },
        { 408, 0, "skcipher", "ecb(aes)", 0, 257, Errno.EINVAL },
        { 408, 0, "skcipher", "ctr(aes)", 0, 16, Errno.EINVAL },
        { 408, 0, "skcipher", "ecb(aes)", 0, 15, Errno.EINVAL },
        { 408, 0, "skcipher", "ecb(aes)", 0, 20, Errno.EINVAL },
        { 408, 0, "skcipher", "ecb(aes)", 0, 33, Errno.EINVAL },
        { 408, 0, "skcipher", "ecb(aes)", 0, 24, Errno.None },
        { 408, 0, "skcipher", "ecb(arc4)", 0, 256, Errno.None },
    };

    [Theory]
    [MemberData(nameof(Creations))]
    public void Create_ChecksInTheKernelsOrder(int bytes, int reserved, string type, string algorithm, uint authSize, uint keyBytes, Errno expected)
    {
        using var guest = new Guest();
        var parameters = new byte[408];
        Encoding.ASCII.GetBytes(type, parameters);
        parameters[14] = (byte)reserved;
        Encoding.ASCII.GetBytes(algorithm, parameters.AsSpan(16));
        BinaryPrimitives.WriteUInt32LittleEndian(parameters.AsSpan(400), keyBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters.AsSpan(404), authSize);
        var error = new Int32Ref(guest.Put([9, 9, 9, 9]));
        ulong handle = CryptoSetupKfuncs.Create(new BufferOrNull(guest.Put(parameters), (uint)bytes), error);
        Assert.Equal((-(int)expected, expected == Errno.None), (error.Value, handle != 0));
        if (handle != 0) GuestReferent.Resolve<CryptoContext>(handle).Dispose();
    }

    [Fact]
    public void References_LastReleaseEndsAcquiring()
    {
        var context = Make("ecb(aes)", NistKey);
        Assert.Equal(context.Handle, CryptoSetupKfuncs.Acquire(context));
        Assert.Equal(2, context.References);
        CryptoSetupKfuncs.Release(context);
        CryptoSetupKfuncs.Release(context);
        Assert.Equal(0, context.References);
        Assert.Equal(0ul, CryptoSetupKfuncs.Acquire(context));
    }

    [Theory]
    [InlineData(MapType.Hash, false)]
    [InlineData(MapType.Hash, true)]
    [InlineData(MapType.PerCpuHash, false)]
    [InlineData(MapType.LruHash, false)]
    [InlineData(MapType.LruHash, true)]
    public void KptrInAMapValue_IsReleasedWithItsElement(MapType type, bool replace)
    {
        var layout = new ValueLayout(16, [new SpecialField(SpecialFieldKind.Kptr, 8, 8, "bpf_crypto_ctx")]);
        using var map = new Maps.TestMap(Maps.TestMap.Spec(type, 4, value: 16), 2, layout);
        CryptoContext first = Make("ecb(aes)", NistKey), second = Make("ecb(aes)", NistKey);
        byte[] key = [1, 0, 0, 0], value = new byte[16];
        Assert.Equal(Errno.None, map.ProgramUpdate(key, value, cpu: 1));
        var field = new KptrFieldRef(map.Address(key, 1) + 8);
        Assert.Equal(0ul, CoreHelpers.KptrXchg(field, first.Handle));
        Assert.Equal(first.Handle, CoreHelpers.KptrXchg(field, second.Handle));
        CryptoSetupKfuncs.Release(first);
        var copy = new byte[map.Map.UserValueBytes];
        copy.AsSpan().Fill(0xff);
        Assert.Equal(Errno.None, map.Map.Lookup(key, copy));
        Assert.Equal(0ul, BitConverter.ToUInt64(copy, 8));
        Assert.Equal(1, second.References);
        Assert.Equal(Errno.None, replace ? map.ProgramUpdate(key, [.. Enumerable.Repeat((byte)0xff, 16)]) : map.Map.Delete(key));
        Assert.Equal(0, second.References);
        if (replace) Assert.Equal(0ul, Native.Ref<ulong>(map.Address(key) + 8));
    }

    private static CryptoContext Make(string algorithm, string key)
    {
        var cipher = SkCipher.TryFind(algorithm);
        Assert.NotNull(cipher);
        Assert.Equal(Errno.None, cipher.SetKey(Convert.FromHexString(key)));
        return new CryptoContext(cipher);
    }
}
