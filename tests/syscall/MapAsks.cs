using System.Buffers.Binary;
using System.Text;
using Sim.Live;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.Syscall;

/// <summary>Random calls on maps: mostly right, often wrong in one number.</summary>
/// <param name="random">What is drawn from.</param>
/// <param name="slots">Descriptors that have a name.</param>
/// <param name="isOther">Slots that hold something other than a map: of these only errors are compared.</param>
internal sealed class MapAsks(SeededRandom random, int slots, Func<int, bool>? isOther = null) : IAskSource
{
    private readonly record struct Shape(MapType Type, int Key, int Value, uint Max)
    {
        // Chains of hashes are as long as chance has it, and walked in an order nobody promises.
        public bool IsHash => Type is MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.HashOfMaps;
    }

    private static readonly MapType[] s_types =
        [MapType.Hash, MapType.Hash, MapType.Array, MapType.Array, MapType.PerCpuHash, MapType.PerCpuArray, MapType.LruHash, MapType.LpmTrie, MapType.Queue, MapType.Stack, MapType.ProgArray,
            MapType.ArrayOfMaps, MapType.HashOfMaps, MapType.RingBuf, MapType.PerfEventArray];

    private static readonly uint[] s_odd = [0, 1, 2, 3, 5, 7, 16, 4095, 4096, 8192, 65536, 0x7fffffff, 0x80000000, 0xffffffff];

    private readonly Shape?[] _shapes = new Shape?[slots];

    /// <inheritdoc/>
    public Ask Next() => Below(20) switch
    {
        0 or 1 or 2 => Create(),
        3 or 4 or 5 or 6 or 7 => Element(BpfCommand.MapUpdate, 32),
        8 or 9 or 10 => Element(BpfCommand.MapLookup, 32),
        11 or 12 => Element(BpfCommand.MapDelete, 16),
        13 => NextKey(),
        14 => Element(BpfCommand.MapLookupAndDelete, 32),
        15 => Odd(new Ask(BpfCommand.MapFreeze, 4, new Piece.Fd(0, Slot()))),
        16 or 17 => Batch(),
        18 => Info(),
        _ => ById(),
    };

    /// <inheritdoc/>
    public void Answered(Ask ask, bool succeeded)
    {
        if (!succeeded || ask.Makes < 0) return;
        if (ask.Command != BpfCommand.MapCreate)
        {
            if (ask.Pieces[0] is Piece.Id { Slot: var from }) _shapes[ask.Makes] = _shapes[from];
            return;
        }
        uint Word(int at) => ask.Pieces.OfType<Piece.U32>().Last(piece => piece.Offset == at).Value;
        _shapes[ask.Makes] = new Shape((MapType)Word(0), (int)Word(4), (int)Word(8), Word(12));
    }

    /// <inheritdoc/>
    public void Duplicated(int slot, int into) => _shapes[into] = _shapes[slot];

    private int Below(int bound) => (int)(random.NextUInt64() % (ulong)bound);

    private bool Once(int inHowMany) => Below(inHowMany) == 0;

    private T Of<T>(params ReadOnlySpan<T> all) => all[Below(all.Length)];

    private uint Mostly(params ReadOnlySpan<uint> usual) => Once(16) ? Of<uint>(s_odd) : Of(usual);

    private int Slot() => Below(slots);

    private Ask Create()
    {
        var type = Once(30) ? Of(MapType.Unspec, (MapType)34, (MapType)(-1)) : Of<MapType>(s_types);
        uint key = type switch
        {
            MapType.Queue or MapType.Stack or MapType.RingBuf => Mostly(0),
            MapType.LpmTrie => Mostly(8, 8, 5, 12),
            MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.HashOfMaps => Mostly(4, 4, 1, 8, 13),
            _ => Mostly(4),
        };
        uint value = type switch
        {
            MapType.RingBuf => Mostly(0),
            MapType.ProgArray or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.PerfEventArray => Mostly(4),
            _ => Mostly(4, 8, 3, 17),
        };
        uint max = type switch
        {
            MapType.RingBuf => Mostly(4096, 8192),
            MapType.LruHash => Mostly(1024),
            _ => Mostly(1, 2, 4, 6),
        };
        // Sizes that would only be a question of memory are left out: machines differ.
        if (max > 65536 && (max < uint.MaxValue || type is not (MapType.Hash or MapType.LruHash or MapType.RingBuf))) max = 2;
        if (value is > 4096 and < 0x80000000) value = 4096;
        if (max > 8192) (key, value) = (Math.Min(key, 13), Math.Min(value, 17));
        if (key is > 4096 and < 0x80000000) key = 4096;
        var usual = type == MapType.LpmTrie ? MapFlags.NoPrealloc : MapFlags.None;
        var flags = Below(13) switch
        {
            0 => usual | MapFlags.RdOnly,
            1 => usual | MapFlags.WrOnly,
            2 => usual | (MapFlags)(1u << Below(19)),
            3 => Once(2) ? usual | MapFlags.RdOnlyProg : (MapFlags)(random.NextUInt64() & 0x7ffff),
            _ => usual,
        };
        string name = Once(6) ? Of("", "a b", "0123456789abcdef", "123456789012345", "x\u0001", "z.z") : "map_1";
        List<Piece> pieces = [new Piece.U32(0, (uint)type), new Piece.U32(4, key), new Piece.U32(8, value), new Piece.U32(12, max), new Piece.U32(16, (uint)flags), new Piece.Fd(20, Slot()),
            new Piece.Inline(28, Encoding.Latin1.GetBytes(name))];
        // As an interface number only 1, loopback, means the same everywhere.
        int odd = 24 + 4 * Below(14);
        if (Once(20)) pieces.Add(new Piece.U32(odd, odd == 44 ? 1u : Of(1u, 2u, 0xffffffffu)));
        int size = Once(12) ? Of(44, 28, 152, 20, 120, 72) : 80;
        return new Ask(BpfCommand.MapCreate, size, [.. pieces]) { Makes = Slot(), Kind = IdKind.Map };
    }

    private Ask Element(BpfCommand command, int size)
    {
        int slot = Slot();
        var shape = _shapes[slot] ?? new Shape(MapType.Hash, 4, 4, 4);
        var value = command == BpfCommand.MapUpdate ? Value(shape, 16) : new Piece.Pointer(16, new byte[Math.Max(Stride(shape), 8)], HoldsObjects(shape) ? [(0, KindIn(shape))] : null);
        List<Piece> pieces = [new Piece.Fd(0, slot)];
        if (shape.Key > 0 || Once(20)) pieces.Add(Once(25) ? new Piece.Unmapped(8) : new Piece.Pointer(8, Key(shape)));
        if (command != BpfCommand.MapDelete) pieces.Add(Once(25) ? new Piece.Unmapped(16) : value);
        if (command != BpfCommand.MapDelete && Once(4)) pieces.Add(new Piece.U64(24, command == BpfCommand.MapUpdate ? Of(1ul, 1ul, 2ul, 2ul, 3ul, 4ul, 5ul, 8ul, 1ul << 32) : Of(4ul, 1ul, 1ul << 40)));
        return Odd(new Ask(command, size, [.. pieces]));
    }

    private Ask NextKey()
    {
        int slot = Slot();
        var shape = _shapes[slot] ?? new Shape(MapType.Hash, 4, 4, 4);
        List<Piece> pieces = [new Piece.Fd(0, slot), new Piece.Pointer(16, new byte[Math.Max(shape.Key, 8)])];
        // In a hash only the first key can be asked for: which comes next is chance.
        bool ordered = !shape.IsHash;
        if (ordered && !Once(3)) pieces.Add(Once(20) ? new Piece.Unmapped(8) : new Piece.Pointer(8, Key(shape)));
        return Odd(new Ask(BpfCommand.MapGetNextKey, 24, [.. pieces]) { ComparesBytes = ordered });
    }

    private Ask Batch()
    {
        int slot = Slot();
        var shape = _shapes[slot] ?? new Shape(MapType.Array, 4, 4, 4);
        var command = Of(BpfCommand.MapLookupBatch, BpfCommand.MapUpdateBatch, BpfCommand.MapDeleteBatch, BpfCommand.MapLookupAndDeleteBatch);
        bool reads = command is BpfCommand.MapLookupBatch or BpfCommand.MapLookupAndDeleteBatch;
        // Room for a whole hash at once, so that no chain is cut.
        int count = shape.IsHash && reads ? 16 : Of(0, 1, 2, 3, 4, 8), stride = Stride(shape);
        var keys = new byte[Math.Max(16 * Math.Max(shape.Key, 1), 8)];
        for (int i = 0; i < count; i++) Key(shape).AsSpan(0, shape.Key).CopyTo(keys.AsSpan(i * shape.Key));
        var values = new byte[16 * Math.Max(stride, 8)];
        if (!reads) for (int i = 0; i < values.Length; i++) values[i] = (byte)Below(4);
        List<Piece> pieces = [new Piece.U32(32, (uint)count), new Piece.Fd(36, slot)];
        if (!Once(20)) pieces.Add(new Piece.Pointer(8, new byte[16]));
        if (!shape.IsHash && reads && Once(3)) pieces.Add(new Piece.Pointer(0, Key(shape)));
        // A hash whose elements cannot be written anywhere has lost some of them, and chance says which.
        bool mapped = shape.IsHash && reads;
        pieces.Add(!mapped && Once(30) ? new Piece.Unmapped(16) : new Piece.Pointer(16, keys));
        bool ids = shape.Type is MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.ProgArray;
        pieces.Add(!mapped && Once(30) ? new Piece.Unmapped(24) : new Piece.Pointer(24, values, ids && reads ? [.. Enumerable.Range(0, 16).Select(i => (4 * i, KindIn(shape)))] : null, ids && !reads ? [.. Enumerable.Range(0, 8).Select(i => (4 * i, Slot()))] : null));
        if (Once(8)) pieces.Add(new Piece.U64(40, Of(1ul, 4ul, 2ul)));
        if (Once(12)) pieces.Add(new Piece.U64(48, Of(1ul, 4ul)));
        return Odd(new Ask(command, 56, [.. pieces]) { ComparesBytes = !shape.IsHash });
    }

    private Ask Info()
    {
        int room = Once(5) ? Of(0, 4, 16, 64, 87, 80) : 88, slot = Slot();
        if (isOther?.Invoke(slot) == true) room = 0;
        return Odd(new Ask(BpfCommand.ObjGetInfoByFd, 16, new Piece.Fd(0, slot), new Piece.U32(4, (uint)room), new Piece.Pointer(8, new byte[Math.Max(room, 8)], room >= 8 ? [(4, IdKind.Map)] : null)));
    }

    private Ask ById()
    {
        int slot = Slot();
        // The live kernel can lose a reference of a prog array that is opened again while it is being cleared (prog_array_map_clear), and keeps it for ever.
        return _shapes[slot] is { Type: MapType.ProgArray } || isOther?.Invoke(slot) == true ? Info() : ById(slot);
    }

    private Ask ById(int slot) => Odd(new Ask(BpfCommand.MapGetFdById, 12, new Piece.Id(0, slot), new Piece.U32(8, Once(4) ? Of(8u, 16u, 24u, 1u, 32u) : 0)) { Makes = Slot(), Kind = IdKind.Map });

    /// <summary>The same with dirt behind the last field, another size, or a descriptor that is not open, now and then.</summary>
    private Ask Odd(Ask ask) => Below(40) switch
    {
        0 => ask with { Size = ask.Size + Of(4, 8, 16), Pieces = [.. ask.Pieces, new Piece.U32((ask.Size + 3) / 4 * 4, 1)] },
        1 => ask with { Size = Of(ask.Size - 4, ask.Size + 8, 152, 160, 0) },
        _ => ask,
    };

    private byte[] Key(Shape shape)
    {
        var key = new byte[Math.Max(shape.Key, 4)];
        if (shape.Type == MapType.LpmTrie && shape.Key >= 5)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(key, (uint)Below(8 * (shape.Key - 4) + 2));
            key[4] = (byte)(Below(4) << 6);
            return key;
        }
        key[0] = (byte)Below(shape.IsHash ? 8 : (int)Math.Min(shape.Max, 8) + 2);
        if (Once(40)) key[3] = 0x80;
        return key;
    }

    private Piece.Pointer Value(Shape shape, int offset)
    {
        var value = new byte[Math.Max(Stride(shape), 8)];
        for (int i = 0; i < value.Length; i++) value[i] = (byte)Below(4);
        return HoldsObjects(shape) ? new Piece.Pointer(offset, value, Fds: [(0, Slot())]) : new Piece.Pointer(offset, value);
    }

    private static IdKind KindIn(Shape shape) => shape.Type == MapType.ProgArray ? IdKind.Prog : IdKind.Map;

    private static bool HoldsObjects(Shape shape) => shape.Type is MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.ProgArray or MapType.PerfEventArray;

    private static int Stride(Shape shape) => shape.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash
        ? (shape.Value + 7) / 8 * 8 * KernelTarget.PossibleCpus
        : shape.Value;
}
