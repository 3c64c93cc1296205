using System.CommandLine;
using Netdev.Devices;
using Netdev.Skbs;
using Sim.Inputs;
using Sim.Output;
using Sim.Report;
using Sim.Run;
using Sim.Scenarios;
using Vm;
using Vm.Runtime;

namespace Sim.Commands;

/// <summary><c>sim trace SCENARIO --packet N</c>: one packet's whole way.</summary>
internal static class TraceCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("scenario") { Description = "A scenario file or folder." };
        var packet = new Option<long>("--packet", "-n") { Description = "Which packet, from 1.", DefaultValueFactory = _ => 1 };
        var command = new Command("trace", "Show one packet's whole way: devices, hooks, programs, helper calls with arguments and results, changed fields.\n\nExample:\n  sim trace scenarios/04-nat --packet 5") { path, packet };
        command.SetAction(parsed =>
        {
            long number = parsed.GetValue(packet);
            var found = ScenarioFinder.Find([parsed.GetRequiredValue(path)]);
            if (found.Count != 1) throw new UsageException($"trace takes one scenario; there are {found.Count} below {parsed.GetRequiredValue(path)}");
            var trace = new PacketTrace(Terminal.Current);
            using var testbed = new Testbed(ScenarioFinder.Read(found[0]), Engine.Interpreter, trace);
            var counter = new PacketCounter(trace, number);
            var result = ScenarioRunner.Run(testbed, also: counter);
            Terminal.Current.Notes(result.Notes);
            if (number < 1 || number > result.Packets) throw new UsageException($"there is no packet {number}; the scenario replays {result.Packets}");
            return ExitCodes.Met;
        });
        return command;
    }

    /// <summary>Switches the trace on for one packet and everything that becomes of it.</summary>
    private sealed class PacketCounter(PacketTrace trace, long wanted) : IPacketObserver
    {
        private long _seen;

        public void Entered(NetContext x, NetDevice device, Skb skb)
        {
            if (skb.Fields.ParentId == 0) trace.On = ++_seen == wanted;
            trace.Entered(x, device, skb);
        }

        public void ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb) => trace.ProgramStarts(x, device, hook, program, skb);

        public void ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict) => trace.ProgramEnded(x, device, hook, program, skb, verdict);

        public void HookEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram last, Skb skb, int verdict) => trace.HookEnded(x, device, hook, last, skb, verdict);

        public void Tunnelled(NetContext x, NetDevice tunnel, NetDevice under, in TunnelInfo info, Skb skb) => trace.Tunnelled(x, tunnel, under, info, skb);

        public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame) => trace.Ended(x, outcome, frame);
    }
}
