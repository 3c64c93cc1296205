using System.Buffers.Binary;
using Tests.Differential;
using Vm.Memory;
using Vm.Programs;
using Vm.Proofs;
using Vm.Runtime;

namespace Tests.Jit;

public sealed class ContextTests
{
    private static readonly ContextBacking.Methods s_methods = new(4, Method(Get), Method(Set), Method(SetConstant));

    private static readonly ContextLayout s_layout = new("fields", 40,
    [
        new("mark", 0, 4, Widths.Narrow4, Widths.B4, new ContextBacking.Native(8, 4)),
        new("port", 4, 4, Widths.Narrow4, Widths.B4, new ContextBacking.Native(12, 2)),
        new("data", 8, 4, Widths.B4, Widths.None, new ContextBacking.Native(16, 8)),
        new("hash", 12, 4, Widths.Narrow4, Widths.B4, s_methods),
        new("cb", 16, 8, Widths.Narrow4 | Widths.B8, Widths.Narrow4 | Widths.B8, new ContextBacking.Native(24, 8)) { Region = true },
        new("tstamp", 24, 8, Widths.B8, Widths.B8, new ContextBacking.Native(32, 8)) { RawWhenUsed = "tstamp_type", RawBacking = new ContextBacking.Native(40, 8) },
        new("tstamp_type", 32, 1, Widths.B1, Widths.None, new ContextBacking.Native(48, 1)),
    ]);

    public static TheoryData<string, string, ulong> Loads => new()
    {
        { "all four bytes", "r0 = *(u32 *)(r1 +0)", 0x8b8a8988 },
        { "a byte inside", "r0 = *(u8 *)(r1 +2)", 0x8a },
        { "the upper half", "r0 = *(u16 *)(r1 +2)", 0x8b8a },
        { "a signed byte", "r0 = *(s8 *)(r1 +1)", unchecked((ulong)(sbyte)0x89) },
        { "a real field smaller than the uapi one", "r0 = *(u32 *)(r1 +4)", 0x8d8c },
        { "its second byte", "r0 = *(u8 *)(r1 +5)", 0x8d },
        { "a byte past it", "r0 = *(u8 *)(r1 +6)", 0 },
        { "its upper half, which is all of it again", "r0 = *(u16 *)(r1 +6)", 0x8d8c },
        { "a pointer through four bytes", "r0 = *(u32 *)(r1 +8)", 0x9796959493929190 },
        { "a method", "r0 = *(u32 *)(r1 +12)", 0xcafe8988 },
        { "a narrow piece of a method", "r0 = *(u16 *)(r1 +14)", 0xcafe },
        { "a piece of a region", "r0 = *(u16 *)(r1 +18)", 0x9b9a },
        { "all of a region", "r0 = *(u64 *)(r1 +16)", 0x9f9e9d9c9b9a9998 },
        { "the usual backing", "r0 = *(u64 *)(r1 +24)", 0xa7a6a5a4a3a2a1a0 },
        { "the raw backing, once the other field is used", "r2 = *(u8 *)(r1 +32)\nr0 = *(u64 *)(r1 +24)", 0xafaeadacabaaa9a8 },
    };

    [Theory, MemberData(nameof(Loads))]
    public void Load_FollowsTheFieldTable(string what, string text, ulong expected)
    {
        foreach (string engine in Engines.All) Assert.Equal((what, engine, expected), (what, engine, Run(engine, text, out _)));
    }

    [Fact]
    public void Store_WritesTheRealField_AndNothingElse()
    {
        foreach (string engine in Engines.All)
        {
            Run(engine, "r2 = 0x1122334455667788 ll\n*(u32 *)(r1 +0) = r2\n*(u32 *)(r1 +4) = r2\n*(u16 *)(r1 +20) = r2\nr0 = 0", out byte[] after);
            byte[] expected = Fresh();
            BinaryPrimitives.WriteUInt32LittleEndian(expected.AsSpan(8), 0x55667788);
            BinaryPrimitives.WriteUInt16LittleEndian(expected.AsSpan(12), 0x7788);
            BinaryPrimitives.WriteUInt16LittleEndian(expected.AsSpan(28), 0x7788);
            Assert.Equal(expected, after);
        }
    }

    [Fact]
    public void Store_ThroughMethods_TellsConstantsFromRegisters()
    {
        foreach (string engine in Engines.All)
        {
            Run(engine, "r2 = 5\n*(u32 *)(r1 +12) = r2\nr0 = 0", out byte[] fromRegister);
            Run(engine, "*(u32 *)(r1 +12) = 5\nr0 = 0", out byte[] constant);
            Assert.Equal((5, 6), (fromRegister[0], constant[0]));
        }
    }

    private static ulong Run(string engine, string text, out byte[] after)
    {
        var kind = TrustedProgram.RawMemory with { Context = s_layout };
        var program = TrustedProgram.FromText(text + "\nexit", kind, insns =>
        {
            var facts = TrustedProgram.Plain(insns);
            for (int pc = 0; pc < insns.Length; pc++)
            {
                if (!insns[pc].IsLoad && !insns[pc].IsStore) continue;
                Assert.True(s_layout.TryField(insns[pc].Off, out int field));
                facts[pc] = facts[pc] with
                {
                    Access = AccessKind.Context,
                    ContextField = (short)field,
                    ContextByte = (short)(insns[pc].Off - s_layout.Fields[field].Offset),
                };
            }
            return facts;
        });
        using var memory = new TestMemory(Fresh());
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        ulong r0 = EngineFixture.Run(Engines.Load(engine, program), x, memory.Address);
        after = memory.Content.ToArray();
        return r0;
    }

    private static byte[] Fresh() => [.. Enumerable.Range(0x80, 56).Select(i => (byte)i)];

    private static ulong Get(ulong ctx) => 0xcafe0000 | Native.Ref<ushort>(ctx + 8);

    private static void Set(ulong ctx, ulong value) => Native.Ref<byte>(ctx) = (byte)value;

    private static void SetConstant(ulong ctx, ulong value) => Native.Ref<byte>(ctx) = (byte)(value + 1);

    private static System.Reflection.MethodInfo Method(Func<ulong, ulong> get) => get.Method;

    private static System.Reflection.MethodInfo Method(Action<ulong, ulong> set) => set.Method;
}
