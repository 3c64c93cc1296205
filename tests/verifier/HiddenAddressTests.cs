using Netdev.Programs;
using Vm.Abi;
using Vm.Isa;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier;

namespace Tests.Verifier;

/// <summary>Programs that would show an address are fine for the privileged and refused where addresses are to stay hidden.</summary>
public sealed class HiddenAddressTests
{
    private static readonly MapSpec s_map = new() { Name = "values", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1 };

    [Theory]
    [InlineData("R0 leaks addr as return value", "r0 = r10", "exit")]
    [InlineData("R10 leaks addr into map", "r1 = map_idx[0][0]+0", "*(u64 *)(r1 +0) = r10", "r0 = 0", "exit")]
    [InlineData("R10 leaks addr into ctx", "*(u32 *)(r1 +8) = r10", "r0 = 0", "exit")]
    [InlineData("R10 leaks addr into mem", "r2 = map_idx[0][0]+0", "lock *(u64 *)(r2 +0) += r10", "r0 = 0", "exit")]
    [InlineData("R10 partial copy of pointer", "w0 = w10", "exit")]
    [InlineData("R1 pointer arithmetic prohibited", "r1 = -r1", "r0 = 0", "exit")]
    [InlineData("R10 pointer comparison prohibited", "r0 = 0", "if r10 s> 0 goto +0", "exit")]
    [InlineData("R10 pointer comparison prohibited", "r0 = 0", "if r1 > r10 goto +0", "exit")]
    [InlineData("R2 pointer -= pointer prohibited", "r2 = r10", "r2 -= r10", "r0 = 0", "exit")]
    [InlineData("R2 leaks addr into helper function", "r2 = r10", "call 48", "r0 = 0", "exit")]
    [InlineData("leaking pointer from stack off", "*(u64 *)(r10 -8) = r1", "r6 = r1", "r1 = r10", "r1 += -8", "r2 = 8", "r3 = 0", "r4 = 0", "r5 = 0", "call 28", "r0 = 0", "exit")]
    [InlineData("attempt to corrupt spilled pointer on stack", "*(u64 *)(r10 -8) = r1", "*(u8 *)(r10 -8) = 1", "r0 = *(u64 *)(r10 -8)", "exit")]
    [InlineData("leaking pointer from stack off", "*(u64 *)(r10 -8) = r1", "r0 = 1", "lock *(u64 *)(r10 -8) += r0", "r0 = 0", "exit")]
    public void AnAddressThatWouldShow_IsRefused_OnlyWhereAddressesAreHidden(string complaint, params string[] lines)
    {
        Assert.IsType<VerifierResult.Accepted>(Verify(lines, hides: false));
        Assert.Contains(complaint, Assert.IsType<VerifierResult.Rejected>(Verify(lines, hides: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PacketBounds_NullTests_AndSpills_AreNoLeaks()
    {
        string[] lines =
        [
            "r6 = r1", "r2 = *(u32 *)(r1 +76)", "r3 = *(u32 *)(r1 +80)", "r4 = r2", "r4 += 4", "*(u64 *)(r10 -16) = r2", "if r4 > r3 goto out",
            "r2 = *(u64 *)(r10 -16)", "r0 = *(u32 *)(r2 +0)", "*(u32 *)(r10 -4) = 0", "r1 = map_idx[0]", "r2 = r10", "r2 += -4", "call 1",
            "if r0 == 0 goto out", "r0 = *(u64 *)(r0 +0)", "exit", "out:", "r0 = 0", "exit",
        ];
        Assert.IsType<VerifierResult.Accepted>(Verify(lines, hides: true));
    }

    [Fact]
    public void APathThatSpillsAPointer_IsNotTakenForOneThatSpilledANumber()
    {
        string[] lines =
        [
            "r6 = r1", "r2 = *(u32 *)(r1 +0)", "*(u32 *)(r10 -8) = 1", "*(u32 *)(r10 -4) = r2", "if r2 == 0 goto number", "*(u64 *)(r10 -8) = r6", "number:",
            "r0 = *(u32 *)(r10 -8)", "r0 = *(u64 *)(r10 -8)", "exit",
        ];
        Assert.IsType<VerifierResult.Rejected>(Verify(lines, hides: true));
    }

    private static VerifierResult Verify(string[] lines, bool hides)
    {
        var insns = Assembler.Assemble(string.Join('\n', lines), "address");
        var program = new LinkedProgram
        {
            Spec = new ProgramSpec { Name = "address", Section = "tc", Type = ProgramType.SchedCls, Insns = insns, Functions = [] },
            ObjectName = "address",
            License = "GPL",
            Type = ProgramType.SchedCls,
            Insns = insns,
            Maps = [s_map],
        };
        return ProgramVerifier.Verify(program, NetProgramKinds.For(ProgramType.SchedCls), new VerifierOptions { HidesAddresses = hides });
    }
}
