using Tests.Differential;
using Vm.Isa;
using Vm.Jit;

namespace Tests.Jit;

/// <summary>What RyuJIT may not do with atomics; <see cref="OutOfLine"/> says what it does when it inlines them.</summary>
public sealed class AtomicOrderTests
{
    private static readonly string[] s_loads = ["u8", "u16", "u32", "u64", "s8", "s16", "s32"];
    private static readonly string[] s_meetings = ["r0 += r3", "r0 -= r3", "r0 ^= r3", "w0 += w3", "w0 -= w3", "*(u32 *)(r6 +24) = r0\n*(u32 *)(r6 +28) = r3"];
    private static readonly byte[] s_memory = [.. Enumerable.Range(1, 32).Select(i => (byte)(i * 37))];

    public static TheoryData<Op> Atomics => [.. OpTable.Rows.Where(row => row.Form == Form.Atomic).Select(row => row.Op)];

    public static TheoryData<Op> Fetching => [.. OpTable.Rows.Where(row => row.Form == Form.Atomic && (row.Imm & 1) != 0).Select(row => row.Op)];

    [Theory, MemberData(nameof(Atomics))]
    public void ALoadBehindAnAtomic_SeesWhatItWrote(Op op)
    {
        // R3 goes in, and the old value comes out there; cmpxchg, which finds what it compares with, has it in R0.
        string atomic = OpTable.Rows.Single(row => row.Op == op).Text.Replace("{dst} {off}", "r6 +0").Replace("{src}", "r3");
        if (op is Op.AtomicCmpXchg32 or Op.AtomicCmpXchg64) atomic += "\nr3 = r0";
        foreach (string load in s_loads)
        {
            foreach (string meeting in s_meetings)
            {
                string text = $"r6 = r1\nr0 = *(u64 *)(r6 +0)\nr3 = *(u64 *)(r6 +8)\n{atomic}\nr0 = *({load} *)(r6 +0)\n{meeting}\nexit\n";
                Engines.RunIn(["interpreter", "jit"], TrustedProgram.FromText(text), [s_memory]);
            }
        }
    }

    [Theory, MemberData(nameof(Fetching))]
    public void AnAtomicThatFetches_IsCalled(Op op) =>
        Assert.True(OutOfLine.TryMethod(op, out var method) && method.DeclaringType == typeof(OutOfLine), $"{op} is inlined.");
}
