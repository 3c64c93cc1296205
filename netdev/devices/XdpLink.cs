using System.Buffers.Binary;
using Vm.Abi;
using Vm.Kernel;
using Vm.Runtime;

namespace Netdev.Devices;

/// <summary>A bpf_link on a device's XDP hook: its program runs until the link is detached or the device goes away.</summary>
/// <remarks>Source: Linux 6.12 net/core/dev.c, bpf_xdp_link_*.</remarks>
public sealed class XdpLink : BpfLink
{
    internal XdpLink(XdpHook hook, ExecutableProgram program, XdpFlags mode)
    {
        Hook = hook;
        Mode = mode;
        Program = program;
        program.Acquire();
    }

    /// <inheritdoc/>
    public override BpfLinkType Type => BpfLinkType.Xdp;

    /// <inheritdoc/>
    public override ExecutableProgram Prog => Program;

    /// <summary>The hook; null once detached or after the device went away.</summary>
    public XdpHook? Hook { get; internal set; }

    /// <summary>How the program runs: one of the modes.</summary>
    public XdpFlags Mode { get; }

    /// <summary>The program it runs.</summary>
    public ExecutableProgram Program { get; private set; }

    /// <summary>Interface it is on, 0 when there is none any more; follows the device into other namespaces.</summary>
    public int Ifindex => Hook?.Device.Ifindex ?? 0;

    /// <summary>BPF_LINK_UPDATE: another program of the same expected attach type takes the place; the same again changes nothing.</summary>
    /// <inheritdoc/>
    public override Errno Update(ExecutableProgram next, ExecutableProgram? old)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Hook?.UpdateLink(this, next, old) ?? Errno.ENOLINK;
    }

    /// <summary>BPF_LINK_DETACH: leaves the hook. Detaching again does nothing; it cannot be refused.</summary>
    public override Errno Detach()
    {
        Hook?.DetachLink(this);
        return Errno.None;
    }

    /// <inheritdoc/>
    public override void WriteInfo(Span<byte> info) => BinaryPrimitives.WriteInt32LittleEndian(info, Ifindex);

    /// <inheritdoc/>
    public override IEnumerable<string> FdInfo() => [$"ifindex:\t{Ifindex}"];

    /// <summary>Closes the maker's reference: when it is the last one, the link leaves its hook and gives its id up.</summary>
    public void Close() => Dispose();

    /// <summary>Takes over another program; the hook's lock is held.</summary>
    internal void Take(ExecutableProgram program)
    {
        program.Acquire();
        Program.Release();
        Program = program;
    }

    /// <inheritdoc/>
    protected override void OnUnreferenced()
    {
        Detach();
        base.OnUnreferenced();
    }

    /// <inheritdoc/>
    protected override void OnDispose() => Program.Release();
}
