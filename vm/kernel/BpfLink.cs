using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Kernel;

/// <summary>A program's place at an attach point, owned by whoever holds the link: the last one to let go detaches it.</summary>
/// <remarks>Source: Linux 6.12 include/linux/bpf.h, struct bpf_link and bpf_link_ops.</remarks>
public abstract class BpfLink : RefCounted, IKernelObject
{
    /// <summary>Type.</summary>
    public abstract BpfLinkType Type { get; }

    /// <summary>The program it runs; null for links of struct_ops maps.</summary>
    public abstract ExecutableProgram? Prog { get; }

    /// <inheritdoc/>
    public uint Id { get; set; }

    /// <inheritdoc/>
    public bool IsLive => References > 0;

    /// <inheritdoc/>
    public bool TryHold() => TryAcquire();

    /// <inheritdoc/>
    public void LetGo() => Release();

    /// <summary>BPF_LINK_UPDATE: another program takes the place.</summary>
    /// <param name="next">The new one.</param>
    /// <param name="old">The one that must be there now (BPF_F_REPLACE); null for any.</param>
    /// <returns>EINVAL for links that cannot; ENOLINK once detached; EPERM when another than <paramref name="old"/> is there.</returns>
    public virtual Errno Update(ExecutableProgram next, ExecutableProgram? old) => Errno.EINVAL;

    /// <summary>BPF_LINK_DETACH: leaves the attach point; the link itself stays. Again: nothing.</summary>
    /// <returns>EOPNOTSUPP for links that cannot.</returns>
    public virtual Errno Detach() => Errno.EOPNOTSUPP;

    /// <summary>The part of struct bpf_link_info behind its first 16 bytes.</summary>
    /// <param name="info">48 bytes, zero.</param>
    public virtual void WriteInfo(Span<byte> info)
    {
    }

    /// <summary>Lines of its own in /proc/PID/fdinfo, each <c>name:\tvalue</c>.</summary>
    public virtual IEnumerable<string> FdInfo() => [];
}
