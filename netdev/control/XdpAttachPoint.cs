using Netdev.Devices;
using Vm.Abi;
using Vm.Kernel;
using Vm.Syscall;

namespace Netdev.Control;

/// <summary>XDP as an attach point of bpf(2): only links; programs by themselves are attached through rtnetlink.</summary>
/// <remarks>Source: Linux 6.12 net/core/dev.c, bpf_xdp_link_attach; kernel/bpf/syscall.c, bpf_prog_attach, bpf_prog_query.</remarks>
/// <param name="network">The devices.</param>
public sealed class XdpAttachPoint(Network network) : IAttachPoint
{
    /// <inheritdoc/>
    public Errno Attach(in AttachRequest request) => Errno.EINVAL;

    /// <inheritdoc/>
    public Errno Detach(in AttachRequest request) => Errno.EINVAL;

    /// <inheritdoc/>
    public QueryReply Query(in QueryRequest request) => QueryReply.No(Errno.EINVAL);

    /// <inheritdoc/>
    public Errno CreateLink(in AttachRequest request, out BpfLink? link)
    {
        link = null;
        var space = request.Caller.NetNamespace as NetNamespace ?? network.Root;
        if (!network.TryInterface(space, request.Target, out var device)) return Errno.EINVAL;
        var errno = device.XdpHook.TryCreateLink(request.Prog!.Code, (XdpFlags)request.Flags, out var made);
        link = made;
        // Between the look at the namespace and the hook the device may have gone: there was none.
        return errno == Errno.ENODEV ? Errno.EINVAL : errno;
    }
}
