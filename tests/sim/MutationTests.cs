using Netdev.Skbs;
using Sim.Scenarios;
using Vm;
using Vm.Abi;
using Vm.Elf;
using Vm.Isa;
using Vm.Runtime;

namespace Tests.Sim;

/// <summary>Breaks programs on purpose: a scenario that does not notice is worth nothing.</summary>
public sealed class MutationTests
{
    private static readonly int[] s_verdicts = [-1, 0, 1, 2, 3, 4, 7];

    public static TheoryData<string> Names => ShippedScenarios.Names;

    /// <summary>Scenario, device and place of a capture, and a byte of the frame with the field it belongs to.</summary>
    public static TheoryData<string, string, int, string> Captures => new()
    {
        { "03-load-balancer", "eth1", 22, "ip.ttl" },
        { "03-load-balancer", "eth1", 33, "ip.dst" },
        { "04-nat", "wan0", 35, "tcp.srcport" },
        { "05-vxlan-decap", "red0", 5, "eth.dst" },
        { "05-vxlan-decap", "blue0", 44, "data.data" },
        { "06-vlan", "trunk0", 37, "udp.dstport" },
        { "12-mirror", "mon0", 15, "ip.dsfield" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void FlippedVerdict_LowersTheScore(string name)
    {
        var scenario = ShippedScenarios.Read(name);
        int mutants = 0, caught = 0;
        foreach (var broken in VerdictMutants(scenario))
        {
            mutants++;
            var (_, checks) = ShippedScenarios.RunAndScore(broken, Engine.Jit);
            if (checks.Any(check => !check.Met)) caught++;
        }
        Assert.True(mutants > 0, "The programs return no constant that could be flipped.");
        Assert.True(caught * 2 >= mutants, $"Only {caught} of {mutants} flipped verdicts were noticed.");
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void FlippedByte_IsNamedByItsField(string name, string device, int at, string field)
    {
        var (_, checks) = ShippedScenarios.RunAndScore(ShippedScenarios.Read(name), Engine.Jit, testbed =>
        {
            var vandal = new ExecutableProgram("vandal", ProgramType.SchedCls, AttachType.None, (ctx, _) =>
            {
                var frame = new Skb(ctx).Bytes;
                if (at < frame.Length) frame[at] ^= 0x04;
                return unchecked((ulong)(long)TcxAction.TCX_NEXT);
            }, "test");
            Assert.Equal(Errno.None, testbed.Devices[device].Egress.Attach(vandal));
        });
        var missed = checks.Where(check => !check.Met && check.Statement.StartsWith("frames ", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(missed);
        Assert.Contains(missed.SelectMany(check => check.Differences!), difference => difference.Field.StartsWith(field, StringComparison.Ordinal));
    }

    // Every 'r0 = constant' of a program section whose constant is a verdict, replaced by another verdict.
    private static IEnumerable<Scenario> VerdictMutants(Scenario scenario)
    {
        foreach (var use in scenario.Objects)
        {
            string path = Path.Combine(scenario.Folder, use.File);
            byte[] original = File.ReadAllBytes(path);
            var spec = ObjectReader.Read(original, path);
            var code = spec.Programs.Where(p => p.Type != ProgramType.Syscall).Select(p => p.Section).ToHashSet();
            foreach (var section in spec.Sections.Where(s => code.Contains(s.Name)))
            {
                for (long offset = section.Offset; offset < section.Offset + section.SizeBytes; offset += 8)
                {
                    int imm = BitConverter.ToInt32(original, (int)offset + 4);
                    if (original[offset] is not (0xb4 or 0xb7) || original[offset + 1] != 0 || !s_verdicts.Contains(imm)) continue;
                    byte[] broken = (byte[])original.Clone();
                    BitConverter.GetBytes(imm == 2 ? 0 : 2).CopyTo(broken, (int)offset + 4);
                    string file = Path.Combine(Path.GetTempPath(), $"mutant-{Environment.ProcessId}-{Guid.NewGuid():N}.o");
                    File.WriteAllBytes(file, broken);
                    try
                    {
                        yield return scenario with { Objects = [.. scenario.Objects.Select(o => o == use ? o with { File = file } : o)] };
                    }
                    finally
                    {
                        File.Delete(file);
                    }
                }
            }
        }
    }
}
