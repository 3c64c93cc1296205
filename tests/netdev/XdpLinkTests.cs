using Netdev.Devices;
using Netdev.Tcx;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.NetDev;

/// <summary>Links on a device's XDP hook. Source: Linux 6.12 net/core/dev.c, bpf_xdp_link_*; drivers/net/veth.c, veth_xdp_set.</summary>
public sealed class XdpLinkTests : IDisposable
{
    private readonly Bed _bed = new();

    private XdpHook Hook => _bed.Eth0.XdpHook;

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void ALink_OwnsThePlace_UntilItIsClosed()
    {
        var (first, second) = (Program(1), Program(2));
        Assert.Equal(Errno.None, Hook.TryCreateLink(first, XdpFlags.None, out var link));
        Assert.Equal((Errno.EBUSY, Errno.EBUSY), (_bed.Eth0.TryAttachXdp(second), _bed.Eth0.TryAttachXdp(null)));
        Assert.Contains("a link owns its place", Assert.Throws<HookRefusedException>(() => _bed.Eth0.AttachXdp(second)).Message, StringComparison.Ordinal);
        Assert.Throws<HookRefusedException>(_bed.Eth0.DetachXdp);
        Assert.Equal(Errno.EBUSY, Hook.TryCreateLink(second, XdpFlags.None, out _));
        _bed.Receive(Bed.Udp());
        Assert.Equal(PacketEnd.Dropped, _bed.Last.End);
        link!.Close();
        Assert.Null(_bed.Eth0.Xdp);
        Assert.Equal(0, _bed.Network.Kernel.Links.Count);
        _bed.Receive(Bed.Udp());
        Assert.Equal(PacketEnd.Delivered, _bed.Last.End);
    }

    [Fact]
    public void AnUpdate_AsksForTheProgramThatIsThere()
    {
        var (first, second) = (Program(1), Program(2));
        Assert.Equal(Errno.None, Hook.TryCreateLink(first, XdpFlags.Generic, out var link));
        Assert.Equal(Errno.EPERM, link!.Update(second, old: second));
        Assert.Equal(Errno.None, link.Update(second, old: first));
        Assert.Same(second, _bed.Eth0.Xdp);
        Assert.Equal(Errno.EINVAL, link.Update(Program(2, AttachType.XdpDevMap), null));
        Assert.Equal(Errno.EINVAL, link.Update(Bed.Tc("tc", 0), null));
        Assert.Equal(Errno.None, link.Detach());
        Assert.Equal(Errno.None, link.Detach());
        Assert.Equal((0, Errno.ENOLINK), (link.Ifindex, link.Update(first, null)));
    }

    [Theory]
    [InlineData(XdpFlags.None, Errno.EBUSY)]
    [InlineData(XdpFlags.Native, Errno.EBUSY)]
    [InlineData(XdpFlags.Generic, Errno.EEXIST)]
    [InlineData(XdpFlags.Offloaded, Errno.EINVAL)]
    [InlineData(XdpFlags.Native | XdpFlags.Generic, Errno.EINVAL)]
    [InlineData((XdpFlags)1, Errno.EINVAL)]
    [InlineData((XdpFlags)16, Errno.EINVAL)]
    public void ASecondProgram_IsRefused_InAnyMode(XdpFlags flags, Errno errno)
    {
        _bed.Eth0.AttachXdp(Program(2));
        Assert.Equal(errno, Hook.TryCreateLink(Program(2), flags, out var link));
        Assert.Null(link);
    }

    [Fact]
    public void Loopback_RunsProgramsOnlyBeforeTheStack()
    {
        var loopback = _bed.Network.Loopback(_bed.Network.Root).XdpHook;
        Assert.Equal(Errno.EOPNOTSUPP, loopback.TryCreateLink(Program(2), XdpFlags.Native, out _));
        // Frames as long as its MTU of a page and more do not matter there.
        Assert.Equal(Errno.None, loopback.TryCreateLink(Program(2), XdpFlags.None, out var link));
        Assert.Equal((1, XdpFlags.Generic), (link!.Ifindex, link.Mode));
        link.Close();
    }

    [Fact]
    public void ADeviceThatGoes_LeavesTheLinkWithoutAPlace()
    {
        var doomed = _bed.Network.AddDevice("doomed");
        Assert.Equal(Errno.None, doomed.XdpHook.TryCreateLink(Program(2), XdpFlags.None, out var link));
        Assert.Equal(doomed.Ifindex, link!.Ifindex);
        var other = _bed.Network.AddNamespace("other");
        _bed.Network.Move(doomed, other);
        Assert.Equal(doomed.Ifindex, link.Ifindex);
        _bed.Network.Remove(doomed);
        Assert.Equal((0, Errno.ENODEV), (link.Ifindex, doomed.XdpHook.TryCreateLink(Program(2), XdpFlags.None, out _)));
        Assert.Equal(["ifindex:\t0"], link.FdInfo());
        link.Close();
    }

    private static ExecutableProgram Program(int verdict, AttachType attachType = AttachType.None) =>
        new("xdp", ProgramType.Xdp, attachType, (_, _) => (ulong)verdict, "test");
}
