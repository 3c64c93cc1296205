using Netdev.Tcx;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.NetDev;

/// <summary>The rows of the kernel's tc_links selftest, and who owns what. Source: Linux 6.12 prog_tests/tc_links.c; kernel/bpf/tcx.c.</summary>
public sealed class TcxLinkTests : IDisposable
{
    private readonly Bed _bed = new();
    private readonly ExecutableProgram[] _p = [.. Enumerable.Range(0, 6).Select(i => Bed.Tc($"p{i}", -1))];

    private TcxHook Hook => _bed.Eth0.Ingress;

    public void Dispose() => _bed.Dispose();

    private string Order => string.Join(",", Hook.Entries().Select(entry => entry.Program.Name));

    private TcxLink Link(int program, MprogFlags flags = MprogFlags.None, Relative relative = default)
    {
        Assert.Equal(Errno.None, Hook.CreateLink(_p[program], out var link, flags, relative));
        return link!;
    }

    [Fact]
    public void Basic_EntriesNameTheLink()
    {
        var link = Link(1);
        Assert.Equal(new TcxEntry(_p[1], link), Assert.Single(Hook.Entries()));
        Assert.Equal((2ul, _bed.Eth0.Ifindex, link.Id), (Hook.Revision, link.Ifindex, Hook.Entries()[0].LinkId));
    }

    [Fact]
    public void BeforeAndAfter_TakeProgramsAndLinks()
    {
        var one = Link(1);
        var two = Link(2);
        Link(3, MprogFlags.Before, Relative.To(_p[2]));
        Link(4, MprogFlags.Before | MprogFlags.Link, Relative.To(one));
        Assert.Equal("p4,p1,p3,p2", Order);
        Assert.Equal(Errno.None, Hook.Attach(_p[5], MprogFlags.After | MprogFlags.Link | MprogFlags.Id, Relative.ToId(two.Id)));
        Assert.Equal("p4,p1,p3,p2,p5", Order);
        Assert.Equal(6ul, Hook.Revision);
    }

    [Fact]
    public void Revision_OfLinkCreate()
    {
        Link(1);
        Assert.Equal(Errno.ESTALE, Hook.CreateLink(_p[2], out var none, expectedRevision: 1));
        Assert.Null(none);
        Assert.Equal(Errno.None, Hook.CreateLink(_p[2], out _, expectedRevision: 2));
        Assert.Equal(3ul, Hook.Revision);
    }

    [Fact]
    public void Update_KeepsThePlace()
    {
        var one = Link(1);
        Link(2);
        Assert.Equal(Errno.ENOENT, Hook.CreateLink(_p[3], out _, MprogFlags.Replace, Relative.To(_p[1])));
        Assert.Equal(Errno.ENOENT, Hook.CreateLink(_p[3], out _, MprogFlags.Replace | MprogFlags.Link, Relative.To(one)));
        Assert.Equal(Errno.None, one.Update(_p[3]));
        Assert.Equal(("p3,p2", 4ul), (Order, Hook.Revision));
        Assert.Equal(Errno.None, one.Update(_p[3]));
        Assert.Equal(4ul, Hook.Revision);
        Assert.Equal(Errno.EEXIST, one.Update(_p[2]));
        Assert.Equal(Errno.EPERM, one.Update(_p[4], MprogFlags.Replace, _p[1]));
        Assert.Equal(Errno.None, one.Update(_p[4], MprogFlags.Replace, _p[3]));
        Assert.Equal(Errno.EINVAL, one.Update(_p[5], MprogFlags.Before));
        Assert.Equal(Errno.EINVAL, one.Update(_p[5], old: _p[4]));
        Assert.Equal(Errno.EINVAL, one.Update(Bed.Xdp("x", (_, _) => 2)));
        Assert.Equal(Errno.None, one.Detach());
        Assert.Equal(("p2", 6ul), (Order, Hook.Revision));
        Assert.Equal(Errno.None, one.Detach());
        Assert.Equal((6ul, 0), (Hook.Revision, one.Ifindex));
        Assert.Equal(Errno.ENOLINK, one.Update(_p[4]));
    }

    [Theory]
    [InlineData(MprogFlags.Before | MprogFlags.After, "none", Errno.ERANGE)]
    [InlineData(MprogFlags.Before | MprogFlags.Id, "none", Errno.ENOENT)]
    [InlineData(MprogFlags.Id, "none", Errno.ENOENT)]
    [InlineData(MprogFlags.Link, "p2", Errno.EINVAL)]
    [InlineData(MprogFlags.Link, "none", Errno.EINVAL)]
    [InlineData(MprogFlags.None, "p2", Errno.EINVAL)]
    [InlineData(MprogFlags.Before | MprogFlags.After, "p2", Errno.ENOENT)]
    [InlineData(MprogFlags.Before, "p1", Errno.ENOENT)]
    [InlineData(MprogFlags.Id, "id2", Errno.EINVAL)]
    [InlineData(MprogFlags.Before | MprogFlags.Link, "p1", Errno.EINVAL)]
    [InlineData(MprogFlags.Before | MprogFlags.Link | MprogFlags.Id, "idmax", Errno.ENOENT)]
    [InlineData((MprogFlags)(1 << 20), "none", Errno.EINVAL)]
    [InlineData(MprogFlags.Before | (MprogFlags)(1 << 20), "none", Errno.None)]
    public void Invalid_OnAnEmptyHook(MprogFlags flags, string relative, Errno expected)
    {
        foreach (var program in _p) _bed.Network.Ids.Add(program);
        var near = relative switch
        {
            "p1" => Relative.To(_p[1]),
            "p2" => Relative.To(_p[2]),
            "id2" => Relative.ToId(_p[2].Id),
            "idmax" => Relative.ToId(uint.MaxValue),
            _ => Relative.None,
        };
        Assert.Equal(expected, Hook.CreateLink(_p[1], out _, flags, near));
    }

    [Fact]
    public void Ownership_ProgramsAndLinksKeepTheirOwn()
    {
        var link = Link(1);
        Assert.Equal(Errno.None, Hook.Attach(_p[2]));
        Assert.Equal(Errno.EEXIST, Hook.Attach(_p[1]));
        Assert.Equal(Errno.EEXIST, Hook.CreateLink(_p[2], out _));
        Assert.Equal(Errno.EBUSY, Hook.Attach(_p[3], MprogFlags.Replace, replace: _p[1]));
        Assert.Equal(Errno.EBUSY, Hook.Detach(_p[1]));
        Assert.Equal(Errno.EBUSY, Hook.Detach(null, MprogFlags.Before));
        Assert.Equal(Errno.None, Hook.Detach(null, MprogFlags.After));
        Assert.Equal(Errno.EBUSY, Hook.Detach(null));
        link.Close();
        Assert.False(_bed.Network.Ids.TryLink(link.Id, out _));
        Assert.Empty(Hook.Entries());
    }

    [Fact]
    public void DeviceRemoved_LinksAreDefunct()
    {
        var link = Link(1);
        _bed.Network.Remove(_bed.Eth0);
        Assert.Equal((0, null), (link.Ifindex, link.Hook));
        Assert.Equal(Errno.ENOLINK, link.Update(_p[2]));
        Assert.Equal(Errno.ENOLINK, link.Update(_p[1]));
        Assert.Equal(Errno.None, link.Detach());
        Assert.Equal(AttachType.TcxIngress, link.AttachType);
    }

    [Fact]
    public void DeviceMoved_LinksFollow()
    {
        var link = Link(1);
        var other = _bed.Network.AddNamespace("other");
        _bed.Network.AddDevice("blocker", other, ifindex: _bed.Eth0.Ifindex);
        _bed.Network.Move(_bed.Eth0, other);
        Assert.Equal(_bed.Eth0.Ifindex, link.Ifindex);
        Assert.NotEqual(2, link.Ifindex);
        Assert.Equal(2ul, Hook.Revision);
        Assert.Equal(Errno.None, link.Update(_p[2]));
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
