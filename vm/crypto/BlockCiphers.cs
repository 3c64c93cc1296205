using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;

namespace Vm.Crypto;

/// <summary>The block ciphers ECB and CBC can be built on, with the key lengths the kernel's own implementations accept.</summary>
/// <remarks>Source: Linux 6.12 crypto/aes_generic.c, des_generic.c, blowfish_common.c, twofish_common.c, camellia_generic.c, cast5, cast6, serpent, sm4.</remarks>
internal static class BlockCiphers
{
    /// <summary>One block cipher.</summary>
    /// <param name="Name">Algorithm name.</param>
    /// <param name="BlockBytes">Block size.</param>
    /// <param name="MinKey">Shortest key in bytes.</param>
    /// <param name="MaxKey">Longest key in bytes.</param>
    /// <param name="KeyStep">Key lengths come in multiples of this.</param>
    /// <param name="Make">Makes an engine that is not keyed.</param>
    public sealed record Entry(string Name, int BlockBytes, int MinKey, int MaxKey, int KeyStep, Func<IBlockCipher> Make)
    {
        /// <summary>True when the cipher takes keys of this length.</summary>
        public bool AllowsKey(int bytes) => bytes >= MinKey && bytes <= MaxKey && (bytes - MinKey) % KeyStep == 0;
    }

    private static readonly Entry[] s_all =
    [
        new("aes", 16, 16, 32, 8, AesUtilities.CreateEngine),
        new("des", 8, 8, 8, 8, () => new DesEngine()),
        new("des3_ede", 8, 24, 24, 8, () => new DesEdeEngine()),
        new("blowfish", 8, 4, 56, 1, () => new BlowfishEngine()),
        new("twofish", 16, 16, 32, 8, () => new TwofishEngine()),
        new("camellia", 16, 16, 32, 8, () => new CamelliaEngine()),
        new("cast5", 8, 5, 16, 1, () => new Cast5Engine()),
        new("cast6", 16, 16, 32, 4, () => new Cast6Engine()),
        new("sm4", 16, 16, 16, 16, () => new SM4Engine()),
    ];

    /// <summary>A cipher by algorithm or generic driver name; null when there is none.</summary>
    public static Entry? TryFind(string name) =>
        Array.Find(s_all, entry => name == entry.Name || name == entry.Name + "-generic");
}
