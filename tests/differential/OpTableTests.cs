using System.Buffers.Binary;
using Vm.Abi;
using Vm.Isa;
using Vm.Maps;
using Vm.Proofs;
using Vm.Specs;

namespace Tests.Differential;

/// <summary>Walks the instruction table: a new row without support in an engine fails here by itself.</summary>
public sealed class OpTableTests
{
    private const int MemoryBytes = 64;

    /// <summary>Slots between the row under test and the function that call and func[] rows name.</summary>
    private const int EndSlots = 6;

    private static readonly ulong[] s_values = [0, 1, 7, 0x80, 0xff80, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1234_5678_9abc_def0, 1ul << 63, ulong.MaxValue];
    private static readonly int[] s_constants = [1, -1, 5, int.MinValue, 0x7fff_fff0];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, OpTable.Rows.Length)];

    [Theory, MemberData(nameof(Rows))]
    public void EveryRow_MeansTheSameInEveryEngine_OrIsRefusedByAll(int index)
    {
        var row = OpTable.Rows[index];
        var spec = new MapSpec { Name = "values", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };
        using var map = MapFactory.Create(spec, 1, new ValueLayout(8, []));
        foreach (int constant in row.HasImm ? s_constants : [0])
        {
            var program = TrustedProgram.FromSlots(ProgramFor(row, constant), maps: spec);
            if (IsOutOfReach(row.Op)) Assert.True(EngineSupport.TryRefuse(program, [map], null, out _));
            else Engines.RunEverywhere(program, Memories(), map);
        }
    }

    /// <summary>Descriptors are the loading host's business, arenas are not simulated.</summary>
    private static bool IsOutOfReach(Op op) => op is Op.CastKernel or Op.CastUser or Op.LdMapFd or Op.LdMapValue;

    private static byte[][] Memories() =>
        [.. s_values.SelectMany(_ => s_values, (a, b) =>
        {
            byte[] memory = [.. Enumerable.Range(1, MemoryBytes).Select(i => (byte)(i * 37))];
            BinaryPrimitives.WriteUInt64LittleEndian(memory, a);
            BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(8), b);
            return memory;
        })];

    private static RawInsn[] ProgramFor(OpRow row, int constant)
    {
        // R3 and R4 are the operands, R6 the memory; R0 in the end depends on everything the row may have changed.
        bool throughDst = row.Form is Form.StoreImm or Form.StoreSrc or Form.Atomic;
        bool jumps = row.Form is Form.Jump or Form.JumpImm or Form.JumpSrc;
        var raw = new RawInsn(
            row.Code,
            row.HasDst ? (throughDst ? 6 : 3) : 0,
            row.HasSrc ? (row.Form == Form.Load ? 6 : 4) : row.Src,
            row.HasOff ? (short)(jumps ? 1 : row.Form == Form.CallOff ? 0 : 8) : row.Off,
            row.HasImm ? ConstantFor(row, constant) : row.Imm);
        string start = $"""
            r6 = r1
            r3 = *(u64 *)(r6 +0)
            r4 = *(u64 *)(r6 +8)
            {(row.Form == Form.PacketInd ? "r4 &= 63" : "")}
            r0 = r3
            r1 = 11
            r2 = 12
            r5 = 15
            """;
        bool isAddress = row.Form == Form.Wide && row.Op != Op.LdImm64;
        string end = $"""
            r0 += 1
            r0 *= 31
            r0 += {(isAddress ? "r4" : "r3")}
            r0 *= 31
            r0 += r4
            exit
            r0 = r1
            r0 += r2
            r0 += r5
            exit
            """;
        RawInsn[] second = row.Form == Form.Wide ? [new RawInsn(0, 0, 0, row.Op == Op.LdImm64 ? ~constant : 0)] : [];
        return [.. Assembler.Assemble(start), raw, .. second, .. Assembler.Assemble(end)];
    }

    private static int ConstantFor(OpRow row, int constant) => row.Op switch
    {
        Op.CallHelper => 6,
        Op.CallKfunc or Op.LdMapIndex or Op.LdMapIndexValue => 0,
        Op.CallLocal => EndSlots,
        Op.LdFunc => EndSlots + 1,
        Op.JaLong => 1,
        Op.Lsh64 or Op.Rsh64 or Op.Arsh64 => constant & 63,
        Op.Lsh32 or Op.Rsh32 or Op.Arsh32 => constant & 31,
        _ => constant,
    };
}
