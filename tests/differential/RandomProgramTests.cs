using System.Globalization;
using CsCheck;

namespace Tests.Differential;

/// <summary>
/// Random programs mean the same in every engine. <c>BPF_DIFFERENTIAL_PROGRAMS</c> sets how many are tried, <c>CsCheck_Seed</c> where
/// to start; a failure prints the seed.
/// </summary>
public sealed class RandomProgramTests
{
    private const int Usual = 3000;

    [Fact]
    public void RandomPrograms_YieldTheSame_R0_Stack_AndMemory()
    {
        long programs = long.TryParse(Environment.GetEnvironmentVariable("BPF_DIFFERENTIAL_PROGRAMS"), CultureInfo.InvariantCulture, out long asked) ? asked : Usual;
        var memories = Gen.Byte.Array[ProgramGenerator.MemoryBytes].Array[2];
        Gen.Select(Gen.Byte.Array[4, 120], memories).Sample(
            (choices, contents) =>
            {
                var program = TrustedProgram.FromText(ProgramGenerator.Generate(choices));
                // The fast compilation always; the others, which share most of it, now and then.
                int engines = choices[0] % 8 == 0 ? Engines.All.Length : 2;
                Engines.RunIn(Engines.All[..engines], program, contents);
            },
            iter: programs,
            print: sample => ProgramGenerator.Generate(sample.Item1));
    }

    [Fact]
    public void TheGenerator_ReachesEveryStatement()
    {
        var seen = new HashSet<Vm.Isa.Op>();
        var random = new Vm.Runtime.SeededRandom(7);
        for (int i = 0; i < 400; i++)
        {
            byte[] choices = [.. Enumerable.Range(0, 100).Select(_ => (byte)random.NextUInt32())];
            seen.UnionWith(Vm.Isa.Decoder.Decode(Vm.Isa.Assembler.Assemble(ProgramGenerator.Generate(choices))).Insns.Select(insn => insn.Op));
        }
        var missing = Enum.GetValues<Vm.Isa.Op>().Except(seen).Where(op => Vm.Isa.OpMethods.TryMethod(op, out _));
        Assert.Equal([Vm.Isa.Op.Le16, Vm.Isa.Op.Le32, Vm.Isa.Op.Le64], missing);
    }
}
