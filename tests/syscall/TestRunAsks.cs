using System.Buffers.Binary;
using Vm.Abi;
using Vm.Runtime;
using Vm.Specs;

namespace Tests.Syscall;

/// <summary>Random BPF_PROG_TEST_RUN calls: sizes, flags, contexts with odd fields, short buffers, wrong descriptors.</summary>
internal sealed class TestRunAsks(SeededRandom random, int slots) : IAskSource
{
    /// <summary>Interface numbers of the devices both kernels have.</summary>
    public const int First = 5, Second = 6;

    private const int SkbBytes = 192, XdpBytes = 24;

    /// <summary>The programs, from slot <c>slots</c> on.</summary>
    public static LinkedProgram[] Programs { get; } =
    [
        WalkPrograms.Make(ProgramType.SchedCls, Tells),
        WalkPrograms.Make(ProgramType.SchedCls, Writes),
        WalkPrograms.Make(ProgramType.SchedCls, Shortens),
        WalkPrograms.Make(ProgramType.SchedCls, Stores),
        WalkPrograms.Make(ProgramType.SchedCls, Tags),
        WalkPrograms.Make(ProgramType.SchedAct, Tells),
        WalkPrograms.Make(ProgramType.SchedAct, Redirects),
        WalkPrograms.Make(ProgramType.SocketFilter, Filters),
        WalkPrograms.Make(ProgramType.CgroupSkb, "r0 = *(u32 *)(r1 +0)\nr0 &= 1\nexit"),
        WalkPrograms.Make(ProgramType.CgroupSkb, "r0 = *(u32 *)(r1 +40)\nr0 &= 1\n*(u32 *)(r1 +8) = r0\nexit"),
        WalkPrograms.Make(ProgramType.Xdp, Measures),
        WalkPrograms.Make(ProgramType.Xdp, "r0 = *(u32 *)(r1 +12)\nr2 = *(u32 *)(r1 +16)\nr0 += r2\nexit"),
        WalkPrograms.Make(ProgramType.Xdp, "r2 = -8\ncall 44\nexit"),
        WalkPrograms.Make(ProgramType.Xdp, "r2 = -4\ncall 54\nexit"),
        WalkPrograms.Make(ProgramType.Xdp, "r2 = -3\ncall 65\nexit"),
        WalkPrograms.Make(ProgramType.Xdp, "r0 = 2\nexit", AttachType.XdpDevMap),
        WalkPrograms.Make(ProgramType.Syscall, "r2 = *(u64 *)(r1 +8)\nr2 += 1\n*(u64 *)(r1 +16) = r2\nr0 = *(u32 *)(r1 +0)\nexit"),
        WalkPrograms.Make(ProgramType.Syscall, "r0 = -7\nexit"),
    ];

    private const string Tells = "r0 = *(u32 *)(r1 +0)\nr2 = *(u32 *)(r1 +4)\nr2 <<= 16\nr0 += r2\nr2 = *(u32 *)(r1 +16)\nr0 ^= r2\nr2 = *(u32 *)(r1 +40)\nr0 += r2\nr2 = *(u32 *)(r1 +160)\nr0 += r2\nr2 = *(u32 *)(r1 +164)\nr0 += r2\nr2 = *(u32 *)(r1 +176)\nr0 += r2\nexit";

    private const string Writes = "r2 = *(u32 *)(r1 +8)\nr2 += 1\n*(u32 *)(r1 +8) = r2\nr2 = *(u32 *)(r1 +48)\nr2 += 3\n*(u32 *)(r1 +52) = r2\n*(u32 *)(r1 +32) = r2\nr3 = *(u64 *)(r1 +152)\nr3 += 5\n*(u64 *)(r1 +152) = r3\nr0 = *(u32 *)(r1 +68)\nexit";

    private const string Shortens = "r2 = *(u32 *)(r1 +0)\nr2 -= 7\nr3 = 0\ncall 38\nexit";

    // Eight zero bytes over what is there at offset 20; flag 1 keeps the sum right.
    private const string Stores = "r6 = r1\nr2 = 0\n*(u64 *)(r10 -8) = r2\nr2 = 20\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = *(u32 *)(r1 +8)\nr5 &= 1\ncall 9\nexit";

    private const string Tags = "r2 = 0x8100\nr3 = 7\ncall 18\nexit";

    private const string Redirects = "r1 = 5\nr2 = 0\ncall 23\nexit";

    private const string Filters = "r6 = r1\nr0 = *(u32 *)(r6 +0)\nr2 = *(u32 *)(r6 +16)\nr0 += r2\n*(u32 *)(r6 +48) = r0\nexit";

    private const string Measures = "r2 = *(u32 *)(r1 +0)\nr3 = *(u32 *)(r1 +4)\nr4 = *(u32 *)(r1 +8)\nr0 = r3\nr0 -= r2\nr2 -= r4\nr2 <<= 16\nr0 += r2\nexit";

    /// <inheritdoc/>
    public Ask Next()
    {
        int which = Below(Programs.Length);
        var type = Programs[which].Type;
        int slot = Once(30) ? Below(slots) : slots + which;
        List<Piece> pieces = [new Piece.Fd(0, slot), new Piece.U32(4, 77)];
        bool xdp = type == ProgramType.Xdp, syscall = type == ProgramType.Syscall, live = false;
        byte[] packet = Packet();
        if (!syscall || Once(8))
        {
            int size = Once(25) ? Of(0, 13, 14, 3712, 3713, 4000) : packet.Length;
            Array.Resize(ref packet, Math.Max(size, 8));
            // Frames in several buffers are not simulated; those are longer than one takes.
            if (xdp) size = Math.Min(size, 3520);
            pieces.Add(new Piece.U32(8, (uint)size));
            if (!Once(40)) pieces.Add(Once(40) ? new Piece.Unmapped(16) : new Piece.Pointer(16, packet[..Math.Max(size, 8)]));
            if (xdp && Once(8))
            {
                live = true;
                pieces.Add(new Piece.U32(64, 2));
                if (Once(2)) pieces.Add(new Piece.U32(72, Of(1u, 2u, 64u, 256u, 257u)));
            }
            bool output = !live || Once(6);
            if (output && !Once(6)) pieces.Add(Once(40) ? new Piece.Unmapped(24) : new Piece.Pointer(24, new byte[4200]));
            if (!Once(4)) pieces.Add(new Piece.U32(12, Once(6) ? (uint)Below(100) : 4200));
        }
        if (type == ProgramType.Syscall) SyscallContext(pieces);
        else if (xdp) XdpContext(pieces, packet.Length, live);
        else SkbContext(pieces);
        if (Once(3) && (!syscall || Once(8))) pieces.Add(new Piece.U32(32, (uint)Below(4)));
        if (Once(30)) pieces.Add(new Piece.U32(36, 5));
        if (!live && Once(12)) pieces.Add(new Piece.U32(64, Of(1u, 4u, 4u, 4u, 8u, 0x80000000)));
        if (Once(40)) pieces.Add(new Piece.U32(68, 1));
        if (!live && Once(40)) pieces.Add(new Piece.U32(72, 1));
        var ask = new Ask(BpfCommand.ProgTestRun, 76, [.. pieces]) { Free = [36] };
        return Below(50) switch
        {
            0 => ask with { Size = 80, Pieces = [.. ask.Pieces, new Piece.U32(76, 1)] },
            1 => ask with { Size = Of(72, 152, 160, 64) },
            _ => ask,
        };
    }

    /// <inheritdoc/>
    public void Answered(Ask ask, bool succeeded)
    {
    }

    /// <inheritdoc/>
    public void Duplicated(int slot, int into)
    {
    }

    private void SyscallContext(List<Piece> pieces)
    {
        int size = Once(4) ? Of(0, 8, 23, 65535, 65536) : 24;
        if (size > 0) pieces.Add(new Piece.U32(40, (uint)size));
        if (Once(20)) return;
        var context = new byte[Math.Max(size, 8)];
        for (int i = 0; i < 8; i++) context[i] = (byte)Below(256);
        pieces.Add(Once(30) ? new Piece.Unmapped(48) : new Piece.Pointer(48, context));
        if (Once(20)) pieces.AddRange([new Piece.U32(44, 8), new Piece.Pointer(56, new byte[8])]);
    }

    private void SkbContext(List<Piece> pieces)
    {
        if (!Once(3))
        {
            int size = Once(6) ? Of(8, 68, 100, 200, 256, 5000) : SkbBytes;
            var context = new byte[Math.Max(size, SkbBytes)];
            Put(8, 7);
            Put(32, (uint)Below(5));
            Put(36, Of(0u, 1u, 5u, 99u));
            Put(40, Once(2) ? 0 : Of<uint>(0, 1, First, Second, 99));
            Put(48, (uint)Below(100));
            Put(64, (uint)Below(3));
            Put(152, (uint)Below(1000));
            Put(160, Once(3) ? Of(1u, 100u, 3000u, 65536u, 65537u) : 0);
            Put(164, Once(3) ? Of(1u, 65535u, 65536u) : 0);
            Put(176, Once(3) ? Of(1u, 0x12345u) : 0);
            Put(184, (uint)Below(3));
            if (Once(8)) context[Below(context.Length)] = 1;
            pieces.Add(new Piece.U32(40, (uint)size));
            pieces.Add(Once(30) ? new Piece.Unmapped(48) : new Piece.Pointer(48, context));

            void Put(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(at), Once(2) ? value : 0);
        }
        ContextOut(pieces, SkbBytes);
    }

    private void XdpContext(List<Piece> pieces, int length, bool live)
    {
        if (Once(2)) return;
        int size = Once(6) ? Of(12, 24, 32, 64) : XdpBytes;
        var context = new byte[Math.Max(size, XdpBytes)];
        Put(0, Once(2) ? 0 : Of(4u, 8u, 32u, 3u, 216u, 220u, 256u, 0xfffffffc));
        // What lies behind data_end would be in other buffers, which are not simulated: the whole frame or more than there is.
        Put(4, (uint)length + (Once(20) ? 1u : 0));
        Put(8, Once(30) ? 4u : 0);
        Put(12, Once(2) ? 0 : Of<uint>(1, First, Second, 99));
        Put(16, Once(8) ? 1u : 0);
        Put(20, Once(20) ? 1u : 0);
        if (Once(20) && size > XdpBytes) context[XdpBytes + Below(size - XdpBytes)] = 1;
        pieces.Add(new Piece.U32(40, (uint)size));
        pieces.Add(Once(40) ? new Piece.Unmapped(48) : new Piece.Pointer(48, context));
        if (!live || Once(6)) ContextOut(pieces, XdpBytes);

        void Put(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(at), value);
    }

    private void ContextOut(List<Piece> pieces, int bytes)
    {
        if (Once(3)) return;
        if (!Once(30)) pieces.Add(new Piece.U32(44, (uint)(Once(6) ? Below(300) : bytes)));
        if (!Once(30)) pieces.Add(Once(30) ? new Piece.Unmapped(56) : new Piece.Pointer(56, new byte[304]));
    }

    private byte[] Packet()
    {
        var packet = new byte[Of(14, 20, 33, 34, 53, 54, 60, 100, 1500, 3400, 3408, 3409)];
        for (int i = 0; i < packet.Length; i++) packet[i] = (byte)Below(256);
        ushort[] types = [0x0800, 0x0800, 0x86dd, 0x8100, 0x0806, 0x0020, 0x1234];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), types[Below(types.Length)]);
        switch (Below(4))
        {
            case 0: packet.AsSpan(0, 6).Clear(); break;
            case 1: packet.AsSpan(0, 6).Fill(0xff); break;
            case 2: "\u0002\0\0\0\0\u0005"u8.CopyTo(packet); break;
            default: break;
        }
        return packet;
    }

    private int Below(int bound) => (int)(random.NextUInt64() % (ulong)bound);

    private bool Once(int inHowMany) => Below(inHowMany) == 0;

    private T Of<T>(params ReadOnlySpan<T> all) => all[Below(all.Length)];
}
