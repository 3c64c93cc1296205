using Vm.Abi;

namespace Sim.Live.Net;

/// <summary>The XDP program of the far ends of wires.</summary>
internal static class XdpPass
{
    private const uint Pass = 2;

    /// <summary>Loads a program that passes everything: a veth sends XDP frames only to an end that runs XDP itself.</summary>
    /// <remarks>Source: Linux 6.12 drivers/net/veth.c, veth_xdp_xmit.</remarks>
    public static KernelHandle Load()
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
