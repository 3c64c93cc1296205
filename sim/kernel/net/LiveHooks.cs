using Netdev.Control;
using Netdev.Tcx;
using Vm.Abi;

namespace Sim.Kernel.Net;

/// <summary>Puts programs on devices of the live kernel. Interface numbers are those of the calling thread's namespace.</summary>
internal static class LiveHooks
{
    private const uint Pass = 2;

    private static readonly KernelTcx s_calls = new();

    /// <summary>Attaches to a tcx hook; the program leaves with the device. Source: Linux 6.12 kernel/bpf/tcx.c, tcx_prog_attach.</summary>
    /// <param name="ifindex">Interface number.</param>
    /// <param name="hook">TcxIngress or TcxEgress.</param>
    /// <param name="program">What.</param>
    /// <param name="flags">Its place.</param>
    /// <param name="relative">Program its place refers to; null for none.</param>
    public static Errno Attach(int ifindex, AttachType hook, KernelProgram program, MprogFlags flags, KernelProgram? relative)
    {
        return s_calls.Attach(new ProgAttachCall((uint)ifindex, program.Number, hook, flags, Relative: relative?.Number ?? 0));
    }

    /// <summary>Makes a program a device's XDP program for as long as the link is kept. Source: Linux 6.12 net/core/dev.c, bpf_xdp_link_attach.</summary>
    public static Errno AttachXdp(int ifindex, uint program, out KernelHandle? link)
    {
        var errno = s_calls.CreateLink(new LinkCreateCall((uint)ifindex, program, AttachType.Xdp), out uint descriptor);
        link = errno == Errno.None ? new KernelHandle((int)descriptor) : null;
        return errno;
    }

    /// <summary>Loads a program that passes everything: a veth sends XDP frames only to an end that runs XDP itself.</summary>
    /// <remarks>Source: Linux 6.12 drivers/net/veth.c, veth_xdp_xmit.</remarks>
    public static KernelHandle LoadXdpPass()
    {
        byte[] code = [0xb7, 0, 0, 0, (byte)Pass, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0];
        PinnedBytes insns = new(code), license = new("GPL\0"u8);
        var attributes = new ProgLoadAttr { ProgType = (uint)ProgramType.Xdp, InsnCount = 2, Insns = insns.Address, License = license.Address, Name = KernelName.Of("wire_pass"), ExpectedAttachType = (uint)AttachType.Xdp };
        var errno = BpfSyscall.Call(BpfCommand.ProgLoad, ref attributes, out int descriptor);
        GC.KeepAlive(insns);
        GC.KeepAlive(license);
        if (errno != Errno.None) throw new KernelRefusedException("kernel", "the XDP program of a wire", $"the kernel refuses it ({errno})", errno);
        return new KernelHandle(descriptor);
    }
}
