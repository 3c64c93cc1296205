using System.Diagnostics;
using System.Numerics;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Runtime;

namespace Netdev.Devices;

/// <summary>The place of a device for one XDP program, by itself or through a link, and the rules for changing it.</summary>
/// <remarks>
/// Packets read the device's slot without a lock. A generic program runs where a native one does. A device on a wire is taken for a veth, whose
/// other end has the same MTU. Source: Linux 6.12 net/core/dev.c, dev_xdp_attach, dev_xdp_install; drivers/net/veth.c, veth_xdp_set.
/// </remarks>
public sealed class XdpHook
{
    /// <summary>Greatest MTU for programs that take no frames in several buffers: a page less headroom, what the kernel keeps behind the frame, and the Ethernet header.</summary>
    public const int LargestMtu = 4096 - SkbPool.Headroom - 320 - EthernetView.HeaderBytes;

    private readonly Lock _gate = new();
    private XdpFlags _mode;
    private XdpLink? _link;
    private bool _gone;

    internal XdpHook(NetDevice device) => Device = device;

    /// <summary>Its device.</summary>
    public NetDevice Device { get; }

    /// <summary>The link that owns the place; null for none.</summary>
    public XdpLink? Link => Volatile.Read(ref _link);

    /// <summary>MTU of what comes in: of whoever sends it.</summary>
    public int Mtu => Device.Kind.XdpMtu(Device);

    /// <summary>True when its driver runs programs itself.</summary>
    private bool IsNative => Device.Kind.IsNative;

    /// <summary>Sets the program, in place of the one there is; null removes it.</summary>
    /// <returns>
    /// ENODEV when the device is gone; EBUSY when a link owns the place; EINVAL for a program of another type, or of device or CPU maps; ERANGE when
    /// frames may be longer than what fits a page and the program did not say that it takes such.
    /// </returns>
    public Errno TryAttach(ExecutableProgram? program)
    {
        if (program is { Type: not ProgramType.Xdp }) return Errno.EINVAL;
        if (program is not null) Device.Network.Kernel.Know(program);
        lock (_gate)
        {
            if (_gone) return Errno.ENODEV;
            if (_link is not null) return Errno.EBUSY;
            return program is null ? Empty() : Install(program, ModeOf(XdpFlags.None));
        }
    }

    /// <summary>BPF_LINK_CREATE.</summary>
    /// <param name="program">An XDP program.</param>
    /// <param name="flags">A mode, or none.</param>
    /// <param name="link">The new link; null on error.</param>
    /// <returns>
    /// In this order: ENODEV device gone; EINVAL other flags, or several modes; EBUSY a link or a program is there in that mode; EOPNOTSUPP the
    /// device has no such mode; EEXIST a program is there in another mode; EINVAL a program of device or CPU maps, or an offload; ERANGE the MTU.
    /// </returns>
    public Errno TryCreateLink(ExecutableProgram program, XdpFlags flags, out XdpLink? link)
    {
        ArgumentNullException.ThrowIfNull(program);
        link = null;
        if (program.Type != ProgramType.Xdp) return Errno.EINVAL;
        Device.Network.Kernel.Know(program);
        lock (_gate)
        {
            if (_gone) return Errno.ENODEV;
            if ((flags & ~XdpFlags.Modes) != 0 || BitOperations.PopCount((uint)flags) > 1) return Errno.EINVAL;
            var mode = ModeOf(flags);
            if (Device.XdpProgram is not null && _mode == mode) return Errno.EBUSY;
            var errno = Install(program, mode);
            if (errno != Errno.None) return errno;
            _link = link = new XdpLink(this, program, mode);
            Device.Network.Kernel.Adopt(link);
            return Errno.None;
        }
    }

    internal Errno UpdateLink(XdpLink link, ExecutableProgram next, ExecutableProgram? old)
    {
        lock (_gate)
        {
            if (link.Hook is null) return Errno.ENOLINK;
            if (old is not null && link.Program != old) return Errno.EPERM;
            if (next.Type != link.Program.Type || next.AttachType != link.Program.AttachType) return Errno.EINVAL;
            if (next == link.Program) return Errno.None;
            Device.Network.Kernel.Know(next);
            var errno = Install(next, link.Mode);
            if (errno == Errno.None) link.Take(next);
            return errno;
        }
    }

    internal void DetachLink(XdpLink link)
    {
        lock (_gate)
        {
            if (link.Hook is null) return;
            Debug.Assert(_link == link, "a link that has a hook owns its place");
            link.Hook = null;
            _link = null;
            Empty();
        }
    }

    /// <summary>The device is going away: the program leaves, a link stays as an object without a place.</summary>
    internal void Uninstall()
    {
        lock (_gate)
        {
            _link?.Hook = null;
            _link = null;
            _gone = true;
            Empty();
        }
    }

    private XdpFlags ModeOf(XdpFlags flags) => (flags & XdpFlags.Modes) != 0 ? flags & XdpFlags.Modes : IsNative ? XdpFlags.Native : XdpFlags.Generic;

    private Errno Install(ExecutableProgram program, XdpFlags mode)
    {
        if (mode != XdpFlags.Generic && !IsNative) return Errno.EOPNOTSUPP;
        if (mode != XdpFlags.Offloaded && Device.XdpProgram is not null && _mode != mode) return Errno.EEXIST;
        if (program.AttachType is AttachType.XdpDevMap or AttachType.XdpCpuMap || mode == XdpFlags.Offloaded) return Errno.EINVAL;
        if (mode == XdpFlags.Native && !program.HasFrags && Mtu > LargestMtu) return Errno.ERANGE;
        program.Acquire();
        var before = Device.XdpProgram;
        _mode = mode;
        Device.XdpProgram = new XdpSlot(program.For<XdpContext>());
        before?.Program.Release();
        return Errno.None;
    }

    private Errno Empty()
    {
        var before = Device.XdpProgram;
        _mode = XdpFlags.None;
        Device.XdpProgram = null;
        before?.Program.Release();
        return Errno.None;
    }
}

/// <summary>The one XDP program of a device, as packets run it.</summary>
/// <param name="runnable">The program, known to take XDP frames.</param>
internal sealed class XdpSlot(ProgramFor<XdpContext> runnable)
{
    /// <summary>To run it.</summary>
    public readonly ProgramFor<XdpContext> Runnable = runnable;

    /// <summary>The program.</summary>
    public ExecutableProgram Program => Runnable.Program;
}
