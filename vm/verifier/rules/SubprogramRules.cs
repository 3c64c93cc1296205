using Vm.Abi;
using Vm.Btf;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>What a global function's argument is, as its BTF says.</summary>
internal enum GlobalArgKind : byte
{
    Number,
    Context,
    Memory,
    MemoryOrNull,
    Dynptr,
    Arena,
}

/// <summary>One argument of a global function.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">Size of memory.</param>
internal readonly record struct GlobalArg(GlobalArgKind Kind, uint Bytes = 0);

/// <summary>Calls between the program's own functions: static ones are walked in place, global ones once on their own.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_func_call, prepare_func_exit, check_max_stack_depth; btf.c, btf_prepare_func_args.</remarks>
internal sealed class SubprogramRules(Verification v)
{
    private const int MaxStack = 512, MaxFrames = 8, TailCallDepth = 256;
    private readonly int[] _stackBytes = new int[v.Flow.Subprograms.Count];
    private readonly bool[] _readsUnwritten = new bool[v.Flow.Subprograms.Count];
    private readonly bool[] _called = new bool[v.Flow.Subprograms.Count];
    private readonly bool[] _isCallback = new bool[v.Flow.Subprograms.Count];

    private readonly bool[] _isAsync = new bool[v.Flow.Subprograms.Count];

    public int StackBytes(int subprogram) => _stackBytes[subprogram];

    public bool MayReadUnwritten(int subprogram) => _readsUnwritten[subprogram];

    public bool IsCallback(int subprogram) => _isCallback[subprogram];

    /// <summary>True when a path called the global function.</summary>
    public bool IsCalled(int subprogram) => _called[subprogram];

    public void MarkCallback(int subprogram) => _isCallback[subprogram] = true;

    /// <summary>A callback that runs on a stack of its own, some time after the program.</summary>
    public void MarkAsync(int subprogram) => _isCallback[subprogram] = _isAsync[subprogram] = true;

    /// <summary>The function that answers bpf_throw counts as called, and as a callback.</summary>
    public void MarkExceptionCallback(int subprogram) => _called[subprogram] = _isCallback[subprogram] = true;

    public void ReadsUnwritten(int subprogram) => _readsUnwritten[subprogram] = true;

    public void UsesStack(int subprogram, int bytes) => _stackBytes[subprogram] = Math.Max(_stackBytes[subprogram], (bytes + 7) & ~7);

    public string NameOf(int subprogram)
    {
        int start = v.Flow.Subprograms[subprogram].Start;
        foreach (var function in v.Program.Spec.Functions)
            if (function.Slot == start) return function.Name;
        return "";
    }

    /// <summary>A call; goes on in the callee, or behind the call of a global function.</summary>
    public bool TryCall(int target)
    {
        int subprogram = v.Flow.SubprogramAt(target);
        if (subprogram < 0) return v.Refuse(Errno.EFAULT, $"verifier bug. No program starts at insn {target}");
        if (v.IsGlobal(subprogram)) return TryCallGlobal(subprogram);
        var caller = v.Cur.Current;
        if (!TryEnter(v.Cur, subprogram, v.Pc)) return false;
        var callee = v.Cur.Current;
        for (int i = 1; i <= 5; i++) callee.Regs[i] = caller.Regs[i];
        v.Regs.ClearCallerSaved(caller);
        v.Pc = v.Flow.Subprograms[subprogram].Start - 1;
        if (!v.Log.ShowsPath) return true;
        v.Log.WriteLine("caller:");
        v.PrintFrame(caller);
        v.Log.WriteLine("callee:");
        v.PrintFrame(callee);
        return true;
    }

    /// <summary>Puts a fresh frame on a state.</summary>
    public bool TryEnter(VerifierState state, int subprogram, int callSite)
    {
        if (state.CurFrame + 1 >= MaxFrames) return v.Refuse(Errno.E2BIG, $"the call stack of {state.CurFrame + 2} frames is too deep");
        var callee = v.Pool.Rent();
        callee.Reset(callSite, state.CurFrame + 1, subprogram);
        callee.CopyReferences(state.Current);
        state.Frames[++state.CurFrame] = callee;
        return true;
    }

    /// <summary>A function other than the entry returns.</summary>
    public bool TryReturn()
    {
        var state = v.Cur;
        var callee = state.Current;
        ref var r0 = ref callee.Regs[0];
        if (r0.Kind == RegKind.Stack) return v.Refuse(Errno.EINVAL, "cannot return stack pointer to the caller");
        var caller = state.Frames[state.CurFrame - 1]!;
        bool callback = callee.InCallback;
        if (callback)
        {
            if (!v.Callbacks.TryReturn(ref r0)) return false;
        }
        else
        {
            caller.Regs[0] = r0;
            caller.CopyReferences(callee);
        }
        v.Pc = callback ? callee.CallSite : callee.CallSite + 1;
        if (v.Log.ShowsPath)
        {
            v.Log.WriteLine("returning from callee:");
            v.PrintFrame(callee);
            v.Log.WriteLine($"to caller at {v.Pc}:");
            v.PrintFrame(caller);
        }
        state.Frames[state.CurFrame--] = null;
        v.Pool.Return(callee);
        if (callback && v.Pruning.TryPrevious(state, v.Pc, out var previous)) v.Pruning.Widen(previous, state);
        return true;
    }

    /// <summary>Arguments of a global function; refuses when its BTF does not say, or says something we cannot check.</summary>
    public bool TryArguments(int subprogram, out GlobalArg[] args)
    {
        args = [];
        string name = NameOf(subprogram);
        uint typeId = v.Program.Spec.Functions.FirstOrDefault(f => f.Slot == v.Flow.Subprograms[subprogram].Start).TypeId;
        if (v.Program.Btf is not { } btf || typeId == 0) return v.Refuse(Errno.EFAULT, "Global functions need valid BTF");
        try
        {
            return TryArguments(btf, typeId, name, out args);
        }
        catch (BtfFormatException damaged)
        {
            return v.Refuse(Errno.EINVAL, damaged.Message);
        }
    }

    /// <summary>The stack of every chain of calls fits, and none is too long.</summary>
    public bool TryDepth()
    {
        int answering = v.Exceptions.Callback;
        for (int i = _isAsync.Length - 1; i > 0; i--)
            if (_isAsync[i] && !TryDepth(i, 0, 0, false, [])) return false;
        return TryDepth(0, 0, 0, false, []) && (answering < 0 || TryDepth(answering, 0, 0, false, []));
    }

    private bool TryDepth(int subprogram, int depth, int frame, bool inCallback, HashSet<(int Subprogram, int Depth, int Frame, bool InCallback)> seen)
    {
        inCallback |= _isCallback[subprogram];
        // A walk that began at the function that answers exceptions has put that into the set first.
        bool inAnswer = seen.Contains((v.Exceptions.Callback, 0, 0, true));
        // Many calls of one function from one depth are one case: without this, chains of calls multiply.
        if (!seen.Add((subprogram, depth, frame, inCallback))) return true;
        var range = v.Flow.Subprograms[subprogram];
        bool tailCalls = HasTailCall(subprogram);
        if (subprogram != 0 && tailCalls && depth >= TailCallDepth)
            return v.Refuse(Errno.EACCES, $"tail_calls are not allowed when call stack of previous frames is {depth} bytes. Too large");
        if (tailCalls && inAnswer && frame > 0) return v.Refuse(Errno.EINVAL, "cannot tail call within exception cb");
        depth += (_stackBytes[subprogram] + 15) & ~15;
        if (depth > MaxStack) return v.Refuse(Errno.EACCES, $"combined stack size of {frame + 1} calls is {depth}. Too large");
        for (int pc = range.Start; pc < range.End; pc++)
        {
            var insn = v.Insns[pc];
            if (inCallback && v.Kfuncs.Throws(insn))
                return v.Refuse(Errno.EINVAL, $"bpf_throw kfunc (insn {pc}) cannot be called from callback subprog {subprogram}");
            if (insn.Op is not (Isa.Op.CallLocal or Isa.Op.LdFunc)) continue;
            int callee = v.Flow.SubprogramAt(pc + 1 + (int)insn.Imm);
            if (_isAsync[callee])
            {
                if (HasTailCall(callee)) return v.Refuse(Errno.EFAULT, "verifier bug. subprog has tail_call and async cb");
                // Its stack is its own, unless it is also called like any other function.
                if (insn.Op == Isa.Op.LdFunc) continue;
            }
            if (callee == v.Exceptions.Callback)
            {
                if (insn.Op == Isa.Op.CallLocal) return v.Refuse(Errno.EINVAL, $"insn {pc} cannot call exception cb directly");
                continue;
            }
            if (frame + 1 >= MaxFrames) return v.Refuse(Errno.E2BIG, $"the call stack of {frame + 1} frames is too deep !");
            if (!TryDepth(callee, depth, frame + 1, inCallback, seen)) return false;
        }
        return true;
    }

    private bool HasTailCall(int subprogram)
    {
        var range = v.Flow.Subprograms[subprogram];
        for (int pc = range.Start; pc < range.End; pc++)
            if (v.Insns[pc].Op == Isa.Op.CallHelper && v.Insns[pc].Imm == (int)HelperId.TailCall) return true;
        return false;
    }

    private bool TryArguments(BtfSpec btf, uint typeId, string name, out GlobalArg[] args)
    {
        args = [];
        if (!btf.TryType(typeId, out var type) || type is not BtfFunction function || btf[function.PrototypeId] is not BtfPrototype prototype)
            return v.Refuse(Errno.EFAULT, $"BTF of {name} doesn't point to KIND_FUNC");
        if (prototype.Parameters.Count > 5)
            return v.Refuse(Errno.EINVAL, $"Global function {name}() with {prototype.Parameters.Count} > 5 args. Buggy compiler.");
        if (btf.Resolve(prototype.ReturnId) is not (BtfInt or BtfEnum))
            return v.Refuse(Errno.EINVAL, $"Global function {name}() doesn't return scalar. Only those are supported.");
        var found = new GlobalArg[prototype.Parameters.Count];
        for (int i = 0; i < found.Length; i++)
            if (!TryArgument(btf, typeId, name, prototype.Parameters[i].TypeId, i, out found[i])) return false;
        args = found;
        return true;
    }

    private bool TryArgument(BtfSpec btf, uint functionId, string name, uint typeId, int index, out GlobalArg arg)
    {
        arg = default;
        string[] tags = [.. btf.DeclTagsOf(functionId, index).Where(t => t.StartsWith("arg:", StringComparison.Ordinal)).Select(t => t[4..])];
        if (tags.Any(tag => tag is not ("ctx" or "trusted" or "nonnull" or "nullable" or "arena")))
            return v.Refuse(Errno.EOPNOTSUPP, $"arg#{index} has unsupported set of tags");
        var type = btf.Resolve(typeId);
        if (type is not BtfPointer pointer)
        {
            if (tags.Length > 0) return v.Refuse(Errno.EINVAL, $"arg#{index} has pointer tag, but is not a pointer type");
            arg = new GlobalArg(GlobalArgKind.Number);
            return type is BtfInt or BtfEnum || v.Refuse(Errno.EINVAL, $"Arg#{index} type {type.KindName} in {name}() is not supported yet.");
        }
        var target = btf.Resolve(pointer.TargetId);
        if (tags.Contains("ctx") || (target is BtfComposite && target.Name == v.Kind.Context.Name))
        {
            arg = new GlobalArg(GlobalArgKind.Context);
            return tags.All(tag => tag == "ctx") || v.Refuse(Errno.EINVAL, $"arg#{index} has invalid combination of tags");
        }
        if (target is BtfComposite && target.Name == "bpf_dynptr")
        {
            arg = new GlobalArg(GlobalArgKind.Dynptr);
            return tags.Length == 0 || v.Refuse(Errno.EINVAL, $"arg#{index} has invalid combination of tags");
        }
        if (tags.Contains("trusted")) return v.Refuse(Errno.EINVAL, $"arg#{index} type {target.Name}: no such kernel object here");
        if (tags.Contains("arena"))
        {
            arg = new GlobalArg(GlobalArgKind.Arena);
            return tags.Length == 1 || v.Refuse(Errno.EINVAL, $"arg#{index} arena cannot be combined with any other tags");
        }
        if (tags.Contains("nullable")) return v.Refuse(Errno.EINVAL, $"arg#{index} has invalid combination of tags");
        if (!btf.TrySizeOf(pointer.TargetId, out uint bytes))
            return v.Refuse(Errno.EINVAL, $"arg#{index} reference type('{target.KindName.ToUpperInvariant()} {target.Name}') size cannot be determined: -22");
        arg = new GlobalArg(tags.Contains("nonnull") ? GlobalArgKind.Memory : GlobalArgKind.MemoryOrNull, bytes);
        return true;
    }

    private bool TryCallGlobal(int subprogram)
    {
        string name = NameOf(subprogram);
        if (v.Cur.LockOwner != 0)
            return v.Refuse(Errno.EINVAL, "global function calls are not allowed while holding a lock,\nuse static function instead");
        if (v.Cur.PreemptDepth != 0)
            return v.Refuse(Errno.EINVAL, "global function calls are not allowed with preemption disabled,\nuse static function instead");
        if (!TryArguments(subprogram, out var args)) return false;
        for (int i = 0; i < args.Length; i++)
            if (!TryPass(args[i], i)) return v.Refuse(Errno.EINVAL, $"Caller passes invalid args into func#{subprogram} ('{name}')");
        v.Log.WriteLine($"Func#{subprogram} ('{name}') is global and assumed valid.");
        if (v.Flow.Subprograms[subprogram].ChangesPacket) v.Helpers.ForgetPacket();
        _called[subprogram] = true;
        v.Regs.ClearCallerSaved(v.Cur.Current);
        v.Regs[0].SetUnknown();
        return true;
    }

    private bool TryPass(GlobalArg arg, int index)
    {
        int register = index + 1;
        var reg = v.Regs[register];
        v.Regs.MarkRead(ref v.Regs[register]);
        switch (arg.Kind)
        {
            case GlobalArgKind.Number:
                return reg.IsScalar || v.Refuse(Errno.EINVAL, $"R{register} is not a scalar");
            case GlobalArgKind.Context:
                return v.Arguments.TryOffset(reg, register, default)
                    && (reg.Is(RegKind.Context) || v.Refuse(Errno.EINVAL, $"arg#{index} expects pointer to ctx"));
            case GlobalArgKind.Arena:
                return reg.Kind is RegKind.Arena or RegKind.Scalar || v.Refuse(Errno.EINVAL, $"R{register} is not a pointer to arena or scalar.");
            case GlobalArgKind.Dynptr:
                return v.Arguments.TryOffset(reg, register, new Helpers.ArgSpec(Helpers.ArgKind.Dynptr)) && v.Dynptrs.TryUse(register, Helpers.DynptrKind.Any, out _);
            default:
                if (!v.Arguments.TryOffset(reg, register, default)) return false;
                bool mayBeNull = arg.Kind == GlobalArgKind.MemoryOrNull;
                if (reg.IsNullConst) return mayBeNull || v.Refuse(Errno.EINVAL, $"arg#{index} is expected to be non-NULL");
                bool fine = v.Kfuncs.TryBothWays(register, () =>
                    v.Arguments.TryMemory(register, (int)arg.Bytes, false, true, null) && v.Arguments.TryMemory(register, (int)arg.Bytes, true, true, null));
                return fine && (mayBeNull || !reg.MaybeNull || v.Refuse(Errno.EINVAL, $"arg#{index} is expected to be non-NULL"));
        }
    }
}
