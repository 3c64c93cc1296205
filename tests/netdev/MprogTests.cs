using Netdev.Tcx;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.NetDev;

/// <summary>The rows of the kernel's tc_opts selftest, for both directions.</summary>
/// <remarks>Source: Linux 6.12 tools/testing/selftests/bpf/prog_tests/tc_opts.c.</remarks>
public sealed class MprogTests : IDisposable
{
    private readonly Bed _bed = new();
    private readonly ExecutableProgram[] _p = [.. Enumerable.Range(0, 6).Select(i => Bed.Tc($"p{i}", -1))];

    public void Dispose() => _bed.Dispose();

    private TcxHook Hook(bool ingress)
    {
        foreach (var program in _p) _bed.Network.Ids.Add(program);
        return ingress ? _bed.Eth0.Ingress : _bed.Eth0.Egress;
    }

    private static string Order(TcxHook hook)
    {
        Assert.Equal(hook.Entries().Select(entry => entry.Program), hook.Programs.ToArray());
        return string.Join(",", hook.Entries().Select(entry => entry.Program.Name));
    }

    private static void Ok(Errno errno) => Assert.Equal(Errno.None, errno);

    [Theory, InlineData(true), InlineData(false)]
    public void Basic_AttachAndDetach_CountsRevisions(bool ingress)
    {
        var hook = Hook(ingress);
        Assert.Equal(new TcxQuery(Errno.None, 0, 1), hook.Query([]));
        Ok(hook.Attach(_p[1]));
        Assert.Equal(new TcxQuery(Errno.None, 1, 2), hook.Query([]));
        Ok(hook.Detach(_p[1]));
        Assert.False(hook.IsActive);
        Assert.Equal(1ul, hook.Revision);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Before_WithFdAndId_InsertsInFront(bool ingress)
    {
        var hook = Hook(ingress);
        Ok(hook.Attach(_p[1]));
        Ok(hook.Attach(_p[2]));
        Ok(hook.Attach(_p[3], MprogFlags.Before, Relative.To(_p[2])));
        Ok(hook.Attach(_p[4], MprogFlags.Before | MprogFlags.Id, Relative.ToId(_p[1].Id)));
        Assert.Equal("p4,p1,p3,p2", Order(hook));
        Assert.Equal(5ul, hook.Revision);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void After_WithFdAndId_InsertsBehind_AndDetachCountsOn(bool ingress)
    {
        var hook = Hook(ingress);
        Ok(hook.Attach(_p[1]));
        Ok(hook.Attach(_p[2]));
        Ok(hook.Attach(_p[3], MprogFlags.After, Relative.To(_p[1])));
        Ok(hook.Attach(_p[4], MprogFlags.After | MprogFlags.Id, Relative.ToId(_p[2].Id)));
        Assert.Equal("p1,p3,p2,p4", Order(hook));
        Ok(hook.Detach(_p[3]));
        Assert.Equal(6ul, hook.Revision);
        Ok(hook.Detach(_p[4]));
        Assert.Equal(7ul, hook.Revision);
        Ok(hook.Detach(_p[1]));
        Assert.Equal(8ul, hook.Revision);
        Assert.Equal("p2", Order(hook));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Revision_Stale_IsRefused(bool ingress)
    {
        var hook = Hook(ingress);
        Ok(hook.Attach(_p[1], expectedRevision: 1));
        Assert.Equal(Errno.ESTALE, hook.Attach(_p[2], expectedRevision: 1));
        Assert.Equal(Errno.ESTALE, hook.Attach(_p[1], expectedRevision: 1));
        Ok(hook.Attach(_p[2], expectedRevision: 2));
        Assert.Equal(Errno.ESTALE, hook.Detach(_p[1], expectedRevision: 2));
        Ok(hook.Detach(_p[1], expectedRevision: 3));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void ClassicQdisc_KeepsTheRevisionCounting(bool ingress)
    {
        var hook = Hook(ingress);
        hook.HasClassicQdisc = true;
        for (int i = 0; i < 16; i++)
        {
            Ok(hook.Attach(_p[1]));
            Ok(hook.Detach(_p[1]));
        }
        Assert.Equal(33ul, hook.Revision);
        Assert.Equal(Errno.ENOENT, hook.Detach(null));
        hook.HasClassicQdisc = false;
        Assert.Equal(1ul, hook.Revision);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Replace_KeepsThePlaceAndChecksNeighbours(bool ingress)
    {
        var hook = Hook(ingress);
        Ok(hook.Attach(_p[1]));
        Ok(hook.Attach(_p[2], MprogFlags.Before | MprogFlags.Id, Relative.ToId(_p[1].Id)));
        Assert.Equal("p2,p1", Order(hook));
        Ok(hook.Attach(_p[3], MprogFlags.Replace, replace: _p[2], expectedRevision: 3));
        Assert.Equal("p3,p1", Order(hook));
        Ok(hook.Attach(_p[2], MprogFlags.Replace | MprogFlags.Before, Relative.To(_p[1]), replace: _p[3], expectedRevision: 4));
        Assert.Equal("p2,p1", Order(hook));
        Assert.Equal(Errno.EEXIST, hook.Attach(_p[2], MprogFlags.Replace, replace: _p[2]));
        Assert.Equal(Errno.ERANGE, hook.Attach(_p[3], MprogFlags.Replace | MprogFlags.After, Relative.To(_p[1]), replace: _p[2]));
        Assert.Equal(Errno.ERANGE, hook.Attach(_p[3], MprogFlags.Replace | MprogFlags.Before | MprogFlags.After, Relative.To(_p[1]), replace: _p[2]));
        Assert.Equal(Errno.ENOENT, hook.Attach(_p[4], MprogFlags.Replace, replace: _p[3]));
        Assert.Equal(Errno.EBADF, hook.Attach(_p[4], MprogFlags.Replace));
        Ok(hook.Attach(_p[4], MprogFlags.Replace, Relative.To(_p[5]), replace: _p[1]));
        Ok(hook.Detach(_p[2], MprogFlags.Before | MprogFlags.Id, Relative.ToId(_p[4].Id)));
        Assert.Equal("p4", Order(hook));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Replace_IgnoredWithoutTheFlag(bool ingress)
    {
        var hook = Hook(ingress);
        Ok(hook.Attach(_p[1]));
        Ok(hook.Attach(_p[2], replace: _p[1]));
        Assert.Equal("p1,p2", Order(hook));
    }

    [Theory]
    [InlineData(MprogFlags.Before | MprogFlags.After, 0, Errno.ERANGE)]
    [InlineData(MprogFlags.Before | MprogFlags.Id, 0, Errno.ENOENT)]
    [InlineData(MprogFlags.After | MprogFlags.Id, 0, Errno.ENOENT)]
    [InlineData(MprogFlags.None, 2, Errno.EINVAL)]
    [InlineData(MprogFlags.Before | MprogFlags.After, 2, Errno.ENOENT)]
    [InlineData(MprogFlags.Id, -2, Errno.EINVAL)]
    [InlineData(MprogFlags.Before, 1, Errno.ENOENT)]
    [InlineData(MprogFlags.After, 1, Errno.ENOENT)]
    [InlineData(MprogFlags.Link, 0, Errno.EINVAL)]
    [InlineData(MprogFlags.Link | MprogFlags.Before, 2, Errno.EINVAL)]
    [InlineData((MprogFlags)1, 0, Errno.EINVAL)]
    [InlineData((MprogFlags)2, 0, Errno.EINVAL)]
    [InlineData((MprogFlags)64, 0, Errno.EINVAL)]
    public void Invalid_OnAnEmptyHook(MprogFlags flags, int relative, Errno expected)
    {
        foreach (bool ingress in new[] { true, false })
        {
            var near = relative switch { 0 => Relative.None, < 0 => Relative.ToId(_p[-relative].Id), _ => Relative.To(_p[relative]) };
            Assert.Equal(expected, Hook(ingress).Attach(_p[1], flags, near));
            Assert.Equal(1ul, Hook(ingress).Revision);
        }
    }

    [Fact]
    public void Attached_Again_IsEEXISTWhateverThePosition()
    {
        var hook = Hook(true);
        Ok(hook.Attach(_p[1]));
        Assert.Equal(Errno.EEXIST, hook.Attach(_p[1]));
        Assert.Equal(Errno.EEXIST, hook.Attach(_p[1], MprogFlags.Before));
        Assert.Equal(Errno.EEXIST, hook.Attach(_p[1], MprogFlags.After));
        Assert.Equal(Errno.EEXIST, hook.Attach(_p[1], MprogFlags.Before, Relative.To(_p[5])));
        Assert.Equal(Errno.EINVAL, hook.Attach(_p[2], MprogFlags.None, Relative.To(_p[1])));
        Assert.Equal(Errno.ENOENT, hook.Attach(_p[2], MprogFlags.Before | MprogFlags.Id, Relative.ToId(uint.MaxValue)));
        Assert.Equal(Errno.EBADF, hook.Attach(_p[2], MprogFlags.Before, Relative.ToId(_p[1].Id)));
        Assert.Equal(Errno.ERANGE, hook.Attach(_p[2], MprogFlags.Before | MprogFlags.After, Relative.To(_p[1])));
        Ok(_bed.Eth0.Egress.Attach(_p[1]));
    }

    [Fact]
    public void OtherProgramTypes_AreRefused()
    {
        var xdp = Bed.Xdp("x", (_, _) => 2);
        Assert.Equal(Errno.EINVAL, Hook(true).Attach(xdp));
        Assert.Equal(Errno.EINVAL, Hook(true).CreateLink(xdp, out _));
        Assert.Equal(Errno.EINVAL, Hook(true).Attach(_p[1], MprogFlags.Before, Relative.To(xdp)));
        Assert.Equal(Errno.EINVAL, _bed.Eth0.AttachXdp(_p[1]));
    }

    [Theory, InlineData(MprogFlags.Before, "p4,p3,p2,p1"), InlineData(MprogFlags.After, "p1,p2,p3,p4"), InlineData(MprogFlags.None, "p1,p2,p3,p4")]
    public void PositionWithoutRelative_GoesToTheEnds(MprogFlags flags, string expected)
    {
        foreach (bool ingress in new[] { true, false })
        {
            var hook = Hook(ingress);
            for (int i = 1; i <= 4; i++) Ok(hook.Attach(_p[i], flags));
            Assert.Equal(expected, Order(hook));
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Detach_WithoutProgram_TakesTheEnds(bool ingress)
    {
        var hook = Hook(ingress);
        for (int i = 1; i <= 4; i++) Ok(hook.Attach(_p[i]));
        Ok(hook.Detach(null, MprogFlags.Before));
        Assert.Equal("p2,p3,p4", Order(hook));
        Ok(hook.Detach(null, MprogFlags.After));
        Assert.Equal("p2,p3", Order(hook));
        Ok(hook.Detach(null));
        Assert.Equal("p2", Order(hook));
        Assert.Equal(Errno.ERANGE, hook.Detach(null, MprogFlags.Before | MprogFlags.After));
        Ok(hook.Detach(null));
        Assert.Equal(Errno.ENOENT, hook.Detach(null, MprogFlags.Before));
        Assert.Equal(Errno.ENOENT, hook.Detach(null, MprogFlags.After));
        Assert.Equal(Errno.ENOENT, hook.Detach(_p[1]));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void DetachBefore_ChecksAdjacency(bool ingress)
    {
        var hook = Hook(ingress);
        for (int i = 1; i <= 4; i++) Ok(hook.Attach(_p[i]));
        Ok(hook.Detach(_p[1], MprogFlags.Before, Relative.To(_p[2])));
        Assert.Equal(Errno.ENOENT, hook.Detach(_p[1], MprogFlags.Before, Relative.To(_p[2])));
        Assert.Equal(Errno.ERANGE, hook.Detach(_p[2], MprogFlags.Before, Relative.To(_p[4])));
        Assert.Equal(Errno.ENOENT, hook.Detach(_p[2], MprogFlags.Before, Relative.To(_p[1])));
        Assert.Equal(Errno.EINVAL, hook.Detach(_p[2], MprogFlags.Replace));
        Ok(hook.Detach(null, MprogFlags.Before, Relative.To(_p[4])));
        Assert.Equal("p2,p4", Order(hook));
        // The one before the first is the first.
        Ok(hook.Detach(null, MprogFlags.Before, Relative.To(_p[2])));
        Assert.Equal("p4", Order(hook));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void DetachAfter_ChecksAdjacency(bool ingress)
    {
        var hook = Hook(ingress);
        for (int i = 1; i <= 4; i++) Ok(hook.Attach(_p[i]));
        Ok(hook.Detach(_p[2], MprogFlags.After, Relative.To(_p[1])));
        Assert.Equal(Errno.ENOENT, hook.Detach(_p[2], MprogFlags.After, Relative.To(_p[1])));
        Assert.Equal(Errno.ERANGE, hook.Detach(_p[4], MprogFlags.After, Relative.To(_p[1])));
        Assert.Equal(Errno.ERANGE, hook.Detach(_p[3], MprogFlags.After, Relative.To(_p[3])));
        Assert.Equal(Errno.ERANGE, hook.Detach(_p[1], MprogFlags.After));
        Ok(hook.Detach(null, MprogFlags.After, Relative.To(_p[1])));
        Assert.Equal("p1,p4", Order(hook));
        // The one after the last is the last.
        Ok(hook.Detach(null, MprogFlags.After, Relative.To(_p[4])));
        Assert.Equal("p1", Order(hook));
    }

    [Theory, InlineData(MprogFlags.None), InlineData(MprogFlags.Before), InlineData(MprogFlags.After)]
    public void Max_SixtyThreeFit(MprogFlags flags)
    {
        var hook = Hook(true);
        for (int i = 0; i < TcxHook.MaxPrograms; i++) Ok(hook.Attach(Bed.Tc($"m{i}", -1), flags));
        Assert.Equal(Errno.ERANGE, hook.Attach(_p[1], flags));
        Assert.Equal(Errno.ERANGE, hook.Attach(_p[1], MprogFlags.Before, Relative.To(_p[2])));
        Assert.Equal(Errno.ENOENT, hook.Attach(_p[1], MprogFlags.Before | MprogFlags.Id, Relative.ToId(0)));
        Assert.Equal(Errno.EEXIST, hook.Attach(hook.Entries()[5].Program, flags));
        Ok(hook.Attach(_p[1], MprogFlags.Replace, replace: hook.Entries()[62].Program));
    }

    [Fact]
    public void Query_TellsTheCountAlwaysAndFillsWhatFits()
    {
        var hook = Hook(true);
        for (int i = 1; i <= 4; i++) Ok(hook.Attach(_p[i]));
        var entries = new TcxEntry[5];
        Assert.Equal(new TcxQuery(Errno.None, 4, 5), hook.Query([]));
        Assert.Equal(new TcxQuery(Errno.ENOSPC, 4, 5), hook.Query(entries.AsSpan(0, 3)));
        Assert.Equal([_p[1].Id, _p[2].Id, _p[3].Id], entries.Take(3).Select(entry => entry.ProgramId));
        Assert.Equal(new TcxQuery(Errno.None, 4, 5), hook.Query(entries));
        Assert.Equal(default, entries[4]);
        Assert.Equal(Errno.EINVAL, hook.Query(entries, queryFlags: 1).Errno);
    }

    [Fact]
    public void DeviceRemoved_ProgramsLeave()
    {
        var hook = Hook(true);
        Ok(hook.Attach(_p[1]));
        _bed.Network.Remove(_bed.Eth0);
        Assert.False(hook.IsActive);
        Assert.Equal(Errno.ENODEV, hook.Attach(_p[2]));
        Assert.Equal(Errno.ENODEV, hook.Query([]).Errno);
    }
}
