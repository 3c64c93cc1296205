using System.Diagnostics;
using System.Runtime.CompilerServices;
using Netdev.Skbs;
using Vm.Abi;
using Vm.Kernel;
using Vm.Runtime;

namespace Netdev.Tcx;

/// <summary>The tcx programs of one device in one direction: an array that packets run through, and the calls that change it.</summary>
/// <remarks>
/// Packets read one immutable array, swapped whole after each change, without locks; changes are serialised by a lock. The hook holds its programs:
/// disposing their object takes none of them off.
/// Source: Linux 6.12 net/core/dev.c, tcx_run and sch_handle_*; kernel/bpf/tcx.c.
/// </remarks>
public sealed class TcxHook
{
    /// <summary>Programs a hook takes.</summary>
    public const int MaxPrograms = MprogArray.MaxPrograms;

    private const MprogFlags AttachMask = MprogFlags.Replace | MprogFlags.Before | MprogFlags.After | MprogFlags.Id | MprogFlags.Link;

    private readonly Lock _gate = new();
    private readonly BpfKernel _kernel;
    private readonly Func<int> _ifindex;
    private readonly MprogArray _control;
    private ProgramFor<SkbContext>[]? _runnable;
    private ExecutableProgram[] _programs = [];
    private bool _classicQdisc;
    private bool _gone;

    /// <summary>Makes an empty hook.</summary>
    /// <param name="attachType">BPF_TCX_INGRESS or BPF_TCX_EGRESS.</param>
    /// <param name="kernel">Where ids are looked up, and what it attaches is known.</param>
    /// <param name="ifindex">The device's current interface number.</param>
    public TcxHook(AttachType attachType, BpfKernel kernel, Func<int> ifindex)
    {
        AttachType = attachType;
        _kernel = kernel;
        _ifindex = ifindex;
        _control = new MprogArray(kernel);
    }

    /// <summary>Which direction.</summary>
    public AttachType AttachType { get; }

    /// <summary>The device's interface number.</summary>
    public int Ifindex => _ifindex();

    /// <summary>True when at least one program is attached.</summary>
    public bool IsActive
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _runnable is not null;
    }

    /// <summary>The programs in order, as packets see them now.</summary>
    public ReadOnlySpan<ExecutableProgram> Programs => Volatile.Read(ref _programs);

    /// <summary>The programs as packets run them: known to take skbs.</summary>
    internal ReadOnlySpan<ProgramFor<SkbContext>> Runnable => Volatile.Read(ref _runnable);

    /// <summary>Current revision: 1 for a fresh hook, one more after each change.</summary>
    public ulong Revision
    {
        get
        {
            lock (_gate) return _control.Revision;
        }
    }

    /// <summary>True when a clsact qdisc sits on the device too: the revision then goes on counting when the last program leaves.</summary>
    public bool HasClassicQdisc
    {
        get => _classicQdisc;
        set
        {
            lock (_gate)
            {
                _classicQdisc = value;
                Publish();
            }
        }
    }

    /// <summary>Attaches a program.</summary>
    /// <param name="program">A SCHED_CLS program.</param>
    /// <param name="place">Where it goes; behind all others unless said.</param>
    /// <param name="expectedRevision">0, or the revision the caller saw.</param>
    /// <exception cref="HookRefusedException">The hook does not take it; see <see cref="TryAttach"/> for what it can say.</exception>
    public void Attach(ExecutableProgram program, Place place = default, ulong expectedRevision = 0) =>
        ThrowIfRefused(TryAttach(program, place.Flags, place.Relative, expectedRevision, place.Replaced), program, "cannot be attached to");

    /// <summary>Detaches a program.</summary>
    /// <exception cref="HookRefusedException">It is not there, or a link owns its place.</exception>
    public void Detach(ExecutableProgram program, ulong expectedRevision = 0) =>
        ThrowIfRefused(TryDetach(program, expectedRevision: expectedRevision), program, "cannot be detached from");

    /// <summary>Detaches whatever program is at a place: the first, the last, the one in front of or behind another.</summary>
    /// <exception cref="HookRefusedException">None is there, or a link owns it.</exception>
    public void Detach(Place place, ulong expectedRevision = 0) =>
        ThrowIfRefused(TryDetach(null, place.Flags, place.Relative, expectedRevision), null, "cannot be detached from");

    /// <summary>Attaches a program through a link that owns its place.</summary>
    /// <param name="program">A SCHED_CLS program.</param>
    /// <param name="place">Where it goes; behind all others unless said. Nothing can be replaced so.</param>
    /// <param name="expectedRevision">0, or the revision the caller saw.</param>
    /// <exception cref="HookRefusedException">The hook does not take it.</exception>
    public TcxLink CreateLink(ExecutableProgram program, Place place = default, ulong expectedRevision = 0)
    {
        ThrowIfRefused(TryCreateLink(program, out var link, place.Flags, place.Relative, expectedRevision), program, "cannot be linked to");
        return link!;
    }

    /// <summary>BPF_PROG_ATTACH.</summary>
    /// <param name="program">A SCHED_CLS program; its expected attach type does not matter, as in the kernel.</param>
    /// <param name="flags">Position.</param>
    /// <param name="relative">What the position is relative to.</param>
    /// <param name="expectedRevision">0, or the revision the caller saw.</param>
    /// <param name="replace">With <see cref="MprogFlags.Replace"/>: the program that goes; ignored otherwise.</param>
    /// <returns>
    /// In this order: EINVAL flags; EINVAL not SCHED_CLS; ENODEV device gone; EBADF, EINVAL no or wrong program to replace; ESTALE; EEXIST;
    /// EBADF, EINVAL, ENOENT relative; ENOENT, EBUSY replacement; ERANGE full or contradictory position; EINVAL relative without position.
    /// </returns>
    public Errno TryAttach(
        ExecutableProgram program, MprogFlags flags = MprogFlags.None, Relative relative = default, ulong expectedRevision = 0, ExecutableProgram? replace = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        if ((flags & ~AttachMask) != 0 || program.Type != ProgramType.SchedCls) return Errno.EINVAL;
        using var held = new Held(program);
        _kernel.Know(program);
        lock (_gate)
        {
            if (_gone) return Errno.ENODEV;
            if (flags.HasFlag(MprogFlags.Replace))
            {
                if (replace is null) return Errno.EBADF;
                if (replace.Type != program.Type) return Errno.EINVAL;
            }
            var errno = _control.Attach(program, null, flags.HasFlag(MprogFlags.Replace) ? replace : null, flags, relative, expectedRevision);
            Publish();
            return errno;
        }
    }

    /// <summary>BPF_PROG_DETACH.</summary>
    /// <param name="program">The program, or null to let the position say which one.</param>
    /// <param name="flags">Position.</param>
    /// <param name="relative">What the position is relative to.</param>
    /// <param name="expectedRevision">0, or the revision the caller saw.</param>
    /// <returns>EINVAL flags; ENODEV; EINVAL Replace; ESTALE; ENOENT; EBUSY owned by a link; ERANGE position contradicts.</returns>
    public Errno TryDetach(ExecutableProgram? program, MprogFlags flags = MprogFlags.None, Relative relative = default, ulong expectedRevision = 0)
    {
        if ((flags & ~AttachMask) != 0 || program is { Type: not ProgramType.SchedCls }) return Errno.EINVAL;
        lock (_gate)
        {
            if (_gone) return Errno.ENODEV;
            // Without any program the kernel has no array to ask, unless a qdisc keeps it.
            if (_control.Entries.Count == 0 && !_classicQdisc) return Errno.ENOENT;
            var errno = _control.Detach(program, null, flags, relative, expectedRevision);
            Publish();
            return errno;
        }
    }

    /// <summary>BPF_LINK_CREATE.</summary>
    /// <param name="program">A SCHED_CLS program.</param>
    /// <param name="link">The new link; null on error.</param>
    /// <param name="flags">Position. Unknown bits are refused only when they stand alone; Replace finds nothing (ENOENT).</param>
    /// <param name="relative">What the position is relative to.</param>
    /// <param name="expectedRevision">0, or the revision the caller saw.</param>
    public Errno TryCreateLink(
        ExecutableProgram program, out TcxLink? link, MprogFlags flags = MprogFlags.None, Relative relative = default, ulong expectedRevision = 0)
    {
        ArgumentNullException.ThrowIfNull(program);
        link = null;
        if (program.Type != ProgramType.SchedCls) return Errno.EINVAL;
        using var held = new Held(program);
        _kernel.Know(program);
        lock (_gate)
        {
            if (_gone) return Errno.ENODEV;
            var made = new TcxLink(this, program);
            var errno = _control.Attach(program, made, null, flags, relative, expectedRevision);
            Publish();
            if (errno != Errno.None)
            {
                made.Dispose();
                return errno;
            }
            _kernel.Adopt(made);
            link = made;
            return Errno.None;
        }
    }

    /// <summary>BPF_PROG_QUERY: copies out as many entries as fit.</summary>
    /// <param name="entries">Buffer; empty asks for the count only.</param>
    /// <param name="queryFlags">Must be 0.</param>
    public TcxQuery Query(Span<TcxEntry> entries, uint queryFlags = 0)
    {
        if (queryFlags != 0) return new TcxQuery(Errno.EINVAL, 0, 0);
        lock (_gate)
        {
            if (_gone) return new TcxQuery(Errno.ENODEV, 0, 0);
            int total = _control.Entries.Count, fit = Math.Min(total, entries.Length);
            for (int i = 0; i < fit; i++) entries[i] = _control.Entries[i];
            var errno = entries.Length > 0 && total > entries.Length ? Errno.ENOSPC : Errno.None;
            return new TcxQuery(errno, total, _control.Revision);
        }
    }

    /// <summary>Everything attached, in order.</summary>
    public TcxEntry[] Entries()
    {
        lock (_gate) return [.. _control.Entries];
    }

    /// <summary>What a hook makes of the last program's return value (tcx_action_code).</summary>
    /// <returns>TCX_PASS, TCX_DROP or TCX_REDIRECT as returned; every other value ends the run too but counts as TCX_NEXT: the packet goes on.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TcxAction Map(int verdict, ulong ctx)
    {
        switch ((TcxAction)verdict)
        {
            case TcxAction.TCX_PASS:
                ref var skb = ref new Skb(ctx).Fields;
                skb.TcIndex = skb.TcClassId;
                return TcxAction.TCX_PASS;
            case TcxAction.TCX_DROP:
            case TcxAction.TCX_REDIRECT:
                return (TcxAction)verdict;
            case TcxAction.TCX_NEXT:
            default:
                return TcxAction.TCX_NEXT;
        }
    }

    internal Errno UpdateLink(TcxLink link, ExecutableProgram program, ExecutableProgram? old)
    {
        using var held = new Held(program);
        _kernel.Know(program);
        lock (_gate)
        {
            if (link.Hook is null) return Errno.ENOLINK;
            if (old is not null && link.Program != old) return Errno.EPERM;
            if (link.Program == program) return Errno.None;
            var errno = _control.Attach(program, link, link.Program, MprogFlags.Replace | MprogFlags.Id, Relative.ToId(link.Program.Id), 0);
            if (errno == Errno.None) link.Take(program);
            Publish();
            return errno;
        }
    }

    internal void DetachLink(TcxLink link)
    {
        lock (_gate)
        {
            if (link.Hook is null) return;
            var errno = _control.Detach(link.Program, link, MprogFlags.None, Relative.None, 0);
            Debug.Assert(errno == Errno.None, "a link that has a hook has a place on it");
            link.Hook = null;
            Publish();
        }
    }

    /// <summary>The device is going away: programs leave, links stay as objects without a place.</summary>
    internal void Uninstall()
    {
        lock (_gate)
        {
            foreach (var entry in _control.Entries)
            {
                if (entry.Link is { } link) link.Hook = null;
            }
            _control.Reset();
            _gone = true;
            Publish();
        }
    }

    private void ThrowIfRefused(Errno errno, ExecutableProgram? program, string what)
    {
        if (errno == Errno.None) return;
        string why = errno switch
        {
            Errno.EEXIST => "it is on that hook already",
            Errno.ENOENT => "it, or the program it should be next to, is not on that hook",
            Errno.ERANGE => $"the place asked for contradicts itself, or {MaxPrograms} programs are there",
            Errno.EINVAL when program is { Type: not ProgramType.SchedCls } => $"its type is {program.Type}; tcx takes SCHED_CLS",
            Errno.ENODEV => "the device is gone",
            Errno.ESTALE => "the hook's revision is another one",
            Errno.EBUSY => "a link owns its place",
            _ => "",
        };
        string subject = program is null ? "The program there" : $"'{program.Name}'", direction = AttachType == AttachType.TcxIngress ? "ingress" : "egress";
        throw new HookRefusedException($"{subject} {what} {direction} of interface {Ifindex}", errno, why);
    }

    private void Publish()
    {
        if (_control.Entries.Count == 0 && !_classicQdisc) _control.Reset();
        var before = _programs;
        ExecutableProgram[] after = [.. _control.Entries.Select(entry => entry.Program)];
        // The hook holds what it shows to packets; what left is freed after the packets that may still be in it.
        foreach (var program in after) program.Acquire();
        Volatile.Write(ref _programs, after);
        Volatile.Write(ref _runnable, after.Length == 0 ? null : [.. after.Select(program => program.For<SkbContext>())]);
        foreach (var program in before) program.Release();
    }

    /// <summary>A reference for the length of a call, so that nobody frees the program under it.</summary>
    private readonly ref struct Held
    {
        private readonly ExecutableProgram _program;

        public Held(ExecutableProgram program)
        {
            program.Acquire();
            _program = program;
        }

        public void Dispose() => _program.Release();
    }
}
