using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Tcx;
using Sim.Run;
using Sim.Scenarios;
using Vm;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.Sim;

/// <summary>Breaks programs on purpose: a scenario that does not notice is worth nothing.</summary>
public sealed class MutationTests
{
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
        var given = ShippedScenarios.Run(scenario, Engine.Jit).Verdicts.Keys.Where(key => key.Program is not null).ToArray();
        Assert.NotEmpty(given);
        foreach (var (hook, program, verdict) in given)
        {
            var (_, checks) = ShippedScenarios.RunAndScore(scenario, Engine.Jit, testbed => Break(testbed, hook, program!, verdict));
            Assert.True(checks.Any(check => !check.Met), $"{hook}: {program} answered something else than {verdict} and nobody noticed.");
        }
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
            testbed.Devices[device].Egress.Attach(vandal);
        });
        var missed = checks.Where(check => !check.Met && check.Statement.StartsWith("frames ", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(missed);
        Assert.Contains(missed.SelectMany(check => check.Differences!), difference => difference.Field.StartsWith(field, StringComparison.Ordinal));
    }

    // Puts a program in the original's place that gives the same answers but one.
    private static void Break(Testbed testbed, HookName at, string program, string verdict)
    {
        var device = testbed.Devices[at.Device];
        var original = at.Hook == Hook.Xdp ? device.Xdp! : (at.Hook == Hook.Ingress ? device.Ingress : device.Egress).Programs.ToArray().Single(p => testbed.NameOf(p) == program);
        var point = at.Hook switch { Hook.Xdp => HookPoint.Xdp, Hook.Ingress => HookPoint.Ingress, _ => HookPoint.Egress };
        int drop = at.Hook == Hook.Xdp ? (int)XdpAction.XDP_DROP : (int)TcxAction.TCX_DROP, pass = at.Hook == Hook.Xdp ? (int)XdpAction.XDP_PASS : (int)TcxAction.TCX_PASS;
        var broken = new ExecutableProgram(program, original.Type, original.AttachType, (ctx, x) =>
        {
            int answer = (int)original.Entry(ctx, x);
            if (VerdictNames.OfProgram(point, answer) == verdict) answer = answer == drop ? pass : drop;
            return (ulong)(long)answer;
        }, "test");
        if (at.Hook == Hook.Xdp) device.AttachXdp(broken);
        else (at.Hook == Hook.Ingress ? device.Ingress : device.Egress).Attach(broken, Place.Of(original));
    }
}
