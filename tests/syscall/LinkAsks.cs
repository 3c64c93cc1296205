using Vm.Abi;
using Vm.Runtime;
using Vm.Specs;

namespace Tests.Syscall;

/// <summary>Random calls that attach, detach, query and link programs, and devices that come and go meanwhile.</summary>
internal sealed class LinkAsks(SeededRandom random, int slots) : IAskSource
{
    private const uint Replace = 4, Before = 8, After = 16, ByNumber = 32, ByLink = 1 << 13;
    private const int Classifiers = 6, DeviceMapProgram = Classifiers + 3;

    /// <summary>The programs, from slot <c>slots</c> on: tcx ones first, then XDP ones, then those that fit nowhere.</summary>
    public static LinkedProgram[] Programs { get; } =
    [
        .. Enumerable.Range(0, Classifiers).Select(_ => WalkPrograms.Make(ProgramType.SchedCls, "r0 = -1\nexit")),
        WalkPrograms.Make(ProgramType.Xdp, "r0 = 2\nexit"),
        WalkPrograms.Make(ProgramType.Xdp, "r0 = 2\nexit"),
        WalkPrograms.Make(ProgramType.Xdp, "r0 = 2\nexit", AttachType.Xdp),
        WalkPrograms.Make(ProgramType.Xdp, "r0 = 2\nexit", AttachType.XdpDevMap),
        WalkPrograms.Make(ProgramType.SchedAct, "r0 = 0\nexit"),
        WalkPrograms.Make(ProgramType.SocketFilter, "r0 = 0\nexit"),
    ];

    private static readonly uint[] s_positions =
        [0, 0, 0, 0, Before, Before, After, After, Before | ByNumber, After | ByNumber, Before | ByLink, After | ByLink, Before | ByLink | ByNumber, After | ByLink | ByNumber, Before | After, ByNumber, ByLink,
            ByLink | ByNumber, Replace, Replace, Replace, Replace | Before, Replace | After, Replace | ByNumber, Replace | Before | ByNumber, Replace | ByLink, Replace | Before | After, Before | After | ByNumber, 1, 64,
            Before | 0x100000, 0x80000000];

    private readonly bool[] _isProgram = new bool[slots];

    /// <inheritdoc/>
    public Happening? Event()
    {
        int pair = Below(LinkWorld.Pairs), end = Below(2), space = Below(2);
        return Below(400) switch
        {
            0 => new Happening($"pair {pair} is removed by end {end}", kernels => World(kernels).Remove(pair, end)),
            1 or 2 or 8 or 9 => new Happening($"pair {pair} is made", kernels => World(kernels).Add(pair)),
            3 => new Happening($"end {end} of pair {pair} moves", kernels => World(kernels).Move(pair, end)),
            4 => new Happening($"the process enters namespace {space}", kernels => World(kernels).Enter(space)),
            5 or 6 or 7 => new Happening("the process enters namespace 0", kernels => World(kernels).Enter(0)),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public Ask Next() => Below(20) switch
    {
        0 or 1 or 2 or 3 => Attach(BpfCommand.ProgAttach),
        4 or 5 => Attach(BpfCommand.ProgDetach),
        6 or 7 or 8 => Query(),
        9 or 10 or 11 or 12 => Create(),
        13 or 14 or 15 => Update(),
        16 => Odd(new Ask(BpfCommand.LinkDetach, 4, new Piece.Fd(0, Once(20) ? Any() : Link()))),
        17 or 18 => Info(),
        _ => Opened(),
    };

    /// <inheritdoc/>
    public void Answered(Ask ask, bool succeeded)
    {
        if (succeeded && ask.Makes >= 0) _isProgram[ask.Makes] = ask.Kind == IdKind.Prog;
    }

    /// <inheritdoc/>
    public void Duplicated(int slot, int into) => _isProgram[into] = _isProgram[slot];

    private static LinkWorld World(TwoKernels kernels) => (LinkWorld)kernels.World!;

    private Ask Attach(BpfCommand command)
    {
        uint flags = Flags();
        List<Piece> pieces = [new Piece.U32(0, Target()), new Piece.U32(8, Type()), new Piece.U32(12, flags)];
        if (command == BpfCommand.ProgAttach || !Once(3)) pieces.Add(new Piece.Fd(4, Program()));
        if ((flags & Replace) != 0 || Once(10)) pieces.Add(new Piece.Fd(16, Program()));
        Position(pieces, 20, 24, flags);
        return Odd(new Ask(command, 32, [.. pieces]));
    }

    private Ask Create()
    {
        if (Once(60)) return new Ask(BpfCommand.LinkCreate, 60, new Piece.Fd(0, Any()), new Piece.U32(8, (uint)AttachType.StructOps)) { Makes = Slot(), Kind = IdKind.Link };
        bool xdp = Once(3);
        uint flags = xdp ? Of<uint>(0, 0, 0, 2, 4, 8, 6, 1, 16, 32) : Flags();
        int program = xdp && !Once(8) ? slots + Classifiers + Below(4) : Program();
        uint target = Target();
        // Which is said first of a program of device maps on a device that runs none, changed after 6.12: EOPNOTSUPP there, EINVAL in 6.18.
        if (target == 1 && program == slots + DeviceMapProgram) flags = 0;
        List<Piece> pieces = [new Piece.Fd(0, program), new Piece.U32(4, target), new Piece.U32(8, xdp && !Once(8) ? (uint)AttachType.Xdp : Type()), new Piece.U32(12, flags)];
        if (!xdp) Position(pieces, 16, 24, flags);
        return Odd(new Ask(BpfCommand.LinkCreate, 60, [.. pieces]) { Makes = Slot(), Kind = IdKind.Link });
    }

    private Ask Update()
    {
        uint flags = Of<uint>(0, 0, 0, Replace, Replace, Before);
        int program = Once(2) ? slots + Classifiers + Below(4) : Program();
        List<Piece> pieces = [new Piece.Fd(0, Once(20) ? Any() : Link()), new Piece.Fd(4, program), new Piece.U32(8, flags)];
        if (flags == Replace || Once(12)) pieces.Add(new Piece.Fd(12, Program()));
        return Odd(new Ask(BpfCommand.LinkUpdate, 16, [.. pieces]));
    }

    private Ask Query()
    {
        const int most = 16;
        List<Piece> pieces = [new Piece.U32(0, Target()), new Piece.U32(4, Type())];
        if (Once(25)) pieces.Add(new Piece.U32(8, Of(1u, 2u)));
        if (Once(25)) pieces.Add(new Piece.U32(12, Of(1u, 4u)));
        pieces.Add(new Piece.U32(24, (uint)(Once(3) ? Below(4) : most)));
        Array(16, IdKind.Prog);
        if (!Once(4)) Array(40, IdKind.Link);
        if (Once(4)) Array(32, null);
        if (Once(4)) Array(48, null);
        return Odd(new Ask(BpfCommand.ProgQuery, 64, [.. pieces]));

        void Array(int offset, IdKind? kind)
        {
            if (Once(20)) return;
            (int, IdKind)[]? ids = kind is { } known ? [.. Enumerable.Range(0, most).Select(i => (4 * i, known))] : null;
            pieces.Add(Once(30) ? new Piece.Unmapped(offset) : new Piece.Pointer(offset, new byte[4 * most], ids));
        }
    }

    private Ask Info()
    {
        int slot = Slot(), room = Once(6) ? Of(0, 8, 12, 16, 20, 24, 72) : 64;
        if (_isProgram[slot]) return Query();
        (int, IdKind)[] ids = [.. ((int, IdKind)[])[(4, IdKind.Link), (8, IdKind.Prog)]];
        return Odd(new Ask(BpfCommand.ObjGetInfoByFd, 16, new Piece.Fd(0, slot), new Piece.U32(4, (uint)room), new Piece.Pointer(8, new byte[Math.Max(room, 8)], ids)));
    }

    private Ask Opened() => !Once(6)
        ? Odd(new Ask(BpfCommand.LinkGetFdById, 4, new Piece.Id(0, Link())) { Makes = Slot(), Kind = IdKind.Link })
        : Odd(new Ask(BpfCommand.ProgGetFdById, 4, new Piece.Id(0, Program())) { Makes = Slot(), Kind = IdKind.Prog });

    // A program's id is by chance some link's id too, and not the same one in both kernels: what is named by id is named as what it is.
    private void Position(List<Piece> pieces, int relative, int revision, uint flags)
    {
        if (Once(20)) pieces.Add(new Piece.U64(revision, (ulong)Below(8)));
        if (Once(3) || (flags == 0 && !Once(10))) return;
        bool link = (flags & ByLink) != 0;
        if ((flags & ByNumber) != 0) pieces.Add(link ? new Piece.Id(relative, Link()) : new Piece.Id(relative, slots + Below(Programs.Length)));
        else pieces.Add(new Piece.Fd(relative, Once(12) ? Any() : link ? Link() : Program()));
    }

    private uint Flags() => Once(2) ? Of(0u, 0u, Before, After) : Of<uint>(s_positions);

    private uint Target() => Once(25) ? Of<uint>(0, 1, 99, 0xffffffff) : (uint)LinkWorld.Ifindex(Once(3) ? Below(LinkWorld.Pairs) : 0, Once(6) ? 1 : 0);

    private uint Type() => Once(15)
        ? Of((uint)AttachType.Xdp, (uint)AttachType.NetkitPrimary, (uint)AttachType.NetkitPeer, 100u)
        : (uint)(Once(3) ? AttachType.TcxEgress : AttachType.TcxIngress);

    private int Program() => slots + (Once(12) ? Below(Programs.Length) : Below(Classifiers));

    /// <summary>A slot that has, or had, a link; now and then one that never had anything.</summary>
    private int Link()
    {
        int slot = Slot();
        for (int i = 0; i < 3 && _isProgram[slot]; i++) slot = Slot();
        return _isProgram[slot] || Once(40) ? slots + Programs.Length : slot;
    }

    private int Any() => Below(slots + Programs.Length + 1);

    private int Slot() => Below(slots);

    private Ask Odd(Ask ask) => Below(40) switch
    {
        0 => ask with { Size = ask.Size + Of(4, 8, 16), Pieces = [.. ask.Pieces, new Piece.U32((ask.Size + 3) / 4 * 4, 1)] },
        // Without attach type it is the first one, of control groups, which the live kernel has and the simulated one has not.
        1 => ask with { Size = Of(ask.Size - 4, ask.Size + 8, 152, 160, ask.Command is BpfCommand.ProgDetach or BpfCommand.ProgQuery ? 12 : 0) },
        _ => ask,
    };

    private int Below(int bound) => (int)(random.NextUInt64() % (ulong)bound);

    private bool Once(int inHowMany) => Below(inHowMany) == 0;

    private T Of<T>(params ReadOnlySpan<T> all) => all[Below(all.Length)];
}
