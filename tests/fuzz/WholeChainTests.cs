using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Programs;
using Netdev.Wire;
using Tests.Sim;
using Vm;
using Vm.Abi;
using Vm.Elf;
using Vm.Helpers;
using Vm.Proofs;
using Vm.Runtime;

namespace Tests.Fuzz;

/// <summary>
/// Damaged objects all the way: read, linked, verified and, if accepted, run over packets: first in the interpreter that checks every access, then compiled.
/// What the verifier accepts must never touch memory that is not its own.
/// </summary>
public class WholeChainTests
{
    private const int InsnLimit = 20_000;
    private const long LoopBudget = 1 << 14;

    /// <summary>Objects per shipped scenario: 14 scenarios make more than 1,500. <c>FUZZ_ROUNDS</c> multiplies them.</summary>
    private static readonly int s_rounds = 110 * FuzzEffort.Rounds;

    private static readonly byte[][] s_packets =
    [
        PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Ipv4("10.0.0.1", "10.0.0.2").Tcp(1234, 80, TcpFlags.Syn).Payload(new byte[20]).Build(),
        PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Ipv4("192.168.1.5", "10.0.0.2").Udp(5353, 7777).Payload(new byte[64]).Build(),
        PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Vlan(10, 3).Ipv4("10.0.0.1", "10.0.0.2").Echo(1, 2, false).Payload(new byte[8]).Build(),
        PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Ipv6("fd00::1", "fd00::2").Udp(1000, 53).Payload(new byte[300]).Build(),
        PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Ipv4("10.0.0.1", "10.0.0.2").Udp(4000, 4789)
            .Vxlan(100, "02:00:00:00:00:0a", "02:00:00:00:00:0b").Ipv4("172.16.0.1", "172.16.0.2").Tcp(1, 2, TcpFlags.Ack).Payload(new byte[4]).Build(),
        [0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 0xaa, 0x08, 0x00],
    ];

    public static TheoryData<string> Names => ShippedScenarios.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void DamagedObject_IsRefusedOrRunsWithinItsMemory(string name)
    {
        string file = Directory.GetFiles(Path.Combine(ShippedScenarios.Root, "scenarios", name), "*.bpf.o").Single();
        byte[] original = File.ReadAllBytes(file);
        var code = CodeRanges(original);
        Assert.NotEmpty(code);
        var random = new Random(FuzzEffort.Seed * 1009 + name[0] * 10 + name[1]);
        int accepted = 0, refused = 0;
        for (int round = 0; round < s_rounds; round++)
        {
            byte[] bytes = round == 0 ? original : Damage(original, code, random);
            try
            {
                int ran = RunAll(bytes, Engine.Interpreter);
                Assert.Equal(ran, RunAll(bytes, Engine.Jit));
                accepted += ran;
                refused += ran == 0 ? 1 : 0;
            }
            catch (BadInputException problem)
            {
                Assert.False(string.IsNullOrWhiteSpace(problem.What));
                refused++;
            }
            catch (Exception surprise) when (surprise is not Xunit.Sdk.XunitException)
            {
                string kept = Path.Combine(AppContext.BaseDirectory, $"fuzz-{name}-{FuzzEffort.Seed}-{round}.o");
                File.WriteAllBytes(kept, bytes);
                string loud = surprise is GuestFaultException ? "THE VERIFIER IS UNSOUND. " : "";
                Assert.Fail($"{loud}{surprise.GetType().Name}: {surprise.Message}\nobject kept as {kept}\n{surprise.StackTrace}");
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {accepted} programs ran, {refused} objects refused whole, of {s_rounds}");
        Assert.True(accepted > 0, "not even the undamaged object ran");
        Assert.True(refused > 0, "no damage was ever noticed");
    }

    // How many programs were accepted and run.
    private static int RunAll(byte[] bytes, Engine engine)
    {
        using var network = new Network(1);
        var device = network.AddDevice("eth0", mac: MacAddress.Parse("02:00:00:00:00:02"));
        using var loaded = new BpfObject(ObjectReader.Read(bytes, "damaged.o"), new LoadOptions
        {
            Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
            Engine = engine,
            Verifier = new VerifierOptions { InsnLimit = InsnLimit },
            FallbackType = ProgramType.SchedCls,
            Kernel = network.Kernel,
        });
        long room = loaded.Spec.Maps.Sum(map => (long)map.MaxEntries * (map.KeySize + map.ValueSize + 64L));
        // Huge maps are tested elsewhere; filling their free lists for every object is only slow.
        if (room > 64 << 20) return 0;
        int ran = 0;
        foreach (var program in loaded.Programs.ToArray())
        {
            try
            {
                Run(network, device, program.Compile());
                ran++;
            }
            catch (Exception refused) when (refused is ProgramRejectedException or BadInputException)
            {
                Assert.NotEmpty(refused.Message);
            }
        }
        return ran;
    }

    private static void Run(Network network, NetDevice device, ExecutableProgram program)
    {
        var budgeted = new ExecutableProgram(program.Name, program.Type, program.AttachType, (ctx, x) =>
        {
            x.LoopBudget = LoopBudget;
            return program.Entry(ctx, x);
        }, program.Engine);
        switch (program.Type)
        {
            case ProgramType.SchedCls:
                device.Ingress.Attach(budgeted);
                Receive(network, device);
                device.Ingress.Detach(budgeted);
                break;
            case ProgramType.Xdp:
                device.AttachXdp(budgeted);
                Receive(network, device);
                device.DetachXdp();
                break;
            case ProgramType.Syscall:
                try
                {
                    Netdev.TestRun.SyscallRun.Run(network.Cpus[0], budgeted, new byte[program.ContextBytes], out _);
                }
                catch (LoopBudgetException)
                {
                    network.Cpus[0].BeginRun();
                }
                break;
        }
    }

    private static void Receive(Network network, NetDevice device)
    {
        long now = 1_000_000;
        foreach (byte[] packet in s_packets) network.Receive(device, packet, now += 1_000_000);
    }

    private static byte[] Damage(byte[] original, List<(int At, int Bytes)> code, Random random)
    {
        byte[] bytes = (byte[])original.Clone();
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            if (random.Next(8) == 0)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                continue;
            }
            var (at, length) = code[random.Next(code.Count)];
            DamageInsn(bytes.AsSpan(at + random.Next(length / 8) * 8, 8), bytes.AsSpan(at, length), random);
        }
        return bytes;
    }

    private static void DamageInsn(Span<byte> insn, Span<byte> all, Random random)
    {
        ref byte registers = ref insn[1];
        short offset = BinaryPrimitives.ReadInt16LittleEndian(insn[2..]);
        int immediate = BinaryPrimitives.ReadInt32LittleEndian(insn[4..]);
        switch (random.Next(9))
        {
            case 0: registers = (byte)((registers & 0xf0) | random.Next(11)); break;
            case 1: registers = (byte)((registers & 0x0f) | (random.Next(11) << 4)); break;
            case 2: BinaryPrimitives.WriteInt16LittleEndian(insn[2..], (short)(offset + random.Next(-8, 9))); break;
            case 3: BinaryPrimitives.WriteInt32LittleEndian(insn[4..], immediate + random.Next(-16, 17)); break;
            case 4: insn[0] ^= (byte)(1 << random.Next(8)); break;
            // Another comparison, another operation, another width: the same class.
            case 5: insn[0] = (byte)((insn[0] & 0x0f) | (random.Next(16) << 4)); break;
            case 6: insn[0] = (byte)((insn[0] & 0xe7) | (random.Next(4) << 3)); break;
            case 7: all.Slice(random.Next(all.Length / 8) * 8, 8).CopyTo(insn); break;
            default: new byte[] { 0xbf, (byte)(random.Next(10) | (random.Next(10) << 4)), 0, 0, 0, 0, 0, 0 }.CopyTo(insn); break;
        }
    }

    // Sections with SHF_EXECINSTR.
    private static List<(int At, int Bytes)> CodeRanges(byte[] elf)
    {
        var found = new List<(int, int)>();
        int headers = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(0x28)), count = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(0x3c));
        for (int i = 0; i < count; i++)
        {
            var header = elf.AsSpan(headers + 64 * i, 64);
            int bytes = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]);
            if ((header[8] & 4) != 0 && bytes >= 8) found.Add(((int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..]), bytes));
        }
        return found;
    }
}
