using System.Collections.Concurrent;
using Vm.Helpers;
using Vm.Memory;

namespace Vm.Crypto;

/// <summary>A crypto context that programs hold by reference and keep in maps (struct bpf_crypto_ctx).</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/crypto.c.</remarks>
[GuestArgument(ArgKind.BtfPointer, TypeName = "bpf_crypto_ctx")]
public sealed class CryptoContext(SkCipher cipher) : GuestReferent
{
    /// <summary>Released contexts kept alive for programs that still look at them under RCU.</summary>
    private const int GraceCount = 4096;

    private static readonly ConcurrentQueue<CryptoContext> s_retired = new();

    /// <summary>The keyed cipher.</summary>
    public SkCipher Cipher => cipher;

    /// <inheritdoc/>
    protected override void OnUnreferenced()
    {
        s_retired.Enqueue(this);
        if (s_retired.Count > GraceCount && s_retired.TryDequeue(out var oldest)) oldest.Destroy();
    }
}
