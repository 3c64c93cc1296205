using System.Buffers.Binary;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Vm.Abi;

namespace Vm.Crypto;

/// <summary>A keyed cipher as the kernel's "linear skcipher" offers it: whole blocks, no padding, state carried in the IV buffer.</summary>
/// <remarks>
/// Thread-safe after keying. No allocation in <see cref="Run"/>. Source: Linux 6.12 crypto/lskcipher.c, crypto/ecb.c, crypto/cbc.c, crypto/arc4.c.
/// </remarks>
public abstract class SkCipher
{
    /// <summary>Bytes of IV and state a call must bring.</summary>
    public abstract int SivBytes { get; }

    /// <summary>Takes the key: <see cref="Errno.None"/>, or EINVAL for a length the cipher does not have.</summary>
    public abstract Errno SetKey(ReadOnlySpan<byte> key);

    /// <summary>
    /// Encrypts or decrypts <paramref name="source"/> into the front of <paramref name="target"/> (which may be the same memory). A tail that is
    /// not a whole block is left alone and reported as EINVAL after the whole blocks are done.
    /// </summary>
    /// <param name="source">Input bytes.</param>
    /// <param name="target">Output, at least as long as the input.</param>
    /// <param name="siv">IV and state, <see cref="SivBytes"/> long; updated so that calls chain.</param>
    /// <param name="encrypt">Direction.</param>
    public abstract Errno Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> siv, bool encrypt);

    /// <summary>Finds a cipher by algorithm or driver name.</summary>
    /// <param name="name"><c>ecb(aes)</c>, <c>cbc(des3_ede)</c>, <c>ecb(arc4)</c>, <c>ecb(aes-generic)</c>…</param>
    /// <returns>The cipher, not keyed yet; null when the kernel's crypto API would not know the name.</returns>
    public static SkCipher? TryFind(string name)
    {
        if (name is "ecb(arc4)" or "ecb(arc4)-generic") return new Arc4();
        bool cbc = name.StartsWith("cbc(", StringComparison.Ordinal);
        if ((!cbc && !name.StartsWith("ecb(", StringComparison.Ordinal)) || !name.EndsWith(')')) return null;
        return BlockCiphers.TryFind(name[4..^1]) is { } block ? new BlockMode(block, cbc) : null;
    }

    /// <summary>True for names that exist in the crypto API but not in the linear form BPF needs, so that they fail later.</summary>
    public static bool ExistsOnlyScattered(string name) => name is "ctr(aes)" or "xts(aes)" or "cts(cbc(aes))" or "ecb(cipher_null)" or "rfc3686(ctr(aes))";

    private sealed class BlockMode(BlockCiphers.Entry entry, bool cbc) : SkCipher
    {
        private const int MaxBlock = 16;
        private readonly IBlockCipher _encryptor = entry.Make();
        private readonly IBlockCipher _decryptor = entry.Make();

        public override int SivBytes => cbc ? entry.BlockBytes : 0;

        public override Errno SetKey(ReadOnlySpan<byte> key)
        {
            if (!entry.AllowsKey(key.Length)) return Errno.EINVAL;
            var parameters = new KeyParameter(key.ToArray());
            _encryptor.Init(true, parameters);
            _decryptor.Init(false, parameters);
            return Errno.None;
        }

        public override Errno Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> siv, bool encrypt)
        {
            int block = entry.BlockBytes, whole = source.Length / block * block;
            for (int at = 0; at < whole; at += block)
            {
                var from = source.Slice(at, block);
                var to = target.Slice(at, block);
                if (!cbc) (encrypt ? _encryptor : _decryptor).ProcessBlock(from, to);
                else if (encrypt) EncryptChained(from, to, siv);
                else DecryptChained(from, to, siv);
            }
            return whole == source.Length ? Errno.None : Errno.EINVAL;
        }

        private void EncryptChained(ReadOnlySpan<byte> from, Span<byte> to, Span<byte> siv)
        {
            Xor(from, siv);
            _encryptor.ProcessBlock(siv, to);
            to.CopyTo(siv);
        }

        private void DecryptChained(ReadOnlySpan<byte> from, Span<byte> to, Span<byte> siv)
        {
            // Input and output may be the same bytes, so the ciphertext is kept for the next block first.
            Span<byte> cipher = stackalloc byte[MaxBlock];
            cipher = cipher[..from.Length];
            from.CopyTo(cipher);
            _decryptor.ProcessBlock(cipher, to);
            Xor(siv, to);
            cipher.CopyTo(siv);
        }

        private static void Xor(ReadOnlySpan<byte> with, Span<byte> into)
        {
            for (int i = 0; i < into.Length; i++) into[i] ^= with[i];
        }
    }

    /// <summary>ARC4 with its state in the IV buffer: 256 words, x and y. Every call starts from the keyed state.</summary>
    private sealed class Arc4 : SkCipher
    {
        private const int Words = 258;
        private readonly uint[] _keyed = new uint[Words];

        public override int SivBytes => Words * 4;

        public override Errno SetKey(ReadOnlySpan<byte> key)
        {
            if (key.Length is < 1 or > 256) return Errno.EINVAL;
            for (uint i = 0; i < 256; i++) _keyed[i] = i;
            for (uint i = 0, j = 0; i < 256; i++)
            {
                j = (j + _keyed[i] + key[(int)i % key.Length]) & 0xff;
                (_keyed[i], _keyed[j]) = (_keyed[j], _keyed[i]);
            }
            _keyed[256] = 1;
            _keyed[257] = 0;
            return Errno.None;
        }

        public override Errno Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> siv, bool encrypt)
        {
            Span<uint> state = stackalloc uint[Words];
            _keyed.CopyTo(state);
            uint x = state[256], y = state[257];
            for (int i = 0; i < source.Length; i++)
            {
                uint a = state[(int)x];
                y = (y + a) & 0xff;
                uint b = state[(int)y];
                state[(int)x] = b;
                state[(int)y] = a;
                target[i] = (byte)(source[i] ^ state[(int)((a + b) & 0xff)]);
                x = (x + 1) & 0xff;
            }
            state[256] = x;
            state[257] = y;
            for (int i = 0; i < Words; i++) BinaryPrimitives.WriteUInt32LittleEndian(siv[(4 * i)..], state[i]);
            return Errno.None;
        }
    }
}
