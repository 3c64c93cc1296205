using System.Runtime.InteropServices;
using System.Text;
using Vm.Abi;
using Vm.Isa;
using Vm.Runtime;

namespace Tests.Syscall;

/// <summary>Random calls of all commands: maps, programs, types, ids, info, and attach calls that lead nowhere. Every slot may hold any kind.</summary>
internal sealed class AllAsks : IAskSource
{
    private const int NoInterface = 0x7ffff;

    private static readonly ProgramType[] s_types = [ProgramType.SchedCls, ProgramType.SchedCls, ProgramType.Xdp, ProgramType.SchedAct, ProgramType.SocketFilter, ProgramType.CgroupSkb];

    private static readonly string[] s_programs = ["r0 = 0\nexit", "r0 = 2\nexit", "r0 = 1\nexit", "exit", "r0 = *(u64 *)(r10 -8)\nexit", "r0 = r1\nexit", "goto pc-1", "r0 = 0"];

    // An INT of four bytes: header, one type, the name "int".
    private static readonly byte[] s_types4 = Convert.FromHexString("9feb0100" + "18000000" + "00000000" + "10000000" + "10000000" + "05000000" + "01000000" + "00000001" + "04000000" + "20000001" + "00696e7400");

    private readonly SeededRandom _random;
    private readonly MapAsks _maps;
    private readonly int _slots;
    private readonly bool[] _isOther;

    public AllAsks(SeededRandom random, int slots)
    {
        (_random, _slots, _isOther) = (random, slots, new bool[slots]);
        _maps = new MapAsks(random, slots, slot => _isOther[slot]);
    }

    /// <inheritdoc/>
    public Ask Next() => Below(24) switch
    {
        < 12 => _maps.Next(),
        < 16 => Load(),
        16 => LoadTypes(),
        17 => Odd(new Ask(BpfCommand.ProgBindMap, 12, new Piece.Fd(0, Slot()), new Piece.Fd(4, Slot()), new Piece.U32(8, Once(6) ? 1u : 0))),
        18 => Info(),
        19 => ById(),
        20 => NextId(),
        21 => Attach(),
        22 => Links(),
        _ => Rest(),
    };

    /// <inheritdoc/>
    public void Answered(Ask ask, bool succeeded)
    {
        if (succeeded && ask.Makes >= 0) _isOther[ask.Makes] = ask.Kind != IdKind.Map || (ask.Command != BpfCommand.MapCreate && ask.Command != BpfCommand.MapGetFdById);
        _maps.Answered(ask, succeeded);
    }

    /// <inheritdoc/>
    public void Duplicated(int slot, int into)
    {
        _isOther[into] = _isOther[slot];
        _maps.Duplicated(slot, into);
    }

    private Ask Load()
    {
        string text = Below(10) < 6 ? s_programs[Below(3)] : Of<string>(s_programs);
        var slots = Assembler.Assemble(text, "walk").ToList();
        (int At, int Slot)[]? fds = null;
        if (Once(3))
        {
            // A map, or something that is none, is named in front.
            slots.InsertRange(0, [new RawInsn(0x18, 1, 1, 0, 0), new RawInsn(0, 0, 0, 0)]);
            fds = [(4, Slot())];
        }
        var type = Once(25) ? (ProgramType)Below(40) : Of<ProgramType>(s_types);
        // Types that are not simulated are refused here, as by a kernel without them.
        if (type is not (ProgramType.SchedCls or ProgramType.Xdp or ProgramType.SchedAct or ProgramType.SocketFilter or ProgramType.CgroupSkb)) type = Of((ProgramType)33, (ProgramType)(-1), ProgramType.Unspec);
        uint count = Once(12) ? Of(0u, 1u, (uint)slots.Count, 1_000_001u, uint.MaxValue) : (uint)slots.Count;
        List<Piece> pieces =
        [
            new Piece.U32(0, (uint)type), new Piece.U32(4, Math.Min(count, (uint)slots.Count) == count || count > 1_000_000 ? count : (uint)slots.Count),
            Once(40) ? new Piece.Unmapped(8) : new Piece.Pointer(8, MemoryMarshal.AsBytes<RawInsn>(slots.ToArray()).ToArray(), Fds: fds),
            Once(40) ? new Piece.Unmapped(16) : new Piece.Pointer(16, [.. Encoding.ASCII.GetBytes(Of("GPL", "Dual BSD/GPL", "Proprietary", "")), 0]),
            new Piece.Inline(48, Encoding.ASCII.GetBytes(Once(8) ? Of("", "a b", "0123456789abcdef", "a-b") : "walk")),
        ];
        if (Once(10)) pieces.Add(new Piece.U32(44, Of(1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u, 256u, 1u << 20)));
        if (Once(8)) pieces.Add(new Piece.U32(68, Of(1u, 33u, 37u, 46u, 200u)));
        if (Once(20)) pieces.Add(new Piece.Fd(72, Slot()));
        if (Once(25)) pieces.Add(new Piece.U32(108, Of(1u, 0x100000u)));
        if (Once(25)) pieces.Add(new Piece.Fd(112, Slot()));
        if (Once(25)) pieces.Add(new Piece.U32(64, 1));
        if (Once(20)) pieces.AddRange([new Piece.U32(24, Of(0u, 1u, 2u, 4u, 16u)), new Piece.U32(28, Of(0u, 64u, 1u << 30))]);
        int size = Once(20) ? Of(120, 48, 72, 8) : 144;
        return Odd(new Ask(BpfCommand.ProgLoad, size, [.. pieces]) { Makes = Slot(), Kind = IdKind.Prog, Free = [140] });
    }

    private Ask LoadTypes()
    {
        byte[] bytes = [.. s_types4];
        // The header alone: what makes a type right is asked elsewhere.
        if (Once(3)) bytes[Below(24)] ^= (byte)(1 << Below(8));
        uint size = Once(10) ? (uint)Below(bytes.Length) : (uint)bytes.Length;
        return Odd(new Ask(BpfCommand.BtfLoad, 28, Once(20) ? new Piece.Unmapped(0) : new Piece.Pointer(0, bytes), new Piece.U32(16, size)) { Makes = Slot(), Kind = IdKind.Btf });
    }

    private Ask Info()
    {
        int slot = Slot();
        // Type and id; what else is said of a program depends on the machine.
        uint room = Of(0u, 4u, 8u);
        return Odd(new Ask(BpfCommand.ObjGetInfoByFd, 16, new Piece.Fd(0, slot), new Piece.U32(4, room), new Piece.Pointer(8, new byte[8])) { ComparesBytes = false });
    }

    private Ask ById()
    {
        var (command, kind) = Of((BpfCommand.ProgGetFdById, IdKind.Prog), (BpfCommand.ProgGetFdById, IdKind.Prog), (BpfCommand.BtfGetFdById, IdKind.Btf), (BpfCommand.LinkGetFdById, IdKind.Link));
        // An id says nothing of its kind, and which numbers are taken by others is chance: only large ones are nobody's.
        return Once(2) && command == BpfCommand.ProgGetFdById
            ? Odd(new Ask(command, 4, new Piece.U32(0, Of(0u, 0x7ffffff0u))) { Makes = Slot(), Kind = kind })
            // The running kernel takes a token with BTF's.
            : new Ask(command, 4, new Piece.U32(0, Of(0u, 0x7ffffff0u, 0xffffffffu))) { Makes = Slot(), Kind = kind };
    }

    private Ask NextId() => new(Of(BpfCommand.MapGetNextId, BpfCommand.ProgGetNextId, BpfCommand.BtfGetNextId), 8, new Piece.U32(0, Of(0x7fffffffu, 0x7ffffffeu, 0x7fffff00u)));

    private Ask Attach()
    {
        var type = Of(AttachType.TcxIngress, AttachType.TcxEgress, AttachType.Xdp, (AttachType)100, AttachType.NetkitPrimary, AttachType.SkLookup);
        // A short call is about control groups (attach type 0), of which there are none here.
        return Dirty(Below(3) switch
        {
            0 => new Ask(BpfCommand.ProgAttach, 32, new Piece.U32(0, NoInterface), new Piece.Fd(4, Slot()), new Piece.U32(8, (uint)type), new Piece.U32(12, Once(3) ? 1u << Below(15) : 0), new Piece.U64(24, Once(8) ? 1u : 0)),
            1 => new Ask(BpfCommand.ProgDetach, 32, new Piece.U32(0, NoInterface), Once(3) ? new Piece.U32(4, 0) : new Piece.Fd(4, Slot()), new Piece.U32(8, (uint)Of(AttachType.TcxIngress, AttachType.TcxEgress)), new Piece.U32(12, Once(3) ? 1u << Below(15) : 0)),
            _ => new Ask(BpfCommand.ProgQuery, 64, new Piece.U32(0, NoInterface), new Piece.U32(4, (uint)Of(AttachType.TcxIngress, AttachType.Xdp, (AttachType)100)), new Piece.U32(8, Once(4) ? Of(1u, 2u) : 0)),
        });
    }

    private Ask Links() => Dirty(Below(3) switch
    {
        0 => new Ask(BpfCommand.LinkCreate, 32, new Piece.Fd(0, Slot()), new Piece.U32(4, NoInterface), new Piece.U32(8, (uint)Of(AttachType.TcxIngress, AttachType.Xdp, (AttachType)100)), new Piece.U32(12, Once(4) ? 1u << Below(15) : 0)) { Makes = Slot(), Kind = IdKind.Link },
        1 => new Ask(BpfCommand.LinkUpdate, 16, new Piece.Fd(0, Slot()), new Piece.Fd(4, Slot()), new Piece.U32(8, Of(0u, 4u, 1u)), new Piece.Fd(12, Slot())),
        _ => new Ask(BpfCommand.LinkDetach, 4, new Piece.Fd(0, Slot())),
    });

    private Ask Rest() => Odd(Below(5) switch
    {
        0 => new Ask(BpfCommand.EnableStats, 4, new Piece.U32(0, Of(0u, 1u))) { Makes = Slot(), Kind = IdKind.Link },
        1 => new Ask(BpfCommand.IterCreate, 8, new Piece.Fd(0, Slot()), new Piece.U32(4, Of(0u, 1u))) { Makes = Slot() },
        2 => new Ask(BpfCommand.TokenCreate, 8, new Piece.U32(0, Of(0u, 1u)), new Piece.Fd(4, Slot())) { Makes = Slot() },
        3 => new Ask((BpfCommand)Of(38, 1000, -1), 8),
        _ => new Ask(BpfCommand.RawTracePointOpen, 24, new Piece.Unmapped(0), new Piece.Fd(8, Slot())) { Makes = Slot() },
    });

    private int Below(int bound) => (int)(_random.NextUInt64() % (ulong)bound);

    private bool Once(int inHowMany) => Below(inHowMany) == 0;

    private T Of<T>(params ReadOnlySpan<T> all) => all[Below(all.Length)];

    private int Slot() => Below(_slots);

    private Ask Dirty(Ask ask) => Once(40) ? ask with { Size = (ask.Size + 3) / 4 * 4 + 8, Pieces = [.. ask.Pieces, new Piece.U32((ask.Size + 3) / 4 * 4, 1)] } : ask;

    private Ask Odd(Ask ask) => Below(40) switch
    {
        // The running kernel's programs have a field more.
        0 when ask.Command != BpfCommand.ProgLoad => ask with { Size = (ask.Size + 3) / 4 * 4 + Of(4, 8, 16), Pieces = [.. ask.Pieces, new Piece.U32((ask.Size + 3) / 4 * 4, 1)] },
        1 => ask with { Size = Of(Math.Max(0, ask.Size - 4), 152, 160, 0) },
        _ => ask,
    };
}
