using CsCheck;
using Vm.Isa;

namespace Tests.Isa;

/// <summary>Random slots: hostile ones, and legal instances of a table row.</summary>
internal static class IsaGen
{
    private static readonly ulong[] s_edges =
        [0, 1, ulong.MaxValue, 1ul << 63, (1ul << 63) - 1, uint.MaxValue, 1ul << 31, (1ul << 31) - 1, 1ul << 32, 0xffff_ffff_8000_0000];

    /// <summary>Any 64 bits, with a lean towards fields that are nearly right.</summary>
    public static Gen<RawInsn> AnySlot { get; } =
        Gen.Select(Gen.Byte, Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Byte[0, 0xa]), Gen.OneOf(Gen.Short, Gen.Const((short)0), Gen.Short[-1, 33]),
            Gen.OneOf(Gen.Int, Gen.Const(0), Gen.Int[-1, 0xff]),
            (code, registers, off, imm) => new RawInsn(code, registers, off, imm));

    /// <summary>64-bit values with the interesting edges frequent.</summary>
    public static Gen<ulong> Value { get; } = Gen.OneOf(
        Gen.ULong,
        Gen.ULong[0, 70],
        Gen.OneOf([.. s_edges.Select(edge => Gen.Const(edge))]));

    /// <summary>The slots of a random legal instance of a row: two for ld_imm64.</summary>
    public static Gen<RawInsn[]> Of(OpRow row) =>
        Gen.Select(Gen.Int[0, 10], Gen.Int[0, 10], Gen.Short, Gen.Int, Gen.Int).Select((dst, src, off, imm, high) =>
        {
            var raw = new RawInsn(
                row.Code,
                row.HasDst ? dst : 0,
                row.HasSrc ? src : row.Src,
                row.HasOff ? off : row.Off,
                row.HasImm ? imm : row.Imm);
            if (!row.Accepts(raw)) raw = raw with { Off = row.HasOff ? (short)1 : raw.Off, Imm = row.HasImm ? 1 + (imm & 15) : raw.Imm };
            if (row.Form != Form.Wide) return [raw];
            return new[] { raw, new RawInsn(0, 0, 0, row.Src is 1 or 5 ? 0 : high) };
        });
}
