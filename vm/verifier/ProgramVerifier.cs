using Vm.Abi;
using Vm.Btf;
using Vm.Cfg;
using Vm.Helpers;
using Vm.Isa;
using Vm.Maps;
using Vm.Programs;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier.Paths;
using Vm.Verifier.Rules;

namespace Vm.Verifier;

/// <summary>Decides whether a program is safe to run unchecked on native memory, as Linux 6.12 decides for a privileged user.</summary>
/// <remarks>
/// Checks come in the kernel's order: functions and jumps, constants and maps, control flow, then a walk over all paths of the
/// entry function and of every global function that is called, then stack depth. Deterministic; any input ends in a verdict.
/// Source: Linux 6.12 kernel/bpf/verifier.c, bpf_check.
/// </remarks>
public static class ProgramVerifier
{
    private const int MaxInsns = 1_000_000, MaxMaps = 64, MaxKfuncs = 256;

    /// <summary>Verifies a program. Cost grows with the paths walked, at most <see cref="VerifierOptions.InsnLimit"/> instructions.</summary>
    /// <param name="program">The linked program.</param>
    /// <param name="kind">Program type data: context, helpers, kernel functions.</param>
    /// <param name="options">Logging and test switches.</param>
    /// <param name="witness">Told of every step; null for nobody.</param>
    public static VerifierResult Verify(LinkedProgram program, ProgramKind kind, VerifierOptions? options = null, WalkWitness? witness = null)
    {
        options ??= new VerifierOptions();
        var log = new VerifierLog(program, options.Log, options.LogBytes);
        if (program.Insns.Length is 0 or > MaxInsns) return Reject(log, 0, Errno.E2BIG, "");
        var decoded = Decoder.Decode(program.Insns);
        if (ExceptionRules.FindCallback(program, out int callbackAt) is var (callbackErrno, callbackMessage)) return Reject(log, 0, callbackErrno, callbackMessage);
        if (!ControlFlow.TryBuild(decoded.Insns, pc => TraitsOf(decoded.Insns[pc], program, kind), callbackAt, out var flow, out var error)) return Reject(log, error);
        if (log.ShowsEverything)
            for (int i = 0; i < flow.Subprograms.Count; i++) log.WriteLine($"func#{i} @{flow.Subprograms[i].Start}");
        if (Resources(program, kind, decoded, flow) is var (pc, errno, message)) return Reject(log, pc, errno, message);
        if (!flow.TryWalk(out error)) return Reject(log, error);

        var v = new Verification(program, kind, options, decoded, flow, callbackAt, log, witness);
        bool safe = TryWalk(v);
        int stoppedAt = v.Pc;
        var stats = new VerifierStats(v.InsnsProcessed, v.Pruning.TotalStates, v.Pruning.PeakStates, v.Pruning.MaxStatesPerInsn, v.Regs.LongestWalk);
        WriteStats(v, stats);
        if (!safe && v.Lacking is { } lacking) return new VerifierResult.Unsupported(stoppedAt, lacking, log.ToString(), stats);
        if (!safe) return new VerifierResult.Rejected(stoppedAt, v.Errno, v.Complaint, log.ToString(), stats);
        var facts = v.Facts.Finish();
        if (UnreachedCallback(decoded, flow, facts) is { } at)
            return new VerifierResult.Rejected(at, Errno.EFAULT, $"verifier bug. No program starts at insn {at + 1 + (int)decoded.Insns[at].Imm}", log.ToString(), stats);
        var verified = new VerifiedProgram(program, kind, decoded.Insns, facts, Subprograms(v), stats)
        {
            Throws = v.Exceptions.Seen,
            ContextBytes = v.ContextBytes,
            ExceptionCallback = v.Exceptions.Callback,
        };
        return new VerifierResult.Accepted(verified, log.ToString());
    }

    /// <summary>First slot of the function that answers bpf_throw, which the entry function's tag names; 0 when there is none.</summary>
    /// <returns>False when the tag names no such function: the program is refused.</returns>
    public static bool TryExceptionCallback(LinkedProgram program, out int slot) => ExceptionRules.FindCallback(program, out slot) is null;

    /// <summary>Looks whether a license lets a program call what is for GPL-compatible ones only.</summary>
    public static bool IsGplCompatible(string license) => Verification.IsGplCompatible(license);

    private static bool TryWalk(Verification v)
    {
        var walk = new Walk(v);
        if (!walk.TryFunction(0)) return false;
        if (v.Exceptions.Callback > 0) v.Subprograms.MarkExceptionCallback(v.Exceptions.Callback);
        var verified = new HashSet<int>();
        // A global function may be the first to call another one.
        for (bool again = true; again;)
        {
            again = false;
            for (int i = 1; i < v.Flow.Subprograms.Count; i++)
            {
                if (!v.Subprograms.IsCalled(i) || !verified.Add(i)) continue;
                again = true;
                if (!walk.TryFunction(i)) return false;
                if (v.Log.ShowsPath) v.Log.WriteLine($"Func#{i} ('{v.Subprograms.NameOf(i)}') is safe for any args that match its prototype");
            }
        }
        return v.Subprograms.TryDepth();
    }

    /// <summary>
    /// An address of a function no path reaches. The kernel removes dead code a stretch at a time and leaves such an address where it
    /// was: it then leads to what moved there, which must be the start of a function. Nobody calls that, but a program with more
    /// than one function is refused when there is none. Source: Linux 6.12 kernel/bpf/verifier.c, opt_remove_dead_code, jit_subprogs;
    /// kernel/bpf/core.c, bpf_adj_delta_to_imm.
    /// </summary>
    private static int? UnreachedCallback(DecodedProgram decoded, ControlFlow flow, InsnFacts[] facts)
    {
        if (flow.Subprograms.Count(function => facts[function.Start].Reached) <= 1) return null;
        for (int pc = 0; pc < facts.Length; pc++)
        {
            if (!facts[pc].Reached || decoded.Insns[pc].Op != Op.LdFunc) continue;
            int target = pc + 1 + (int)decoded.Insns[pc].Imm;
            while (target < facts.Length && !facts[target].Reached)
            {
                int start = target, end = target;
                while (start > 0 && !facts[start - 1].Reached) start--;
                while (end < facts.Length && !facts[end].Reached) end++;
                target = end + (target - start);
            }
            if (target >= facts.Length || flow.Subprograms.All(function => function.Start != target)) return pc;
        }
        return null;
    }

    private static CallTraits TraitsOf(in Insn insn, LinkedProgram program, ProgramKind kind)
    {
        HelperBinding? binding = null;
        if (insn.Op == Op.CallHelper) kind.Helpers.TryGetValue((HelperId)insn.Imm, out binding);
        else if (insn.Op == Op.CallKfunc && insn.Imm >= 0 && insn.Imm < program.Kfuncs.Count) kind.Kfuncs.TryGetValue(program.Kfuncs[(int)insn.Imm].Name, out binding);
        if (binding is null) return CallTraits.None;
        var flags = binding.Signature.Flags;
        return ((flags & CallFlags.CallsBack) != 0 ? CallTraits.CallsBack : 0)
            | ((flags & CallFlags.CallsBackLater) != 0 ? CallTraits.CallsBackLater : 0)
            | ((flags & CallFlags.IterNext) != 0 ? CallTraits.AdvancesIterator : 0)
            | ((flags & CallFlags.ChangesPacket) != 0 ? CallTraits.ChangesPacket : 0);
    }

    /// <summary>Maps and constants the instructions name. Source: resolve_pseudo_ldimm64, check_map_prog_compatibility.</summary>
    private static (int Pc, Errno Errno, string Message)? Resources(LinkedProgram program, ProgramKind kind, DecodedProgram decoded, ControlFlow flow)
    {
        int kfuncCall = Array.FindIndex(decoded.Insns, insn => insn.Op == Op.CallKfunc);
        if (kfuncCall >= 0 && !Verification.IsGplCompatible(program.License)) return (kfuncCall, Errno.EINVAL, "cannot call kernel function from non-GPL compatible program");
        if (program.Kfuncs.Count > MaxKfuncs) return (0, Errno.E2BIG, "too many different kernel function calls");
        if (program.Maps.Count > MaxMaps) return (0, Errno.E2BIG, $"The total number of maps per program has reached the limit of {MaxMaps}");
        if (AbnormalReturns(program, decoded, flow) is { } abnormal) return abnormal;
        for (int pc = 0; pc < decoded.Insns.Length; pc++)
        {
            var insn = decoded.Insns[pc];
            if (decoded.LoadError is { } malformed && malformed.Pc == pc) return (pc, malformed.Errno, malformed.Message);
            if (program.Unplaced is { } unplaced && unplaced.Slot == pc) return (pc, unplaced.Errno, unplaced.Message);
            switch (insn.Op)
            {
                case Op.LdMapFd or Op.LdMapValue:
                    return (pc, Errno.EBADF, $"fd {(int)insn.Imm} is not pointing to valid bpf_map");
                case Op.LdBtfId when insn.Imm < 0 || insn.Imm >= program.KernelSymbols.Count:
                    return (pc, Errno.EINVAL, $"invalid btf_id {(int)insn.Imm}");
                case Op.LdMapIndex or Op.LdMapIndexValue:
                    if ((uint)insn.Imm >= (uint)program.Maps.Count) return (pc, Errno.EFAULT, $"fd {(int)insn.Imm} is not pointing to valid bpf_map");
                    if (insn.Op == Op.LdMapIndexValue && DirectValue(program.Maps[(int)insn.Imm], (uint)(insn.Imm >> 32)) is var (refusal, complaint))
                        return (pc, refusal, complaint);
                    break;
            }
        }
        return program.Unplaced is { } whole ? (0, whole.Errno, whole.Message) : MapTypes(program, kind);
    }

    /// <summary>Packet loads and tail calls can leave a function early, so it must be known to return a number.</summary>
    private static (int, Errno, string)? AbnormalReturns(LinkedProgram program, DecodedProgram decoded, ControlFlow flow)
    {
        for (int pc = 0; pc < decoded.Insns.Length; pc++)
        {
            var insn = decoded.Insns[pc];
            int subprogram = flow.Containing(pc);
            bool tailCall = insn.Op == Op.CallHelper && insn.Imm == (int)HelperId.TailCall;
            if (subprogram == 0 || (!tailCall && !insn.IsPacketLoad)) continue;
            string what = tailCall ? "tail_call" : "LD_ABS";
            uint typeId = program.Spec.Functions.FirstOrDefault(f => f.Slot == flow.Subprograms[subprogram].Start).TypeId;
            if (program.Btf is not { } btf || typeId == 0) return (pc, Errno.EINVAL, $"{what} is not allowed in subprogs without BTF");
            if (!ReturnsNumber(btf, typeId)) return (pc, Errno.EINVAL, $"{what} is only allowed in functions that return 'int'.");
        }
        return null;
    }

    private static bool ReturnsNumber(BtfSpec btf, uint functionId)
    {
        try
        {
            return btf.TryType(functionId, out var type) && type is BtfFunction function && btf[function.PrototypeId] is BtfPrototype prototype
                && btf.Resolve(prototype.ReturnId) is BtfInt or BtfEnum;
        }
        catch (BtfFormatException)
        {
            return false;
        }
    }

    private static (Errno, string)? DirectValue(MapSpec map, uint offset)
    {
        if (offset >= Verification.MaxVariableOffset) return (Errno.EINVAL, $"direct value offset of {offset} is not allowed");
        if (map.Type == MapType.Arena) return null;
        if (map.Type != MapType.Array) return (Errno.EINVAL, "no direct value access support for this map type");
        bool single = map.MaxEntries == 1;
        return single && offset < map.ValueSize ? null : (single ? Errno.EINVAL : Errno.ENOTSUPP, $"invalid access to map value pointer, value_size={map.ValueSize} off={offset}");
    }

    private static (int, Errno, string)? MapTypes(LinkedProgram program, ProgramKind kind)
    {
        foreach (var map in program.Maps)
        {
            // No such map can be made; without this, what programs may do with its contents would be decided by a template nobody has checked.
            if (map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps && (map.Inner is null ? Errno.EINVAL : InnerMapRules.Template(map.Inner)) is var errno and not Errno.None)
                return (0, errno, $"map '{map.Name}' cannot hold maps of type {map.Inner?.Type ?? MapType.Unspec}");
            if (map.Type == MapType.StructOps) return (0, Errno.EINVAL, "bpf_struct_ops map cannot be used in prog");
            if (kind.Type == ProgramType.SocketFilter && SpecialFields.Of(map).Any(field => field.Kind == SpecialFieldKind.SpinLock))
                return (0, Errno.EINVAL, "socket filter progs cannot use bpf_spin_lock yet");
            if (map.Type is MapType.CgroupStorage or MapType.PerCpuCgroupStorage && program.Maps.Any(other => other != map && other.Type == map.Type))
                return (0, Errno.EBUSY, "only one cgroup storage of each type is allowed");
            bool sleeps = map.Type is MapType.Hash or MapType.LruHash or MapType.Array or MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash
                or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.RingBuf or MapType.UserRingBuf or MapType.InodeStorage or MapType.SkStorage
                or MapType.TaskStorage or MapType.CgrpStorage or MapType.Queue or MapType.Stack or MapType.Arena;
            if (kind.Sleepable && !sleeps) return (0, Errno.EINVAL, "Sleepable programs can only use array, hash, ringbuf and local storage maps");
        }
        return null;
    }

    private static SubprogramFacts[] Subprograms(Verification v)
    {
        var facts = new SubprogramFacts[v.Flow.Subprograms.Count];
        for (int i = 0; i < facts.Length; i++)
        {
            var range = v.Flow.Subprograms[i];
            facts[i] = new SubprogramFacts(range.Start, range.End, v.Subprograms.NameOf(i), v.Subprograms.StackBytes(i), v.Subprograms.IsCallback(i),
                v.Subprograms.MayReadUnwritten(i));
        }
        return facts;
    }

    private static void WriteStats(Verification v, VerifierStats stats)
    {
        if (v.Log.ShowsStats)
            v.Log.WriteLine("stack depth " + string.Join('+', Enumerable.Range(0, v.Flow.Subprograms.Count).Select(v.Subprograms.StackBytes)));
        v.Log.WriteLine($"processed {stats.InsnsProcessed} insns (limit {v.Options.InsnLimit}) max_states_per_insn {stats.MaxStatesPerInsn} "
            + $"total_states {stats.TotalStates} peak_states {stats.PeakStates} mark_read {stats.LongestMarkRead}");
    }

    private static VerifierResult.Rejected Reject(VerifierLog log, ShapeError error) =>
        Reject(log, error.Pc, error.TooBig ? Errno.E2BIG : Errno.EINVAL, error.Message);

    private static VerifierResult.Rejected Reject(VerifierLog log, int pc, Errno errno, string message)
    {
        if (message.Length > 0) log.WriteLine(message);
        return new VerifierResult.Rejected(pc, errno, message, log.ToString(), default);
    }
}
