using CsCheck;
using Netdev.Tcx;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.NetDev;

/// <summary>What packets see of a hook's order. The rules of the order are in tests/cases/controlplane.</summary>
public sealed class MprogTests : IDisposable
{
    private static readonly MprogFlags[] s_flags =
        [0, MprogFlags.Before, MprogFlags.After, MprogFlags.Replace, MprogFlags.Before | MprogFlags.Id, MprogFlags.After | MprogFlags.Id, MprogFlags.Before | MprogFlags.Link];

    private readonly Bed _bed = new();
    private readonly ExecutableProgram[] _p = Programs();

    public void Dispose() => _bed.Dispose();

    private static ExecutableProgram[] Programs() => [.. Enumerable.Range(0, 8).Select(i => Bed.Tc($"p{i}", -1))];

    [Fact]
    public void RefusedAttach_IsNeverSilent()
    {
        var hook = _bed.Eth0.Ingress;
        hook.Attach(_p[1]);
        var twice = Assert.Throws<HookRefusedException>(() => hook.Attach(_p[1]));
        Assert.Equal(Errno.EEXIST, twice.Errno);
        Assert.Contains("'p1' cannot be attached to ingress of interface 2: EEXIST (it is on that hook already)", twice.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.EEXIST, Assert.Throws<HookRefusedException>(() => hook.CreateLink(_p[1])).Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<HookRefusedException>(() => hook.Detach(_p[2])).Errno);
        var wrongType = Assert.Throws<HookRefusedException>(() => hook.Attach(Bed.Xdp("x", (_, _) => 2)));
        Assert.Contains("tcx takes SCHED_CLS", wrongType.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.EINVAL, Assert.Throws<HookRefusedException>(() => _bed.Eth0.AttachXdp(_p[2])).Errno);
        hook.Detach(_p[1]);
        var link = hook.CreateLink(_p[2]);
        link.Detach();
        Assert.Equal(Errno.ENOLINK, Assert.Throws<HookRefusedException>(() => link.Update(_p[1])).Errno);
    }

    [Fact]
    public void APlace_ReadsAsTheSentenceItIs()
    {
        var hook = _bed.Eth0.Ingress;
        hook.Attach(_p[0]);
        var link = hook.CreateLink(_p[1]);
        hook.Attach(_p[2], Place.First);
        hook.Attach(_p[3], Place.Before(link));
        hook.Attach(_p[4], Place.After(_p[2]));
        hook.Attach(_p[5], Place.Of(_p[3]));
        hook.Attach(_p[6], Place.After(link));
        hook.CreateLink(_p[7], Place.Before(_p[0]));
        Assert.Equal(["p2", "p4", "p7", "p0", "p5", "p1", "p6"], hook.Programs.ToArray().Select(program => program.Name));
        Assert.Equal(Errno.EBUSY, Assert.Throws<HookRefusedException>(() => hook.Attach(_p[3], Place.Of(_p[1]))).Errno);
        hook.Detach(_p[2]);
        Assert.Equal(6, hook.Programs.Length);
    }

    [Fact]
    public void PacketsMeetWhatAQueryShows_WhateverWasChanged()
    {
        int succeeded = 0;
        var step = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 7], Gen.Int[0, 7], Gen.Int[0, s_flags.Length - 1], (verb, program, other, flags) => (verb, program, other, flags));
        Check.Sample(step.Array[1, 40], steps =>
        {
            using var bed = new Bed();
            var hook = bed.Eth0.Ingress;
            ExecutableProgram[] p = Programs();
            var links = new List<TcxLink>();
            foreach (var (verb, program, other, flags) in steps)
            {
                ulong before = hook.Revision;
                int count = hook.Entries().Length;
                var near = s_flags[flags].HasFlag(MprogFlags.Id) ? Relative.ToId(p[other].Id) : flags == 0 ? Relative.None : Relative.To(p[other]);
                TcxLink? link = null;
                var errno = verb switch
                {
                    0 => hook.TryAttach(p[program], s_flags[flags], near, replace: p[other]),
                    1 => hook.TryDetach(flags == 0 ? p[program] : null, s_flags[flags] & ~MprogFlags.Replace, near),
                    2 => hook.TryCreateLink(p[program], out link, s_flags[flags], near),
                    _ => links.Count == 0 ? Errno.ENOENT : links[other % links.Count].TryUpdate(p[program]),
                };
                if (link is not null) links.Add(link);
                var entries = hook.Entries();
                Assert.Equal(entries.Select(entry => entry.Program), hook.Programs.ToArray());
                Assert.Equal(entries.Length > 0, hook.IsActive);
                if (errno != Errno.None) Assert.Equal((before, count), (hook.Revision, entries.Length));
                else Interlocked.Increment(ref succeeded);
            }
        }, iter: 300);
        Assert.True(succeeded > 300);
    }

    [Fact]
    public void OtherProgramTypes_AreRefused()
    {
        var xdp = Bed.Xdp("x", (_, _) => 2);
        var hook = _bed.Eth0.Ingress;
        Assert.Equal(Errno.EINVAL, hook.TryAttach(xdp));
        Assert.Equal(Errno.EINVAL, hook.TryCreateLink(xdp, out _));
        Assert.Equal(Errno.EINVAL, hook.TryAttach(_p[1], MprogFlags.Before, Relative.To(xdp)));
        Assert.Equal(Errno.EINVAL, _bed.Eth0.TryAttachXdp(_p[1]));
    }

    [Fact]
    public void Query_LeavesWhatItDoesNotFill()
    {
        var hook = _bed.Eth0.Ingress;
        for (int i = 1; i <= 4; i++) Assert.Equal(Errno.None, hook.TryAttach(_p[i]));
        var entries = new TcxEntry[5];
        Assert.Equal(new TcxQuery(Errno.ENOSPC, 4, 5), hook.Query(entries.AsSpan(0, 3)));
        Assert.Equal([_p[1].Id, _p[2].Id, _p[3].Id], entries.Take(3).Select(entry => entry.ProgramId));
        Assert.Equal(default, entries[3]);
    }
}
