using System.Diagnostics.CodeAnalysis;
using Netdev.Devices;
using Netdev.Tcx;
using Vm.Abi;
using Vm.Runtime;

namespace Netdev.Control;

/// <summary>What bpf(2) answers to a process in a simulated namespace: resolves numbers in the kernel's order, then asks the hook.</summary>
/// <remarks>Not thread-safe. Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_attach to link_detach; kernel/bpf/tcx.c.</remarks>
/// <param name="network">Devices and ids.</param>
/// <param name="descriptors">The calling process's descriptors.</param>
public sealed class TcxServer(Network network, DescriptorTable descriptors) : ITcxCalls
{
    private const MprogFlags AttachMask = MprogFlags.Replace | MprogFlags.Before | MprogFlags.After | MprogFlags.Id | MprogFlags.Link;

    // BPF_F_QUERY_EFFECTIVE: known to the call, though not to tcx.
    private const uint QueryEffective = 1;

    /// <summary>The namespace the caller is in: where interface numbers are looked up.</summary>
    public NetNamespace Namespace { get; set; } = network.Root;

    /// <summary>Gives a program a descriptor; it has an id from then on.</summary>
    public uint Open(ExecutableProgram program)
    {
        network.Ids.Add(program);
        return descriptors.Open(program);
    }

    /// <inheritdoc/>
    public Errno Attach(in ProgAttachCall call)
    {
        if (!IsTcx(call.AttachType) || (call.Flags & ~AttachMask) != 0) return Errno.EINVAL;
        var errno = Program(call.Program, out var program);
        if (errno != Errno.None) return errno;
        if (!TryHook(call.Ifindex, call.AttachType, out var hook)) return Errno.ENODEV;
        ExecutableProgram? replace = null;
        if (call.Flags.HasFlag(MprogFlags.Replace))
        {
            errno = Program(call.Replace, out replace);
            if (errno != Errno.None) return errno;
        }
        errno = hook.TryAttach(program, call.Flags, RelativeOf(call.Flags, call.Relative), call.ExpectedRevision, replace);
        Forget(replace);
        return errno;
    }

    /// <inheritdoc/>
    public Errno Detach(in ProgAttachCall call)
    {
        if (!IsTcx(call.AttachType) || (call.Flags & ~AttachMask) != 0) return Errno.EINVAL;
        ExecutableProgram? program = null;
        if (call.Program != 0)
        {
            var errno = Program(call.Program, out program);
            if (errno != Errno.None) return errno;
        }
        if (!TryHook(call.Ifindex, call.AttachType, out var hook)) return Errno.ENODEV;
        var attached = hook.Entries();
        var answer = hook.TryDetach(program, call.Flags, RelativeOf(call.Flags, call.Relative), call.ExpectedRevision);
        if (answer == Errno.None)
        {
            foreach (var entry in attached) Forget(entry.Program);
        }
        return answer;
    }

    /// <inheritdoc/>
    public ProgQueryAnswer Query(in ProgQueryCall call)
    {
        if (!IsTcx(call.AttachType) || (call.QueryFlags & ~QueryEffective) != 0) return new ProgQueryAnswer(Errno.EINVAL, 0, 0, []);
        if (!TryHook(call.Ifindex, call.AttachType, out var hook)) return new ProgQueryAnswer(Errno.ENODEV, 0, 0, []);
        var entries = new TcxEntry[Math.Min(call.Count, TcxHook.MaxPrograms)];
        var answer = hook.Query(entries, call.QueryFlags | call.AttachFlags);
        var slots = entries.Take(answer.Count).Select(entry => (entry.ProgramId, entry.LinkId)).ToArray();
        return new ProgQueryAnswer(answer.Errno, (uint)answer.Count, answer.Revision, slots);
    }

    /// <inheritdoc/>
    public Errno CreateLink(in LinkCreateCall call, out uint link)
    {
        link = 0;
        var errno = Program(call.Program, out var program);
        if (errno != Errno.None) return errno;
        if (!IsTcx(call.AttachType)) return Errno.EINVAL;
        if (!TryHook(call.Ifindex, call.AttachType, out var hook)) return Errno.ENODEV;
        errno = hook.TryCreateLink(program, out var made, call.Flags, RelativeOf(call.Flags, call.Relative), call.ExpectedRevision);
        if (made is not null) link = descriptors.Open(made);
        return errno;
    }

    /// <inheritdoc/>
    public Errno UpdateLink(in LinkUpdateCall call)
    {
        if ((call.Flags & ~MprogFlags.Replace) != 0) return Errno.EINVAL;
        var errno = descriptors.Get(call.Link, out TcxLink link);
        if (errno != Errno.None) return errno;
        errno = descriptors.Get(call.Program, out ExecutableProgram next);
        if (errno != Errno.None) return errno;
        ExecutableProgram? old = null;
        if (call.Flags.HasFlag(MprogFlags.Replace))
        {
            errno = descriptors.Get(call.OldProgram, out ExecutableProgram current);
            old = current;
            if (errno != Errno.None) return errno;
        }
        else if (call.OldProgram != 0)
        {
            return Errno.EINVAL;
        }
        var before = link.Program;
        errno = link.TryUpdate(next, call.Flags, old);
        Forget(before);
        return errno;
    }

    /// <inheritdoc/>
    public Errno DetachLink(uint link)
    {
        var errno = descriptors.Get(link, out TcxLink found);
        if (errno == Errno.None) found.Detach();
        return errno;
    }

    /// <inheritdoc/>
    public Errno LinkInfo(uint link, out LinkInfoAnswer info)
    {
        var errno = Described(link, out TcxLink found);
        info = errno == Errno.None ? new LinkInfoAnswer(found.Id, found.Program.Id, (uint)found.Ifindex, found.AttachType) : default;
        return errno;
    }

    /// <inheritdoc/>
    public Errno ProgramId(uint program, out uint id)
    {
        var errno = Described(program, out ExecutableProgram found);
        id = errno == Errno.None ? found.Id : 0;
        return errno;
    }

    /// <inheritdoc/>
    public Errno Close(uint descriptor)
    {
        if (!descriptors.Close(descriptor, out object? target)) return Errno.EBADF;
        if (target is TcxLink link && !descriptors.Holds(link))
        {
            link.Close();
            Forget(link.Program);
        }
        Forget(target as ExecutableProgram);
        return Errno.None;
    }

    private static bool IsTcx(AttachType type) => type is AttachType.TcxIngress or AttachType.TcxEgress;

    // This one command has an errno of its own for a number that is not open. Source: bpf_obj_get_info_by_fd.
    private Errno Described<T>(uint descriptor, out T found) where T : class
    {
        var errno = descriptors.Get(descriptor, out found);
        return errno == Errno.EBADF ? Errno.EBADFD : errno;
    }

    private Errno Program(uint descriptor, out ExecutableProgram program)
    {
        var errno = descriptors.Get(descriptor, out program);
        return errno == Errno.None && program.Type != ProgramType.SchedCls ? Errno.EINVAL : errno;
    }

    private bool TryHook(uint ifindex, AttachType type, [NotNullWhen(true)] out TcxHook? hook)
    {
        hook = Namespace.TryDevice(ifindex, out var device) ? type == AttachType.TcxIngress ? device.Ingress : device.Egress : null;
        return hook is not null;
    }

    private Relative RelativeOf(MprogFlags flags, uint relative)
    {
        if (flags.HasFlag(MprogFlags.Id)) return Relative.ToId(relative);
        if (relative == 0 && !flags.HasFlag(MprogFlags.Link)) return Relative.None;
        return descriptors.Get(relative, out object target) == Errno.None ? Relative.To(target) : Relative.ToId(relative);
    }

    // A program lives while a descriptor, a link or a hook holds it; after that its id means nothing.
    private void Forget(ExecutableProgram? program)
    {
        if (program is null || descriptors.Holds(program) || network.Ids.LinkHolds(program)) return;
        if (network.Devices.Any(device => Attached(device.Ingress, program) || Attached(device.Egress, program))) return;
        network.Ids.Remove(program);
    }

    private static bool Attached(TcxHook hook, ExecutableProgram program) => Array.Exists(hook.Entries(), entry => entry.Program == program);
}
