using CsCheck;
using Sim.Compare;
using Sim.Live;
using Tests.Fuzz;
using Tests.Verifier;
using Vm;
using SimObjects = Sim.Inputs.ObjectFiles;

namespace Tests.Kernel;

/// <summary>Helpers that compute: random input, the kernel's answer.</summary>
public sealed class HelperAnswersTests
{
    private const int PacketBytes = 160, BaseOffset = 14, CountOffset = 15, TextOffset = 16, TextBytes = 24;
    private const int TunnelPacketBytes = 256, TunnelKeyBytes = 44;

    // What numbers are made of, and what is almost one.
    private static readonly byte[] s_characters = " \t\u00a0-+00112789aFxXgz\0"u8.ToArray();

    private static readonly Gen<byte> s_character = Gen.Frequency((9, Gen.Int[0, s_characters.Length - 1].Select(i => s_characters[i])), (1, Gen.Byte));

    private static readonly Gen<byte[]> s_packet = Gen.Select(
        Gen.Frequency((6, Gen.Int[0, 4].Select(i => (byte)(i == 0 ? 0 : i == 1 ? 8 : i == 2 ? 10 : 16))), (1, Gen.Byte)), Gen.Byte, s_character.Array[TextBytes], (radix, count, text) =>
        {
            var packet = new byte[PacketBytes];
            packet[12] = 0x88;
            (packet[BaseOffset], packet[CountOffset]) = (radix, count);
            text.CopyTo(packet, TextOffset);
            return packet;
        });

    // Bytes of struct bpf_tunnel_key in the versions it had.
    private static readonly byte[] s_keySizes = [8, 22, 24, 28, TunnelKeyBytes];

    // Flags mostly known ones, sizes mostly those some version of the struct had, few fields that must be zero set.
    private static readonly Gen<byte[]> s_tunnelOrders = Gen.Select(
        Gen.Frequency((9, Gen.Int[0, 31].Select(i => (byte)i)), (1, Gen.Byte)).Array[2],
        Gen.Frequency((9, Gen.Int[0, 4].Select(i => s_keySizes[i])), (1, Gen.Byte)).Array[2], Gen.Byte.Array[4], Gen.Byte.Array[TunnelKeyBytes], Gen.Int[0, 15], (flags, sizes, rest, key, zeroed) =>
        {
            var packet = new byte[TunnelPacketBytes];
            packet[12] = 0x88;
            flags.CopyTo(packet, 14);
            sizes.CopyTo(packet, 16);
            rest.CopyTo(packet, 18);
            packet[21] &= 1;
            // Without these most keys would be refused: extension and flow label.
            if (zeroed > 0) key.AsSpan(22, 2).Clear();
            if (zeroed > 4) key.AsSpan(24, 4).Clear();
            key.CopyTo(packet, 22);
            return packet;
        });

    [Theory]
    [InlineData("text_to_number", Engine.Jit)]
    [InlineData("text_to_number", Engine.Interpreter)]
    [InlineData("set_bits", Engine.Jit)]
    [InlineData("set_bits", Engine.Interpreter)]
    [InlineData("careful_reads", Engine.Jit)]
    [InlineData("careful_reads", Engine.Interpreter)]
    public void AnyInput_GetsTheKernelsAnswer(string name, Engine engine) => Compare("numbers.o", name, engine, s_packet);

    [Theory]
    [InlineData(Engine.Jit)]
    [InlineData(Engine.Interpreter)]
    public void AnyTunnelMetadata_IsTakenAndGivenBackAsByTheKernel(Engine engine) => Compare("tunnels.o", "tunnel_metadata", engine, s_tunnelOrders);

    private static void Compare(string file, string name, Engine engine, Gen<byte[]> packets)
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        using var opened = SimObjects.Open(Repository.PathOf($"tests/objects/{file}"), engine);
        using var kernel = new KernelObject(opened.Spec);
        using var both = new SideBySide(opened.Options.Kernel);
        var program = SimObjects.Choose(opened, name);
        var ours = program.Compile();
        Check.Sample(packets, packet =>
        {
            var compared = new Comparison { Name = name };
            both.Run(program.Spec, ours, kernel, packet, null, 1_000_000_000, compared, 1);
            Assert.Empty(compared.Differences.SelectMany(d => d.Fields).Select(f => f.ToString()));
        }, iter: 3000 * FuzzEffort.Rounds, threads: 1);
    }
}
