using System.Runtime.InteropServices;
using System.Text;
using Vm.Abi;
using Vm.Isa;
using Vm.Runtime;

namespace Tests.Syscall;

/// <summary>Random loads of types and programs, and calls on what they made: mostly right, often wrong in one number.</summary>
internal sealed class LoadAsks(SeededRandom random, int slots) : IAskSource
{
    private const byte Wide = 0x18;

    // Types both kernels have, and two that none has.
    private static readonly ProgramType[] s_types = [ProgramType.SchedCls, ProgramType.SchedCls, ProgramType.Xdp, ProgramType.SocketFilter, ProgramType.CgroupSkb, ProgramType.SchedAct, ProgramType.Syscall, ProgramType.Unspec, (ProgramType)77];

    /// <inheritdoc/>
    public Ask Next() => Below(12) switch
    {
        0 or 1 => new Ask(BpfCommand.MapCreate, 80, Word(0, (uint)MapType.Array), Word(4, 4), Word(8, 8), Word(12, (uint)Of(1, 1, 2)), Word(16, (uint)Of(0, 128))) { Makes = Slot(), Kind = IdKind.Map },
        2 => Types(),
        3 => new Ask(BpfCommand.ProgBindMap, Of(12, 12, 8, 16), [Fd(0), Fd(4), Word(8, (uint)Of(0, 0, 0, 1)), .. Once(10) ? (Piece[])[Word(12, 1)] : []]),
        4 => new Ask(BpfCommand.MapFreeze, 4, Fd(0)),
        5 => new Ask(BpfCommand.ObjGetInfoByFd, 16, Fd(0), Word(4, 8), new Piece.Pointer(8, new byte[8])) { ComparesBytes = false },
        _ => Program(),
    };

    /// <inheritdoc/>
    public void Answered(Ask ask, bool succeeded)
    {
    }

    /// <inheritdoc/>
    public void Duplicated(int slot, int into)
    {
    }

    private Ask Types()
    {
        byte[] types = LoadBench.Types;
        // The header, and what is behind the first type: an integer of an odd size is refused here.
        if (Once(4)) types[Of(Below(24), 40 + Below(types.Length - 40))] ^= 1;
        if (Once(8)) types = types[..Below(types.Length)];
        return new Ask(BpfCommand.BtfLoad, Of(40, 40, 40, 28, 44), Memory(0, types), Word(16, (uint)types.Length), Word(24, (uint)Of(0, 0, 0, 1, 99)), Word(32, (uint)Of(0, 0, 0, 0, 1))) { Makes = Slot(), Kind = IdKind.Btf, Free = [28] };
    }

    private Ask Program()
    {
        var insns = Code(out var maps);
        var type = Of(s_types);
        var pieces = new List<Piece>
        {
            Word(0, (uint)type),
            Word(4, (uint)Of(insns.Length, insns.Length, insns.Length, insns.Length, insns.Length - 1, 0)),
            Once(30) ? new Piece.Unmapped(8) : new Piece.Pointer(8, MemoryMarshal.AsBytes<RawInsn>(insns).ToArray(), Fds: [.. maps]),
            Once(30) ? new Piece.Unmapped(16) : new Piece.Pointer(16, Encoding.ASCII.GetBytes(Of("GPL\0", "none\0"))),
            Word(24, (uint)Of(0, 0, 0, 1, 2, 4, 16)),
            Word(44, type == ProgramType.Syscall && !Once(4) ? 16u : Once(6) ? 1u << Below(12) : 0),
            new Piece.Inline(48, Encoding.ASCII.GetBytes(Of("", "name", "na.me_1", "na-me", "a_name_of_16_chr"))),
            Word(68, (uint)Of(0, 0, 0, 1, 46, 300)),
        };
        if (Once(12)) pieces.Add(Word(64, (uint)Of(1, 0x7fff_0000)));
        if (Once(20)) pieces.Add(Word(108, (uint)Of(1, 0x200000)));
        if (Once(15)) pieces.Add(Fd(112));
        if (Once(2)) pieces.Add(Fd(120 - 48));
        if (Once(3)) Records(pieces, 76, 80, 88, 8, [0, Of(3u, 3u, 4u, 2u, 99u), (uint)Of(1, 2, 3), Of(4u, 3u, 1u)]);
        if (Once(3)) Records(pieces, 92, 96, 104, 16, [0, 1, 1, (uint)Of(0, 1024), (uint)Of(0, 1, 2, 50), (uint)Of(1, 1, 5000), 1, 0]);
        if (Once(8)) pieces.Add(new Piece.Pointer(120, new byte[8], Fds: [(0, Slot()), (4, Slot())]));
        return new Ask(BpfCommand.ProgLoad, Of(148, 148, 148, 144, 128, 116), [.. pieces]) { Makes = Slot(), Kind = IdKind.Prog, ComparesBytes = false };
    }

    private void Records(List<Piece> pieces, int size, int at, int count, int bytes, uint[] words)
    {
        int given = Of(bytes, bytes, bytes, bytes, bytes - 4, bytes + 2);
        int records = Of(1, words.Length * 4 / bytes);
        pieces.AddRange([Word(size, (uint)given), Once(20) ? new Piece.Unmapped(at) : Memory(at, LoadRows.Words(words)), Word(count, (uint)records)]);
    }

    private RawInsn[] Code(out List<(int At, int Slot)> maps)
    {
        var code = new List<RawInsn>();
        maps = [];
        for (int i = Below(4); i > 0; i--)
        {
            switch (Below(9))
            {
                case 0 or 1:
                    maps.Add((code.Count * 8 + 4, Slot()));
                    code.AddRange([new RawInsn(Wide, 1, Of(1, 2), 0, 0), new RawInsn(0, 0, 0, 0, Of(0, 0, 4, 8))]);
                    break;
                case 2: code.AddRange([new RawInsn(Wide, 1, Of(5, 6), 0, Of(0, 1)), default]); break;
                case 3: code.Add(new RawInsn(0x05, 0, 0, (short)Of(0, 1, 2, -1, 90), 0)); break;
                case 4: code.Add(new RawInsn(0x85, 0, Of(0, 1, 2), 0, Of(5, 7, 9999, 0, 1))); break;
                case 5: code.Add(new RawInsn((byte)Below(256), 0, 0, 0, 0)); break;
                case 6: code.AddRange([new RawInsn(0x85, 0, 1, 0, 1), new RawInsn(0x95, 0, 0, 0, 0)]); break;
                default: code.Add(new RawInsn(0xb7, Below(4), 0, 0, Below(3))); break;
            }
        }
        return [.. code, .. LoadBench.Plain];
    }

    private int Below(int bound) => (int)(random.NextUInt64() % (ulong)bound);

    private bool Once(int inHowMany) => Below(inHowMany) == 0;

    private T Of<T>(params T[] all) => all[Below(all.Length)];

    private int Slot() => Below(slots);

    private Piece.Fd Fd(int offset) => new(offset, Slot());

    private static Piece.U32 Word(int offset, uint value) => new(offset, value);

    private static Piece.Pointer Memory(int offset, byte[] bytes) => new(offset, bytes);
}
