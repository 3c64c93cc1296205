using System.Buffers.Binary;
using System.Text;
using Vm.Abi;
using Vm.Helpers;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Crypto;

/// <summary>Making and releasing crypto contexts: for SYSCALL programs. Source: Linux 6.12 kernel/bpf/crypto.c.</summary>
public static class CryptoSetupKfuncs
{
    private const int ParamsBytes = 408, TypeBytes = 14, AlgoAt = 16, AlgoBytes = 128, KeyAt = 144, KeyBytes = 256, KeyLengthAt = 400, AuthSizeAt = 404;

    /// <summary>
    /// A context for the parameters, or NULL with the reason in <paramref name="error"/>: EINVAL (size, reserved bytes, key), ENOENT (type),
    /// EOPNOTSUPP (algorithm, authsize). On success the reason is 0.
    /// </summary>
    [Kfunc("bpf_crypto_ctx_create", Flags = CallFlags.Acquire | CallFlags.Sleepable)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "bpf_crypto_ctx")]
    public static ulong Create(BufferOrNull parameters, Int32Ref error)
    {
        SkCipher? cipher = null;
        var errno = parameters is { Address: not 0, Bytes: ParamsBytes } ? TryCreate(Native.Bytes(parameters.Address, ParamsBytes), out cipher) : Errno.EINVAL;
        error.Value = -(int)errno;
        return errno == Errno.None ? new CryptoContext(cipher!).Handle : 0;
    }

    /// <summary>Another reference to a context, or NULL when its last one is gone.</summary>
    [Kfunc("bpf_crypto_ctx_acquire", Flags = CallFlags.Acquire | CallFlags.Rcu)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "bpf_crypto_ctx")]
    public static ulong Acquire([Arg(Flags = ArgFlags.RcuEnough)] CryptoContext context) => context.TryAcquire() ? context.Handle : 0;

    /// <summary>Gives a reference back.</summary>
    [Kfunc("bpf_crypto_ctx_release", Flags = CallFlags.Release)]
    public static void Release([Arg(Flags = ArgFlags.Release)] CryptoContext context) => context.Release();

    private static Errno TryCreate(ReadOnlySpan<byte> parameters, out SkCipher? cipher)
    {
        cipher = null;
        if (parameters[TypeBytes] != 0 || parameters[TypeBytes + 1] != 0) return Errno.EINVAL;
        if (Text(parameters[..TypeBytes]) != "skcipher") return Errno.ENOENT;
        string algorithm = Text(parameters.Slice(AlgoAt, AlgoBytes));
        cipher = SkCipher.TryFind(algorithm);
        if (cipher is null && !SkCipher.ExistsOnlyScattered(algorithm)) return Errno.EOPNOTSUPP;
        if (BinaryPrimitives.ReadUInt32LittleEndian(parameters[AuthSizeAt..]) != 0) return Errno.EOPNOTSUPP;
        uint keyLength = BinaryPrimitives.ReadUInt32LittleEndian(parameters[KeyLengthAt..]);
        if (keyLength is 0 or > KeyBytes) return Errno.EINVAL;
        if (cipher is null) return Errno.EINVAL;
        return cipher.SetKey(parameters.Slice(KeyAt, (int)keyLength));
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? field : field[..end]);
    }
}

/// <summary>Using crypto contexts: for programs that see packets. Source: Linux 6.12 kernel/bpf/crypto.c, bpf_crypto_crypt.</summary>
public static class CryptoKfuncs
{
    /// <summary>Encrypts; see <see cref="Decrypt"/>.</summary>
    [Kfunc("bpf_crypto_encrypt", Flags = CallFlags.Rcu)]
    public static int Encrypt(ExecContext x, [Arg(Flags = ArgFlags.RcuEnough)] CryptoContext context, DynptrRef source, DynptrRef target, [OrNull] DynptrRef siv) =>
        -(int)Crypt(x, context, source, target, siv, encrypt: true);

    /// <summary>
    /// Decrypts <paramref name="source"/> into <paramref name="target"/>: 0, or EINVAL when the target is read-only or too short, a size is 0, the IV has the
    /// wrong size, an area is not contiguous, or the input is not whole blocks (which are processed all the same).
    /// </summary>
    [Kfunc("bpf_crypto_decrypt", Flags = CallFlags.Rcu)]
    public static int Decrypt(ExecContext x, [Arg(Flags = ArgFlags.RcuEnough)] CryptoContext context, DynptrRef source, DynptrRef target, [OrNull] DynptrRef siv) =>
        -(int)Crypt(x, context, source, target, siv, encrypt: false);

    private static Errno Crypt(ExecContext x, CryptoContext context, DynptrRef sourceAt, DynptrRef targetAt, DynptrRef sivAt, bool encrypt)
    {
        ref var source = ref Native.Ref<Dynptr>(sourceAt.Address);
        ref var target = ref Native.Ref<Dynptr>(targetAt.Address);
        if (target.IsReadOnly) return Errno.EINVAL;
        uint sourceBytes = source.IsNull ? 0 : source.Size, targetBytes = target.IsNull ? 0 : target.Size;
        if (sourceBytes == 0 || targetBytes == 0 || sourceBytes > targetBytes) return Errno.EINVAL;
        var siv = sivAt.Address == 0 ? default : Native.Ref<Dynptr>(sivAt.Address);
        uint sivBytes = siv.IsNull ? 0 : siv.Size;
        if (sivBytes != context.Cipher.SivBytes) return Errno.EINVAL;
        ulong from = source.Linear(x, 0, sourceBytes), to = target.Linear(x, 0, targetBytes);
        ulong state = sivBytes == 0 || siv.IsReadOnly ? 0 : siv.Linear(x, 0, sivBytes);
        if (from == 0 || to == 0 || (sivBytes > 0 && state == 0)) return Errno.EINVAL;
        return context.Cipher.Run(Native.Bytes(from, (int)sourceBytes), Native.Bytes(to, (int)targetBytes), Native.Bytes(state, (int)sivBytes), encrypt);
    }
}
