using Vm.Abi;
using Vm.Verifier.Paths;

namespace Vm.Verifier.Rules;

/// <summary>What must hold where a program ends: nothing is held any more, and the result is in range.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, do_check (process_bpf_exit_full), check_return_code.</remarks>
internal sealed class ExitRules(Verification v)
{
    /// <summary>No lock is held and no section is open.</summary>
    public bool TryRegions()
    {
        var cur = v.Cur;
        if (cur.LockOwner != 0) return v.Refuse(Errno.EINVAL, "bpf_spin_unlock is missing");
        if (cur.RcuLocked) return v.Refuse(Errno.EINVAL, "bpf_rcu_read_unlock is missing");
        return cur.PreemptDepth == 0
            || v.Refuse(Errno.EINVAL, $"{cur.PreemptDepth} bpf_preempt_enable{(cur.PreemptDepth == 1 ? " is" : "(s) are")} missing");
    }

    /// <summary>A register holds what the program may return: R0 at its end, R1 when it throws and nobody answers but the cookie.</summary>
    public bool TryResult(int register)
    {
        if (!v.Regs.TryRead(register)) return false;
        var result = v.Regs[register];
        var frame = v.Cur.Frames[0]!;
        int function = frame.Subprogram;
        if (frame.InAsyncCallback) return v.MayShow(result, $"R{register} leaks addr as return value") && TryInRange("At async callback return", register, 0, 0);
        // What answers an exception answers for the program; other functions walked on their own only return a number.
        if (function != 0 && function != v.Exceptions.Callback)
            return result.IsScalar || v.Refuse(Errno.EINVAL, $"At subprogram exit the register R{register} is not a scalar value ({StatePrinter.TypeName(result)})");
        if (!v.MayShow(result, $"R{register} leaks addr as return value")) return false;
        return v.Kind.ReturnRangeFor(v.Program.AttachType) is not var (min, max) || TryInRange("At program exit", register, min, max);
    }

    private bool TryInRange(string when, int register, long min, long max)
    {
        var result = v.Regs[register];
        if (!result.IsScalar) return v.Refuse(Errno.EINVAL, $"{when} the register R{register} is not a known value ({StatePrinter.TypeName(result)})");
        if (!v.Precision.TryMark(register)) return false;
        return (result.Num.SMin >= min && result.Num.SMax <= max)
            || v.Refuse(Errno.EINVAL, CallbackRules.RangeComplaint(when, register, result.Num, min, max));
    }
}
