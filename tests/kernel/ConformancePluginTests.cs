using System.Globalization;
using System.Runtime.InteropServices;
using Sim.Commands;
using Sim.Inputs;
using Tests.Differential;
using Vm;
using Vm.Isa;

namespace Tests.Kernel;

/// <summary>The public ISA vectors through the door the conformance suite's plugin uses.</summary>
public sealed class ConformancePluginTests
{
    [Theory]
    [InlineData(Engine.Jit)]
    [InlineData(Engine.Interpreter)]
    public void EveryVector_PassesThroughThePlugin(Engine engine)
    {
        var file = ConformanceVectorTests.FindVectors();
        Assert.SkipWhen(file is null, "no vectors: set BPF_ISA_VECTORS to isa-vectors.tsv");
        var lines = File.ReadLines(file!).Skip(1).Select(line => line.Split('\t')).ToList();
        var failures = new List<string>();
        foreach (string[] fields in lines)
        {
            ulong expected = ulong.Parse(fields[5].Replace("0x", "", StringComparison.Ordinal), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            ulong got = ConformanceCommand.Run(MemoryMarshal.Cast<byte, RawInsn>(Bytes(fields[4])).ToArray(), Bytes(fields[3]), engine);
            if (got != expected) failures.Add($"{fields[0]}: 0x{got:x}, expected 0x{expected:x}");
        }
        Assert.Empty(failures);
        Assert.Equal(313, lines.Count);
    }

    [Theory]
    [InlineData(Engine.Jit)]
    [InlineData(Engine.Interpreter)]
    public void R1_IsTheMemory_AndR2_ItsLength(Engine engine)
    {
        var slots = Assembler.Assemble("r0 = *(u8 *)(r1 +2)\nr0 <<= 8\nr0 |= r2\nexit");
        Assert.Equal(0x3303ul, ConformanceCommand.Run(slots, [0x11, 0x22, 0x33], engine));
    }

    [Fact]
    public void AnUnknownInstruction_IsRefusedWithItsPlace() =>
        Assert.Contains("instruction 1 ", Assert.Throws<UsageException>(() => ConformanceCommand.Run([new RawInsn(0xb7, 0, 0, 0, 1), new RawInsn(0xff, 0, 0, 0, 0)], [], Engine.Jit)).Message, StringComparison.Ordinal);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
