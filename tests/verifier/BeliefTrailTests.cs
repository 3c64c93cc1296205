using Netdev.Programs;
using Vm.Abi;
using Vm.Isa;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier;
using Vm.Verifier.Instruments;
using Vm.Verifier.States;

namespace Tests.Verifier;

/// <summary>Made-up runs beside what the verifier believed: those it allows for pass, every other one is noticed where it leaves the proof.</summary>
public sealed class BeliefTrailTests
{
    private const ulong Context = 0x1000, Value = 0x2000, Stack = 0x9000;

    private static readonly string[] s_masked = ["r0 = *(u32 *)(r1 +0)", "r0 &= 7", "r0 += 1", "exit"];

    // Both paths meet at 5; the second one to come is cut off there when R3 does not matter.
    private static readonly string[] s_join = ["r2 = *(u32 *)(r1 +0)", "r9 = map_idx[0][0]+0", "r3 = 1", "if r2 == 0 goto join", "r3 = 2", "join:", "r4 = r2"];

    private readonly Beliefs _beliefs = new();
    private readonly ulong[] _r = new ulong[11];

    public BeliefTrailTests() => (_r[1], _r[10]) = (Context, Stack);

    [Fact]
    public void ARunWithinBounds_IsFollowedToItsEnd()
    {
        var trail = Follow(s_masked, [(0, 0, 0), (1, 0, 0xffff), (2, 0, 7), (3, 0, 8)]);
        Assert.Null(trail.Complaint);
        Assert.False(trail.IsLost);
    }

    [Fact]
    public void AValueOutOfBounds_IsNamedWithItsRegisterAndTheBelief()
    {
        var trail = Follow(s_masked, [(0, 0, 0), (1, 0, 0xffff), (2, 0, 8)]);
        Assert.Equal("before insn 2 ((07) r0 += 1) R0 is 0x8, and the verifier says scalar(smin=smin32=0,smax=umax=smax32=umax32=7,var_off=(0x0; 0x7))", trail.Complaint);
    }

    [Theory]
    [InlineData(0x1_0000_0000ul)]
    [InlineData(ulong.MaxValue)]
    public void AValueTooWideForItsLoad_IsNoticed(ulong value) =>
        Assert.Contains("R0", Follow(s_masked, [(0, 0, 0), (1, 0, value)]).Complaint, StringComparison.Ordinal);

    [Fact]
    public void AJumpTheVerifierTookForImpossible_IsNoticed()
    {
        string[] lines = ["r0 = 0", "if r0 == 1 goto other", "exit", "other:", "r0 = 5", "exit"];
        Assert.Null(Follow(lines, [(0, 0, 0), (1, 0, 0), (2, 0, 0)]).Complaint);
        Assert.Equal("no path of the verifier leads to insn 3 from insn 1 ((15) if r0 == 0x1 goto pc+1)", Follow(lines, [(0, 0, 0), (1, 0, 0), (3, 0, 0)]).Complaint);
    }

    [Fact]
    public void ANumberThatDoesNotMatter_MayDifferBehindACheckpoint_AndSoMayWhatIsMadeOfIt()
    {
        string[] lines = [.. s_join, "r0 = r3", "r0 += r4", "exit"];
        Assert.Null(Follow(lines, [(0, 2, 0), (1, 2, 0), (3, 9, Value), (4, 3, 1), (6, 3, 1), (7, 4, 0), (8, 0, 1), (9, 0, 1)]).Complaint);
    }

    [Fact]
    public void ANumberThatMatters_MustBeOneThatWasWalked()
    {
        string[] lines = [.. s_join, "r9 += r3", "r0 = *(u8 *)(r9 +0)", "exit"];
        (int, int, ulong)[] upTo = [(0, 2, 0), (1, 2, 0), (3, 9, Value), (4, 3, 1), (6, 3, 1), (7, 4, 0)];
        Assert.Null(Follow(lines, [.. upTo, (8, 9, Value + 1)]).Complaint);
        Assert.StartsWith("before insn 6 ((bf) r4 = r2) R3 is 0x2", Follow(lines, [.. upTo[..4], (6, 3, 2)]).Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void EqualNumbers_StayEqual()
    {
        string[] lines = ["r2 = *(u32 *)(r1 +0)", "r3 = r2", "r3 += 4", "r0 = 0", "exit"];
        (int, int, ulong)[] upTo = [(0, 2, 0), (1, 2, 10), (2, 3, 10)];
        Assert.Null(Follow(lines, [.. upTo, (3, 3, 14)]).Complaint);
        Assert.Contains("R3 is 0xd", Follow(lines, [.. upTo, (3, 3, 13)]).Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void PointersAreHeldAgainstTheFrame_AndNullAgainstTheirKind()
    {
        string[] lines = ["r2 = r10", "r2 += -8", "r9 = map_idx[0][0]+0", "r0 = 0", "exit"];
        Assert.Null(Follow(lines, [(0, 2, 0), (1, 2, Stack), (2, 2, Stack - 8), (4, 9, Value)]).Complaint);
        Assert.Contains($"R2 is 0x{Stack - 7:x} (R10 is 0x{Stack:x}), and the verifier says fp-8", Follow(lines, [(0, 2, 0), (1, 2, Stack), (2, 2, Stack - 7)]).Complaint, StringComparison.Ordinal);
        Assert.Contains("R9 is 0x0", Follow(lines, [(0, 2, 0), (1, 2, Stack), (2, 2, Stack - 8), (4, 9, 0)]).Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void BytesProvenReadable_EndBeforeThePacketDoes()
    {
        string[] lines = ["r2 = *(u32 *)(r1 +76)", "r3 = *(u32 *)(r1 +80)", "r4 = r2", "r4 += 14", "r0 = 0", "if r4 > r3 goto out", "r0 = *(u8 *)(r2 +13)", "out:", "exit"];
        (int, int, ulong)[] upTo = [(0, 2, 0), (1, 2, 0x5000), (2, 3, 0x500d), (3, 4, 0x5000), (4, 4, 0x500e), (5, 0, 0)];
        Assert.Null(Follow(lines, [.. upTo, (7, 0, 0)]).Complaint);
        Assert.Contains("before insn 6 ((71) r0 = *(u8 *)(r2 +13)) R2 is 0x5000, and the verifier says pkt(", Follow(lines, [.. upTo, (6, 0, 0)]).Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void ProgramsThatTakeTooLong_AreNotFollowed()
    {
        var few = new Beliefs(most: 2);
        Assert.IsType<VerifierResult.Accepted>(Verify(s_masked, few));
        Assert.False(few.IsComplete);
        var trail = new BeliefTrail(few);
        trail.Begin();
        trail.Step(0, _r);
        Assert.True(trail.IsLost);
        Assert.Null(trail.Complaint);
    }

    [Fact]
    public void MarksOfACheckpoint_TellWhatIsDeadAndWhatIsFree()
    {
        var frame = new FrameState();
        frame.Reset(-1, 0, 0);
        frame.Grow(16);
        for (int i = 1; i <= 3; i++) frame.Regs[i].SetConst(1);
        (frame.Regs[2].Live, frame.Regs[3].Live, frame.Regs[3].Precise) = (Live.Read, Live.Read, true);
        var checkpoint = new VerifierState();
        checkpoint.Frames[0] = frame;
        frame.Slots[0].Spilled.Live = Live.Read;
        var path = new BeliefPath();
        path.Begin(0, Stack);
        path.Compare(checkpoint);
        Assert.Equal((1u << 1, 1u << 1 | 1u << 2), (path.Dead & 0xe, path.Excused & 0xe));
        Assert.False(path.IsDead(Stack - 8, 8));
        Assert.True(path.IsDead(Stack - 9, 1));
        path.EndCall();
        Assert.Equal(0u, path.Excused & 0x3f);
    }

    /// <summary>Steps, each with the register the instruction before it has set.</summary>
    private BeliefTrail Follow(string[] lines, (int Pc, int Register, ulong Value)[] steps)
    {
        Assert.IsType<VerifierResult.Accepted>(Verify(lines, _beliefs));
        var trail = new BeliefTrail(_beliefs);
        trail.Begin();
        foreach (var (pc, register, value) in steps)
        {
            _r[register] = value;
            trail.Step(pc, _r);
        }
        return trail;
    }

    private static VerifierResult Verify(string[] lines, Beliefs beliefs)
    {
        var insns = Assembler.Assemble(string.Join('\n', lines), "beliefs");
        var program = new LinkedProgram
        {
            Spec = new ProgramSpec { Name = "beliefs", Section = "tc", Type = ProgramType.SchedCls, Insns = insns, Functions = [] },
            ObjectName = "beliefs",
            License = "GPL",
            Type = ProgramType.SchedCls,
            Insns = insns,
            Maps = [new MapSpec { Name = "values", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1 }],
        };
        return ProgramVerifier.Verify(program, NetProgramKinds.For(ProgramType.SchedCls), new VerifierOptions { StateAtEveryPoint = true }, beliefs);
    }
}
