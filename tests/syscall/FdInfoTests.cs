using System.Text;
using Netdev;
using Netdev.Devices;
using Sim.Live.Net;
using Vm.Abi;
using Vm.Kernel;
using Vm.Syscall;

namespace Tests.Syscall;

/// <summary>/proc/PID/fdinfo of descriptors of bpf(2), here and in the live kernel.</summary>
public sealed class FdInfoTests
{
    private const int Array = 0, ReadOnly = 1, Hash = 2, Jumps = 3, Classifier = 4, Xdp = 5, Tcx = 6, XdpLink = 7, Gone = 8, Btf = 9;

    // Numbers that are each kernel's own, and the hash over instructions, which is another one since 6.18.
    private static readonly string[] s_own = ["mnt_id", "ino", "memlock", "map_id", "prog_id", "link_id", "btf_id", "prog_tag"];

    [Fact]
    public void EveryKindOfDescriptor_ReadsAsInTheKernel()
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        using var kernels = new TwoKernels();
        Prepare(kernels, live: true);
        for (int slot = Array; slot <= Btf; slot++)
        {
            string there = File.ReadAllText($"/proc/self/fdinfo/{kernels.There!.FdOf(slot)}");
            Assert.Equal(Compared(there), Compared(Here(kernels, slot)));
        }
    }

    [Fact]
    public void OwnNumbers_AreThoseOfTheObjects()
    {
        using var kernels = new TwoKernels(live: false);
        Prepare(kernels, live: false);
        var kernel = kernels.Network.Kernel;
        Assert.Contains($"map_id:\t{kernels.Here.Content(Array).Id}\n", Here(kernels, Array), StringComparison.Ordinal);
        string prog = Here(kernels, Classifier), link = Here(kernels, Tcx);
        Assert.Contains($"prog_id:\t{kernels.Here.Content(Classifier).Id}\n", prog, StringComparison.Ordinal);
        Assert.Contains($"link_id:\t{kernels.Here.Content(Tcx).Id}\n", link, StringComparison.Ordinal);
        string tag = prog.Split('\n').Single(line => line.StartsWith("prog_tag", StringComparison.Ordinal));
        Assert.Contains(tag, link, StringComparison.Ordinal);
        Assert.NotEqual("prog_tag:\t0000000000000000", tag);
        Assert.Contains("memlock:\t4096\n", prog, StringComparison.Ordinal);
        Assert.True(kernel.Progs.Count > 0);
    }

    [Theory]
    [InlineData("delegate_cmds=any,delegate_maps=hash,delegate_progs=0x3,delegate_attachs=any", "any", "0x2", "0x3", "any")]
    [InlineData("delegate_cmds=prog_load", "0x20", "0x0", "0x0", "0x0")]
    public void Token_SaysWhatIsDelegated(string mount, string commands, string maps, string progs, string attaches)
    {
        using var network = new Network();
        Assert.True(BpfMountOptions.TryParse(mount, out var options, out string problem), problem);
        using var file = new OpenFile(new BpfToken(new BpfMount(options, UserNamespace.Initial)));
        Assert.Equal($"pos:\t0\nflags:\t02000002\nallowed_cmds:\t{commands}\nallowed_maps:\t{maps}\nallowed_progs:\t{progs}\nallowed_attachs:\t{attaches}\n", FdInfo.Of(file, network.Kernel));
    }

    private static string Here(TwoKernels kernels, int slot)
    {
        var file = kernels.Process.Files.Acquire((uint)kernels.Here.FdOf(slot));
        Assert.NotNull(file);
        string text = FdInfo.Of(file, kernels.Network.Kernel);
        file.Release();
        return text;
    }

    private static string[] Compared(string text) => [.. text.Split('\n').Select(line => s_own.Contains(line.Split(':')[0]) ? line.Split(':')[0] : line).Where(line => line is not ("mnt_id" or "ino"))];

    private static void Prepare(TwoKernels kernels, bool live)
    {
        LinkWorld.Of(kernels, live);
        Put(Map(MapType.Array, 4, 8, 3, MapFlags.None, Array));
        Put(Map(MapType.Array, 4, 8, 3, MapFlags.RdOnly, ReadOnly));
        Put(Map(MapType.Hash, 4, 8, 3, MapFlags.NoPrealloc, Hash));
        Put(Map(MapType.ProgArray, 4, 4, 2, MapFlags.None, Jumps));
        Put(Load(ProgramType.SchedCls, Classifier));
        Put(Load(ProgramType.Xdp, Xdp));
        Put(new Ask(BpfCommand.MapUpdate, 32, new Piece.Fd(0, Jumps), new Piece.Pointer(8, new byte[4]), new Piece.Pointer(16, new byte[4], Fds: [(0, Classifier)])));
        Put(new Ask(BpfCommand.MapFreeze, 4, new Piece.Fd(0, Hash)));
        Put(Link(Classifier, AttachType.TcxEgress, LinkWorld.Ifindex(0, 0), Tcx));
        Put(Link(Xdp, AttachType.Xdp, LinkWorld.Ifindex(0, 1), XdpLink));
        Put(Link(Classifier, AttachType.TcxIngress, LinkWorld.Ifindex(0, 0), Gone));
        Put(new Ask(BpfCommand.LinkDetach, 4, new Piece.Fd(0, Gone)));
        Put(new Ask(BpfCommand.BtfLoad, 40, new Piece.Pointer(0, IntBtf()), new Piece.U32(16, (uint)IntBtf().Length)) { Makes = Btf, Kind = IdKind.Btf });

        void Put(Ask ask)
        {
            var (here, there) = kernels.Put(ask);
            Assert.StartsWith("ok", here, StringComparison.Ordinal);
            Assert.StartsWith("ok", there, StringComparison.Ordinal);
        }
    }

    private static Ask Map(MapType type, uint key, uint value, uint max, MapFlags flags, int slot) => new(
        BpfCommand.MapCreate, 80, new Piece.U32(0, (uint)type), new Piece.U32(4, key), new Piece.U32(8, value), new Piece.U32(12, max), new Piece.U32(16, (uint)flags)) { Makes = slot, Kind = IdKind.Map };

    private static Ask Load(ProgramType type, int slot)
    {
        byte[] insns = [0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0];
        return new Ask(BpfCommand.ProgLoad, 148, new Piece.U32(0, (uint)type), new Piece.U32(4, 2), new Piece.Pointer(8, insns), new Piece.Pointer(16, Encoding.ASCII.GetBytes("GPL\0"))) { Makes = slot, Kind = IdKind.Prog };
    }

    private static Ask Link(int program, AttachType type, int ifindex, int slot) =>
        new(BpfCommand.LinkCreate, 60, new Piece.Fd(0, program), new Piece.U32(4, (uint)ifindex), new Piece.U32(8, (uint)type)) { Makes = slot, Kind = IdKind.Link };

    private static byte[] IntBtf()
    {
        byte[] strings = "\0int\0"u8.ToArray();
        uint[] type = [1, 1 << 24, 4, 1 << 24 | 32], header = [0x0001_eb9f, 24, 0, 16, 16, (uint)strings.Length];
        return [.. header.SelectMany(BitConverter.GetBytes), .. type.SelectMany(BitConverter.GetBytes), .. strings];
    }
}
