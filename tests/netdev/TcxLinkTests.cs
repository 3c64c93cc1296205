using Netdev.Tcx;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.NetDev;

/// <summary>Links as objects of the library. What the calls answer is in tests/cases/controlplane.</summary>
public sealed class TcxLinkTests : IDisposable
{
    private readonly Bed _bed = new();
    private readonly ExecutableProgram[] _p = [.. Enumerable.Range(0, 3).Select(i => Bed.Tc($"p{i}", -1))];

    private TcxHook Hook => _bed.Eth0.Ingress;

    public void Dispose() => _bed.Dispose();

    private TcxLink Link(int program) => Hook.CreateLink(_p[program]);

    [Fact]
    public void Close_DetachesAndGivesTheIdUp()
    {
        var link = Link(1);
        Assert.Equal((_bed.Eth0.Ifindex, AttachType.TcxIngress), (link.Ifindex, link.AttachType));
        link.Close();
        Assert.False(_bed.Network.Kernel.Links.TryGet(link.Id, out _));
        Assert.Equal((0, (TcxHook?)null), (link.Ifindex, link.Hook));
        Assert.Empty(Hook.Entries());
    }

    [Fact]
    public void DeviceRemoved_LinksAreDefunct()
    {
        var link = Link(1);
        _bed.Network.Remove(_bed.Eth0);
        Assert.Equal((0, (TcxHook?)null), (link.Ifindex, link.Hook));
        Assert.Equal(Errno.ENOLINK, link.TryUpdate(_p[2]));
        Assert.Equal(Errno.ENODEV, Hook.TryAttach(_p[2]));
    }

    [Fact]
    public void DeviceMoved_ToWhereItsNumberIsTaken_LinksFollow()
    {
        var link = Link(1);
        var other = _bed.Network.AddNamespace("other");
        _bed.Network.AddDevice("blocker", other, ifindex: _bed.Eth0.Ifindex);
        _bed.Network.Move(_bed.Eth0, other);
        Assert.Equal(_bed.Eth0.Ifindex, link.Ifindex);
        Assert.NotEqual(2, link.Ifindex);
        Assert.Equal(Errno.None, link.TryUpdate(_p[2]));
    }

    [Fact]
    public void InterfaceDown_ChangesNothing()
    {
        Link(1);
        _bed.Eth0.IsUp = false;
        Assert.True(Hook.IsActive);
        Assert.Equal(2ul, Hook.Revision);
    }
}
