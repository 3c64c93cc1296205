using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>What BPF_PROG_LOAD asks before it looks at instructions: flags, rights, and which attach types go with which programs.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_load, bpf_prog_load_fixup_attach_type, bpf_prog_load_check_attach.</remarks>
internal static class ProgLoadRules
{
    private const uint MostInsns = 1_000_000, MostUnprivilegedInsns = 4096, MostTypes = 0xfffff;

    /// <summary>The attach type a program is loaded with: some types have one that stands for 0.</summary>
    public static AttachType AttachTypeOf(ProgramType type, AttachType given) => (type, given) switch
    {
        (ProgramType.CgroupSock, AttachType.None) => AttachType.CgroupInetSockCreate,
        (ProgramType.SkReusePort, AttachType.None) => AttachType.SkReusePortSelect,
        _ => given,
    };

    /// <summary>Checks in the kernel's order.</summary>
    public static Errno Check(Call call)
    {
        var type = (ProgramType)call.U32(ProgAttributes.Type);
        var flags = (ProgFlags)call.U32(ProgAttributes.Flags);
        if ((flags & ~ProgFlags.All) != 0) return Errno.EINVAL;
        var errno = Tokens.TakeUp(call, (uint)flags, ProgAttributes.TokenFd, BpfCommand.ProgLoad,
            given => given.Allows(type, AttachTypeOf(type, (AttachType)call.U32(ProgAttributes.AttachType))));
        return errno != Errno.None ? errno : Rights(call, type) is var refused and not Errno.None ? refused : Attaching(call, type);
    }

    /// <summary>Programs that belong to a device: none here takes them.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/offload.c, bpf_prog_dev_bound_init.</remarks>
    public static Errno DeviceBound(Call call)
    {
        uint ifindex = call.U32(ProgAttributes.Ifindex);
        if (ifindex == 0) return Errno.None;
        var type = (ProgramType)call.U32(ProgAttributes.Type);
        var flags = (ProgFlags)call.U32(ProgAttributes.Flags);
        bool bound = (flags & ProgFlags.DeviceBound) != 0;
        if (type is not (ProgramType.SchedCls or ProgramType.Xdp) || (flags & ~(ProgFlags.DeviceBound | ProgFlags.XdpFrags)) != 0) return Errno.EINVAL;
        if (((flags & ProgFlags.XdpFrags) != 0 && !bound) || (type == ProgramType.SchedCls && bound)) return Errno.EINVAL;
        return call.Syscalls.Settings.HasInterface(call.Caller, ifindex) ? Errno.EOPNOTSUPP : Errno.EINVAL;
    }

    private static Errno Rights(Call call, ProgramType type)
    {
        bool capable = call.Capable(Capabilities.Bpf);
        uint count = call.U32(ProgAttributes.InsnCount);
        if (call.Kernel.UnprivilegedBpfDisabled != 0 && !capable) return Errno.EPERM;
        if (count == 0 || count > (capable ? MostInsns : MostUnprivilegedInsns)) return Errno.E2BIG;
        if (type is not (ProgramType.SocketFilter or ProgramType.CgroupSkb) && !capable) return Errno.EPERM;
        if (NeedsNetAdmin(type) && !call.Capable(Capabilities.NetAdmin)) return Errno.EPERM;
        return NeedsPerfmon(type) && !call.Capable(Capabilities.Perfmon) ? Errno.EPERM : Errno.None;
    }

    private static Errno Attaching(Call call, ProgramType type)
    {
        uint descriptor = call.U32(ProgAttributes.AttachProgFd), id = call.U32(ProgAttributes.AttachBtfId);
        bool program = false, kernelTypes = descriptor == 0 && id != 0;
        if (descriptor != 0 && call.Find<BpfProg>(descriptor, out var target) == Errno.None)
        {
            target.Dispose();
            program = true;
        }
        else if (descriptor != 0)
        {
            if (call.Find<BpfBtf>(descriptor, out var btf) != Errno.None) return Errno.EINVAL;
            kernelTypes = btf.Object.IsKernel;
            btf.Dispose();
            if (!kernelTypes) return Errno.ENOTSUPP;
        }
        if (id > MostTypes || (id != 0 && type is not (ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps or ProgramType.Ext))) return Errno.EINVAL;
        if (kernelTypes && id == 0) return Errno.EINVAL;
        if (program && type is not (ProgramType.Tracing or ProgramType.Ext)) return Errno.EINVAL;
        return Fits(type, AttachTypeOf(type, (AttachType)call.U32(ProgAttributes.AttachType))) ? Errno.None : Errno.EINVAL;
    }

    private static bool Fits(ProgramType type, AttachType attach) => type switch
    {
        ProgramType.CgroupSock => attach is AttachType.CgroupInetSockCreate or AttachType.CgroupInetSockRelease or AttachType.CgroupInet4PostBind or AttachType.CgroupInet6PostBind,
        ProgramType.CgroupSockAddr => AttachTypes.ProgramTypeOf(attach) == type,
        ProgramType.CgroupSkb => attach is AttachType.None or AttachType.CgroupInetEgress,
        ProgramType.CgroupSockOpt => attach is AttachType.CgroupGetSockOpt or AttachType.CgroupSetSockOpt,
        ProgramType.SkLookup => attach == AttachType.SkLookup,
        ProgramType.SkReusePort => attach is AttachType.SkReusePortSelect or AttachType.SkReusePortSelectOrMigrate,
        ProgramType.Netfilter => attach == AttachType.Netfilter,
        ProgramType.Syscall or ProgramType.Ext => attach == AttachType.None,
        _ => true,
    };

    private static bool NeedsNetAdmin(ProgramType type) => type is ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.LwtIn or ProgramType.LwtOut
        or ProgramType.LwtXmit or ProgramType.LwtSeg6Local or ProgramType.SkSkb or ProgramType.SkMsg or ProgramType.FlowDissector or ProgramType.CgroupDevice or ProgramType.CgroupSock
        or ProgramType.CgroupSockAddr or ProgramType.CgroupSockOpt or ProgramType.CgroupSysctl or ProgramType.SockOps or ProgramType.Ext or ProgramType.Netfilter;

    private static bool NeedsPerfmon(ProgramType type) => type is ProgramType.Kprobe or ProgramType.TracePoint or ProgramType.PerfEvent or ProgramType.RawTracePoint
        or ProgramType.RawTracePointWritable or ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps or ProgramType.Ext;
}
