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
    /// <summary>Runs a tcx hook. On a used-up loop budget the packet is to be dropped and <paramref name="reason"/> says so.</summary>
    public static TcxAction Run(NetContext x, TcxHook hook, HookPoint point, NetDevice device, Skb skb, ref DropReason reason) =>
        x.Network.Observer is { } observer
            ? Run(x, hook, skb, new Watch(observer, device, point, skb), ref reason)
            : Run(x, hook, skb, new NoWatch(), ref reason);

    /// <summary>Runs an XDP program.</summary>
    public static XdpAction RunXdp(NetContext x, XdpSlot slot, NetDevice device, Skb skb, ref DropReason reason) =>
        x.Network.Observer is { } observer
            ? Run(x, slot, skb, new Watch(observer, device, HookPoint.Xdp, skb), ref reason)
            : Run(x, slot, skb, new NoWatch(), ref reason);

    private static TcxAction Run<TWatch>(NetContext x, TcxHook hook, Skb skb, TWatch watch, ref DropReason reason) where TWatch : struct, IWatch
    {
        if (!TryRun(x, hook.Runnable, new SkbContext(skb), ref watch, out int verdict))
        {
            reason = DropReason.LoopBudget;
            return TcxAction.TCX_DROP;
        }
        var action = TcxHook.Map(verdict, skb.Address);
        watch.HookEnded(x, (int)action);
        return action;
    }

    private static XdpAction Run<TWatch>(NetContext x, XdpSlot slot, Skb skb, TWatch watch, ref DropReason reason) where TWatch : struct, IWatch
    {
        if (!TryRun(x, new ReadOnlySpan<ProgramFor<XdpContext>>(in slot.Runnable), new XdpContext(skb), ref watch, out int verdict))
        {
            reason = DropReason.LoopBudget;
            return XdpAction.XDP_DROP;
        }
        var action = (uint)verdict > (uint)XdpAction.XDP_REDIRECT ? XdpAction.XDP_ABORTED : (XdpAction)verdict;
        watch.HookEnded(x, (int)action);
        return action;
    }

    private static bool TryRun<TContext, TWatch>(NetContext x, ReadOnlySpan<ProgramFor<TContext>> programs, TContext context, ref TWatch watch, out int verdict)
        where TContext : struct, IProgramContext
        where TWatch : struct, IWatch
    {
        if (x.HookDepth != 0) return TryRunInside(x, programs, context, ref watch, out verdict);
        x.Redirect = default;
        return TryRunAll(x, programs, context, ref watch, out verdict);
    }

    /// <summary>A hook inside another one, for a clone sent from inside a program: shares redirect state with the outer one, as in the kernel.</summary>
    private static bool TryRunInside<TContext, TWatch>(NetContext x, ReadOnlySpan<ProgramFor<TContext>> programs, TContext context, ref TWatch watch, out int verdict)
        where TContext : struct, IProgramContext
        where TWatch : struct, IWatch
    {
        var outer = x.Run;
        bool ended = TryRunAll(x, programs, context, ref watch, out verdict);
        x.Run = outer;
        return ended;
    }

    /// <summary>Runs them in order up to the first verdict; false when one of them used up the loop budget.</summary>
    private static bool TryRunAll<TContext, TWatch>(NetContext x, ReadOnlySpan<ProgramFor<TContext>> programs, TContext context, ref TWatch watch, out int verdict)
        where TContext : struct, IProgramContext
        where TWatch : struct, IWatch
    {
        verdict = (int)TcxAction.TCX_NEXT;
        x.HookDepth++;
        try
        {
            foreach (ref readonly var program in programs)
            {
                x.Run.BeginProgram();
                watch.Starts(x, program.Program);
                int returned = (int)program.Run(context, x);
                watch.Ended(x, program.Program, returned);
                if (returned == (int)TcxAction.TCX_NEXT) continue;
                verdict = returned;
                break;
            }
        }
        catch (LoopBudgetException)
        {
            watch.BrokenOff(x);
            x.Rest();
            x.HookDepth--;
            return false;
        }
        x.HookDepth--;
        return true;
    }

    /// <summary>What is done besides, around each program and hook.</summary>
    private interface IWatch
    {
        /// <summary>A program is about to run.</summary>
        void Starts(NetContext x, ExecutableProgram program);

        /// <summary>It returned.</summary>
        void Ended(NetContext x, ExecutableProgram program, int verdict);

        /// <summary>The one that started last used up the loop budget.</summary>
        void BrokenOff(NetContext x);

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

        public void BrokenOff(NetContext x)
        {
        }

        public void HookEnded(NetContext x, int verdict)
        {
        }
    }

    /// <summary>An observer is told, and the program that decided is kept for the record of a drop.</summary>
    private struct Watch(IPacketObserver observer, NetDevice device, HookPoint point, Skb skb) : IWatch
    {
        private ExecutableProgram? _running;

        public void Starts(NetContext x, ExecutableProgram program)
        {
            _running = program;
            observer.ProgramStarts(x, device, point, program, skb);
        }

        public readonly void Ended(NetContext x, ExecutableProgram program, int verdict)
        {
            observer.ProgramEnded(x, device, point, program, skb, verdict);
            // Not when it starts: hooks may run inside it.
            x.LastProgram = program;
        }

        public readonly void BrokenOff(NetContext x) => x.LastProgram = x.Run.TailCalled ?? _running;

        public readonly void HookEnded(NetContext x, int verdict)
        {
            if (_running is not null) observer.HookEnded(x, device, point, _running, skb, verdict);
        }
    }
}
