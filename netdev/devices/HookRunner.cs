using System.Runtime.CompilerServices;
using Netdev.Skbs;
using Netdev.Tcx;
using Vm.Abi;
using Vm.Helpers;
using Vm.Runtime;

namespace Netdev.Devices;

/// <summary>Runs the programs of a hook over one packet, with or without somebody watching.</summary>
internal static class HookRunner
{
    /// <summary>Runs a tcx hook. On a used-up loop budget the packet is to be dropped and <paramref name="reason"/> says so.</summary>
    public static TcxAction Run(NetContext x, TcxHook hook, HookPoint point, NetDevice device, Skb skb, ref DropReason reason)
    {
        // Nested hooks (a clone sent from inside a program) share redirect state with the outer one, as in the kernel.
        if (x.HookDepth++ == 0) x.Redirect = default;
        var state = new SavedState(x);
        ExecutableProgram? running = null;
        try
        {
            int verdict = (int)TcxAction.TCX_NEXT;
            foreach (var program in hook.Runnable)
            {
                x.TailCalls = 0;
                x.TailCalled = null;
                running = program.Program;
                verdict = x.Network.Observer is null ? (int)program.Run(new SkbContext(skb), x) : RunWatched(x, program, new SkbContext(skb), point, device, skb);
                x.LastProgram = running;
                if (verdict != (int)TcxAction.TCX_NEXT) break;
            }
            var action = TcxHook.Map(verdict, skb.Address);
            if (running is not null) x.Network.Observer?.HookEnded(x, device, point, running, skb, (int)action);
            return action;
        }
        catch (LoopBudgetException)
        {
            x.LastProgram = x.TailCalled ?? running;
            reason = DropReason.LoopBudget;
            return TcxAction.TCX_DROP;
        }
        finally
        {
            state.Restore(x);
            x.HookDepth--;
        }
    }

    /// <summary>Runs an XDP program.</summary>
    public static XdpAction RunXdp(NetContext x, ProgramFor<XdpContext> program, NetDevice device, Skb skb, ref DropReason reason)
    {
        if (x.HookDepth++ == 0) x.Redirect = default;
        var state = new SavedState(x);
        try
        {
            x.TailCalls = 0;
            x.TailCalled = null;
            x.LastProgram = program.Program;
            uint verdict = x.Network.Observer is null ? (uint)program.Run(new XdpContext(skb), x) : (uint)RunWatched(x, program, new XdpContext(skb), HookPoint.Xdp, device, skb);
            var action = verdict > (uint)XdpAction.XDP_REDIRECT ? XdpAction.XDP_ABORTED : (XdpAction)verdict;
            x.Network.Observer?.HookEnded(x, device, HookPoint.Xdp, program.Program, skb, (int)action);
            return action;
        }
        catch (LoopBudgetException)
        {
            x.LastProgram = x.TailCalled ?? program.Program;
            reason = DropReason.LoopBudget;
            return XdpAction.XDP_DROP;
        }
        finally
        {
            state.Restore(x);
            x.HookDepth--;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RunWatched<TContext>(NetContext x, ProgramFor<TContext> program, TContext context, HookPoint point, NetDevice device, Skb skb)
        where TContext : struct, IProgramContext
    {
        var observer = x.Network.Observer!;
        observer.ProgramStarts(x, device, point, program.Program, skb);
        int verdict = (int)program.Run(context, x);
        observer.ProgramEnded(x, device, point, program.Program, skb, verdict);
        return verdict;
    }

    /// <summary>What a run must leave as it found it, also when it is broken off in the middle.</summary>
    private readonly struct SavedState(NetContext x)
    {
        private readonly ulong _framePointer = x.FramePointer;
        private readonly int _tailCalls = x.TailCalls;
        private readonly int _rcuDepth = x.RcuDepth;
        private readonly int _preemptDepth = x.PreemptDepth;
        private readonly uint _lentWords = x.Words.Lent;
        private readonly int _keys = x.Keys.InUse;

        public void Restore(NetContext x)
        {
            x.FramePointer = _framePointer;
            x.TailCalls = _tailCalls;
            x.RcuDepth = _rcuDepth;
            x.PreemptDepth = _preemptDepth;
            x.Words.Lent = _lentWords;
            x.Keys.Leave(_keys);
            x.TailTarget = null;
        }
    }
}
