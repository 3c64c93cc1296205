using System.Runtime.CompilerServices;
using Netdev.Skbs;
using Netdev.Tcx;
using Vm.Abi;
using Vm.Helpers;
using Vm.Runtime;

namespace Netdev.Devices;

/// <summary>Runs the programs of a hook over one packet.</summary>
/// <remarks>
/// One text for all hooks, compiled for each kind of context and watch: without an observer nothing of watching is left. Between hooks the CPU
/// is at rest (<see cref="RunState"/>), so the outermost hook saves nothing; one inside another keeps what the outer program had there.
/// Exceptions that are no used-up loop budget pass through, and <see cref="NetContext"/> cleans up after them.
/// </remarks>
internal static class HookRunner
{
    /// <summary>No verdict: a program used up its loop budget. Verdicts have 32 bits.</summary>
    private const long BrokenOff = 1L << 32;

    /// <summary>Runs a tcx hook. On a used-up loop budget the packet is to be dropped and <paramref name="reason"/> says so.</summary>
    public static TcxAction Run(NetContext x, TcxHook hook, HookPoint point, NetDevice device, Skb skb, ref DropReason reason) =>
        x.Network.Observer is { } observer
            ? Run(x, hook, skb, Watch.Begin(x, observer, device, point, skb), ref reason)
            : Run(x, hook, skb, new NoWatch(), ref reason);

    /// <summary>Runs an XDP program.</summary>
    public static XdpAction RunXdp(NetContext x, XdpSlot slot, NetDevice device, Skb skb, ref DropReason reason) =>
        x.Network.Observer is { } observer
            ? Run(x, slot, skb, Watch.Begin(x, observer, device, HookPoint.Xdp, skb), ref reason)
            : Run(x, slot, skb, new NoWatch(), ref reason);

    private static TcxAction Run<TWatch>(NetContext x, TcxHook hook, Skb skb, TWatch watch, ref DropReason reason) where TWatch : struct, IWatch
    {
        long verdict = Verdict(x, hook.Runnable, new SkbContext(skb), watch);
        if (verdict == BrokenOff)
        {
            reason = DropReason.LoopBudget;
            return TcxAction.TCX_DROP;
        }
        var action = TcxHook.Map((int)verdict, skb.Address);
        watch.HookEnded(x, (int)action);
        return action;
    }

    private static XdpAction Run<TWatch>(NetContext x, XdpSlot slot, Skb skb, TWatch watch, ref DropReason reason) where TWatch : struct, IWatch
    {
        long verdict = Verdict(x, new ReadOnlySpan<ProgramFor<XdpContext>>(in slot.Runnable), new XdpContext(skb), watch);
        if (verdict == BrokenOff)
        {
            reason = DropReason.LoopBudget;
            return XdpAction.XDP_DROP;
        }
        var action = (uint)verdict > (uint)XdpAction.XDP_REDIRECT ? XdpAction.XDP_ABORTED : (XdpAction)verdict;
        watch.HookEnded(x, (int)action);
        return action;
    }

    private static long Verdict<TContext, TWatch>(NetContext x, ReadOnlySpan<ProgramFor<TContext>> programs, TContext context, TWatch watch)
        where TContext : struct, IProgramContext
        where TWatch : struct, IWatch
    {
        if (x.HookDepth != 0) return VerdictInside(x, programs, context, watch);
        x.Redirect = default;
        return RunAll(x, programs, context, watch);
    }

    /// <summary>A hook inside another one, for a clone sent from inside a program: shares redirect state with the outer one, as in the kernel.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long VerdictInside<TContext, TWatch>(NetContext x, ReadOnlySpan<ProgramFor<TContext>> programs, TContext context, TWatch watch)
        where TContext : struct, IProgramContext
        where TWatch : struct, IWatch
    {
        var outer = x.Run;
        long verdict = RunAll(x, programs, context, watch);
        x.Run = outer;
        return verdict;
    }

    /// <summary>Runs them in order up to the first verdict: that, <c>TCX_NEXT</c> when none has one, or <see cref="BrokenOff"/>.</summary>
    private static long RunAll<TContext, TWatch>(NetContext x, ReadOnlySpan<ProgramFor<TContext>> programs, TContext context, TWatch watch)
        where TContext : struct, IProgramContext
        where TWatch : struct, IWatch
    {
        int verdict = (int)TcxAction.TCX_NEXT, at = 0;
        x.HookDepth++;
        try
        {
            for (; at < programs.Length && verdict == (int)TcxAction.TCX_NEXT; at++)
            {
                ref readonly var program = ref programs[at];
                x.Run.BeginProgram();
                watch.Starts(x, program.Program);
                verdict = (int)program.Run(context, x);
                watch.Ended(x, program.Program, verdict);
            }
        }
        catch (LoopBudgetException)
        {
            watch.BrokenOff(x, programs[at].Program);
            x.Rest();
            x.HookDepth--;
            return BrokenOff;
        }
        x.HookDepth--;
        return verdict;
    }

    /// <summary>What is done besides, around each program and hook.</summary>
    private interface IWatch
    {
        /// <summary>A program is about to run.</summary>
        void Starts(NetContext x, ExecutableProgram program);

        /// <summary>It returned.</summary>
        void Ended(NetContext x, ExecutableProgram program, int verdict);

        /// <summary>It used up the loop budget.</summary>
        void BrokenOff(NetContext x, ExecutableProgram program);

        /// <summary>The hook decided.</summary>
        void HookEnded(NetContext x, int verdict);
    }

    /// <summary>Nobody watches.</summary>
    private readonly struct NoWatch : IWatch
    {
        public void Starts(NetContext x, ExecutableProgram program)
        {
        }

        public void Ended(NetContext x, ExecutableProgram program, int verdict)
        {
        }

        public void BrokenOff(NetContext x, ExecutableProgram program)
        {
        }

        public void HookEnded(NetContext x, int verdict)
        {
        }
    }

    /// <summary>An observer is told, and the program that decided is kept for the record of a drop.</summary>
    private readonly struct Watch(IPacketObserver observer, NetDevice device, HookPoint point, Skb skb) : IWatch
    {
        public static Watch Begin(NetContext x, IPacketObserver observer, NetDevice device, HookPoint point, Skb skb)
        {
            x.LastProgram = null;
            return new Watch(observer, device, point, skb);
        }

        public void Starts(NetContext x, ExecutableProgram program) => observer.ProgramStarts(x, device, point, program, skb);

        public void Ended(NetContext x, ExecutableProgram program, int verdict)
        {
            observer.ProgramEnded(x, device, point, program, skb, verdict);
            // Not when it starts: hooks may run inside it.
            x.LastProgram = program;
        }

        public void BrokenOff(NetContext x, ExecutableProgram program) => x.LastProgram = x.Run.TailCalled ?? program;

        public void HookEnded(NetContext x, int verdict)
        {
            if (x.LastProgram is { } last) observer.HookEnded(x, device, point, last, skb, verdict);
        }
    }
}
