using Vm.Abi;
using Vm.Kernel;
using Vm.Runtime;

namespace Netdev.Tcx;

/// <summary>The ordered programs of one hook and the rules for changing them. No packet ever looks here.</summary>
/// <remarks>
/// Each rule (replace, before, after) finds a place on its own; the change happens only if all agree. A place is -1 for "in front of
/// the first". Not thread-safe: the hook locks. Source: Linux 6.12 kernel/bpf/mprog.c.
/// </remarks>
internal sealed class MprogArray(BpfKernel kernel)
{
    /// <summary>Programs a hook takes; the kernel keeps the 64th slot as terminator.</summary>
    public const int MaxPrograms = 63;

    private const int NoPlace = int.MinValue;

    private readonly List<TcxEntry> _entries = [];

    public IReadOnlyList<TcxEntry> Entries => _entries;

    public ulong Revision { get; private set; } = 1;

    /// <summary>bpf_mprog_attach: puts <paramref name="program"/> in, for itself or for <paramref name="link"/>.</summary>
    /// <param name="program">New program.</param>
    /// <param name="link">The link that will own the place; null for none.</param>
    /// <param name="old">With <see cref="MprogFlags.Replace"/>: the program that goes.</param>
    /// <param name="flags">Position.</param>
    /// <param name="relative">Relative of the position.</param>
    /// <param name="expectedRevision">0, or the revision the caller saw.</param>
    public Errno Attach(ExecutableProgram program, TcxLink? link, ExecutableProgram? old, MprogFlags flags, Relative relative, ulong expectedRevision)
    {
        if (expectedRevision != 0 && expectedRevision != Revision) return Errno.ESTALE;
        if (_entries.Exists(entry => entry.Program == program)) return Errno.EEXIST;
        var errno = Resolve(flags, relative, program.Type, out var near);
        if (errno != Errno.None) return errno;
        int place = NoPlace;
        if (flags.HasFlag(MprogFlags.Replace))
        {
            errno = Exact(old, link, out place);
            if (errno != Errno.None) return errno;
        }
        else if (_entries.Count == MaxPrograms)
        {
            return Errno.ERANGE;
        }
        errno = Agree(flags, near, ref place);
        if (errno != Errno.None) return errno;
        if (place == NoPlace)
        {
            if (near.Program is not null || flags != 0) return Errno.EINVAL;
            place = _entries.Count;
            flags = MprogFlags.After;
        }
        if (place >= MaxPrograms) return Errno.ERANGE;
        var entry = new TcxEntry(program, link);
        if (flags.HasFlag(MprogFlags.Replace)) _entries[place] = entry;
        else _entries.Insert(flags.HasFlag(MprogFlags.Before) && place != _entries.Count ? place + 1 : place, entry);
        Revision++;
        return Errno.None;
    }

    /// <summary>bpf_mprog_detach: takes out <paramref name="program"/>, or what the position says when it is null.</summary>
    public Errno Detach(ExecutableProgram? program, TcxLink? link, MprogFlags flags, Relative relative, ulong expectedRevision)
    {
        if (flags.HasFlag(MprogFlags.Replace)) return Errno.EINVAL;
        if (expectedRevision != 0 && expectedRevision != Revision) return Errno.ESTALE;
        if (_entries.Count == 0) return Errno.ENOENT;
        var errno = Resolve(flags, relative, program?.Type ?? ProgramType.Unspec, out var near);
        if (errno != Errno.None) return errno;
        int place = NoPlace;
        if (program is not null)
        {
            errno = Exact(program, link, out place);
            if (errno != Errno.None) return errno;
        }
        errno = Agree(flags, near, ref place);
        if (errno != Errno.None) return errno;
        if (place == NoPlace)
        {
            if (near.Program is not null || flags != 0) return Errno.EINVAL;
            place = _entries.Count;
        }
        if (place >= MaxPrograms) return Errno.ERANGE;
        place = Math.Clamp(place, 0, _entries.Count - 1);
        // What a link owns only the link gives up.
        if (_entries[place].Link is not null && link is null) return Errno.EBUSY;
        _entries.RemoveAt(place);
        Revision++;
        return Errno.None;
    }

    /// <summary>Starts over, as when the kernel frees an empty entry.</summary>
    public void Reset()
    {
        _entries.Clear();
        Revision = 1;
    }

    private static bool Matches(in TcxEntry entry, in Found near) => entry.Program == near.Program && (near.Link is null || entry.Link == near.Link);

    private Errno Agree(MprogFlags flags, in Found near, ref int place)
    {
        if (flags.HasFlag(MprogFlags.Before))
        {
            int before = -1;
            if (near.Program is not null && !TryFind(near, out before)) return Errno.ENOENT;
            if (near.Program is not null) before--;
            if (place != NoPlace && before != place) return Errno.ERANGE;
            place = before;
        }
        if (flags.HasFlag(MprogFlags.After))
        {
            int after = _entries.Count;
            if (near.Program is not null && !TryFind(near, out after)) return Errno.ENOENT;
            if (near.Program is not null) after++;
            if (place != NoPlace && after != place) return Errno.ERANGE;
            place = after;
        }
        return Errno.None;
    }

    private bool TryFind(in Found near, out int place)
    {
        for (place = 0; place < _entries.Count; place++)
        {
            if (Matches(_entries[place], near)) return true;
        }
        return false;
    }

    private Errno Exact(ExecutableProgram? program, TcxLink? link, out int place)
    {
        place = _entries.FindIndex(entry => entry.Program == program);
        if (place < 0) return Errno.ENOENT;
        return _entries[place].Link == link ? Errno.None : Errno.EBUSY;
    }

    private readonly record struct Found(ExecutableProgram? Program, BpfLink? Link);

    private Errno Resolve(MprogFlags flags, Relative relative, ProgramType type, out Found found)
    {
        found = default;
        bool byId = flags.HasFlag(MprogFlags.Id);
        if (flags.HasFlag(MprogFlags.Link))
        {
            // A link of another kind is on no hook, and not found there either.
            var link = relative.Target as BpfLink;
            if (byId)
            {
                if (!kernel.Links.TryGet(relative.Number, out link)) return Errno.ENOENT;
            }
            else if (relative.Target is null && relative.Number != 0)
            {
                return Errno.EBADF;
            }
            if (link?.Prog is not { } linked || (type != ProgramType.Unspec && linked.Type != type)) return Errno.EINVAL;
            found = new Found(linked, link);
            return Errno.None;
        }
        if (!byId && relative == Relative.None) return Errno.None;
        var program = relative.Target as ExecutableProgram;
        if (byId)
        {
            if (!kernel.Progs.TryGet(relative.Number, out var known)) return Errno.ENOENT;
            program = known.Code;
        }
        else if (relative.Target is null)
        {
            return Errno.EBADF;
        }
        if (program is null || (type != ProgramType.Unspec && program.Type != type)) return Errno.EINVAL;
        found = new Found(program, null);
        return Errno.None;
    }
}
