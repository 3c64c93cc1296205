using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Verifier.Rules;

/// <summary>bpf_throw and the function that answers it.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, bpf_find_exception_callback_insn_off, check_kfunc_call, do_check.</remarks>
internal sealed class ExceptionRules(Verification v)
{
    private const string CallbackTag = "exception_callback:";

    /// <summary>Index of the function that answers bpf_throw; -1 when the program returns the cookie itself.</summary>
    public int Callback { get; } = v.ExceptionCallbackAt == 0 ? -1 : v.Flow.SubprogramAt(v.ExceptionCallbackAt);

    /// <summary>True once a path has come to bpf_throw.</summary>
    public bool Seen { get; private set; }

    /// <summary>Finds the function the entry function's tag names.</summary>
    /// <param name="program">The program.</param>
    /// <param name="slot">Its first slot; 0 when there is no tag.</param>
    /// <returns>Why there is none although there should be; null otherwise.</returns>
    public static (Errno Errno, string Message)? FindCallback(LinkedProgram program, out int slot)
    {
        slot = 0;
        if (program.Btf is not { } btf || program.Spec.Functions is not [{ TypeId: not 0 } entry, ..]) return null;
        string[] named = [.. btf.DeclTagsOf(entry.TypeId).Where(IsTag).Select(tag => tag[CallbackTag.Length..])];
        if (named.Length == 0) return null;
        if (named.Length > 1) return (Errno.EEXIST, "multiple exception callback tags for main subprog");
        string name = named[0];
        if (!btf.TryFind<BtfFunction>(name, out var function)) return (Errno.ENOENT, $"exception callback '{name}' could not be found in BTF");
        if (function.Linkage != BtfLinkage.Global) return (Errno.EINVAL, $"exception callback '{name}' must have global linkage");
        foreach (var known in program.Spec.Functions)
        {
            if (known.TypeId != function.Id) continue;
            slot = known.Slot;
            if (slot == 0) return (Errno.EINVAL, "invalid exception callback insn_off in func_info: 0");
        }
        return slot != 0 ? null : (Errno.EINVAL, "exception callback type id not found in func_info");
    }

    /// <summary>A path throws: it ends here, in whatever frame it is.</summary>
    public bool TryThrow()
    {
        Seen = true;
        var cur = v.Cur;
        if (cur.LockOwner != 0) return v.Refuse(Errno.EINVAL, "bpf_throw cannot be used inside bpf_spin_lock-ed region");
        if (cur.RcuLocked) return v.Refuse(Errno.EINVAL, "bpf_throw cannot be used inside bpf_rcu_read_lock-ed region");
        if (cur.PreemptDepth != 0) return v.Refuse(Errno.EINVAL, "bpf_throw cannot be used inside bpf_preempt_disable-ed region");
        return v.References.HoldsNothing(byException: true);
    }

    private static bool IsTag(string tag) => tag.StartsWith(CallbackTag, StringComparison.Ordinal);
}
