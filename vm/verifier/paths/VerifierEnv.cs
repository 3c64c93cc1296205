using Vm.Abi;
using Vm.Cfg;
using Vm.Isa;
using Vm.Programs;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>One verification under way: inputs, the path being walked, what is remembered of those walked before.</summary>
/// <remarks>
/// Whoever checks answers <c>bool</c>: false after <see cref="Refuse"/> has noted why, and the caller returns false too.
/// Source: Linux 6.12 include/linux/bpf_verifier.h, struct bpf_verifier_env.
/// </remarks>
internal abstract class VerifierEnv
{
    /// <summary>Source: Linux 6.12 include/linux/bpf_verifier.h, BPF_MAX_VAR_OFF, BPF_MAX_VAR_SIZ.</summary>
    public const int MaxVariableOffset = 1 << 29, MaxVariableSize = 1 << 29;

    private readonly List<string> _complaint = [];
    private readonly Dictionary<string, int> _typeNumbers = [];
    private readonly Disassembler _disassembler;

    protected VerifierEnv(LinkedProgram program, ProgramKind kind, VerifierOptions options, DecodedProgram decoded, ControlFlow flow, int exceptionCallbackAt, VerifierLog log, WalkWitness? witness)
    {
        ExceptionCallbackAt = exceptionCallbackAt;
        (Program, Kind, Options, Decoded, Insns, Flow, Log) = (program, kind, options, decoded, decoded.Insns, flow, log);
        Maps = MapTable.Build(program.Maps);
        Witness = witness;
        witness?.Start(this);
        Regs = new Registers(this);
        Facts = new FactRecorder(this);
        History = new History(this);
        Precision = new Precision(this);
        Pruning = new Pruning(this);
        Printer = new StatePrinter(this);
        _disassembler = new Disassembler
        {
            KfuncName = insn => insn.Imm >= 0 && insn.Imm < program.Kfuncs.Count ? program.Kfuncs[(int)insn.Imm].Name : null,
        };
    }

    public LinkedProgram Program { get; }
    public ProgramKind Kind { get; }
    public VerifierOptions Options { get; }
    public DecodedProgram Decoded { get; }
    public Insn[] Insns { get; }
    public ControlFlow Flow { get; }
    public VerifierLog Log { get; }

    /// <summary>First slot of the function that answers bpf_throw; 0 for none.</summary>
    public int ExceptionCallbackAt { get; }
    public IReadOnlyList<VerifierMap> Maps { get; }

    public Registers Regs { get; }
    public FactRecorder Facts { get; }
    public History History { get; }
    public Precision Precision { get; }
    public Pruning Pruning { get; }
    public StatePrinter Printer { get; }

    /// <summary>Who is told of every step; null for nobody.</summary>
    public WalkWitness? Witness { get; }
    public StatePool Pool { get; } = new();

    /// <summary>Names of BTF types registers point at, by number.</summary>
    public List<string> TypeNames { get; } = [];

    /// <summary>The state being changed.</summary>
    public VerifierState Cur { get; set; } = new();

    /// <summary>Instruction being simulated, and the one before it on this path.</summary>
    public int Pc { get; set; }

    public int PrevPc { get; set; }

    /// <summary>Registers and slots changed since the state was last printed.</summary>
    public uint TouchedRegs { get; set; }

    public ulong TouchedSlots { get; set; }

    public uint LastId { get; set; }

    public long InsnsProcessed { get; set; }

    /// <summary>Bytes of a raw context some path reaches. Source: Linux 6.12 include/linux/bpf.h, bpf_prog_aux::max_ctx_offset.</summary>
    public int ContextBytes { get; set; }

    public long JumpsProcessed { get; set; }

    public Errno Errno { get; private set; }

    /// <summary>What has been complained about, one line each.</summary>
    public string Complaint => string.Join('\n', _complaint);

    public bool IsGpl => IsGplCompatible(Program.License);

    /// <summary>Source: Linux 6.12 include/linux/license.h, license_is_gpl_compatible.</summary>
    public static bool IsGplCompatible(string license) => license is "GPL" or "GPL v2" or "GPL and additional rights" or "Dual BSD/GPL" or "Dual MIT/GPL" or "Dual MPL/GPL";

    public bool InSleepable => Kind.Sleepable || Cur.InSleepable;

    /// <summary>True where objects cannot vanish: programs that cannot sleep, under RCU or a lock.</summary>
    public bool InRcu => Cur.RcuLocked || Cur.LockOwner != 0 || !InSleepable;

    public uint NewId() => ++LastId;

    public bool Refuse(Errno errno, string line)
    {
        Say(line);
        Errno = errno;
        return false;
    }

    /// <summary>Gives up because the program needs something that is not simulated: no word of the kernel's.</summary>
    /// <param name="what">What, as a sentence without full stop.</param>
    public bool Lack(string what)
    {
        Lacking = what;
        Log.WriteLine($"not simulated: {what}");
        return false;
    }

    /// <summary>What the program needs and we have not got; null unless the walk ended for that.</summary>
    public string? Lacking { get; private set; }

    /// <summary>Refuses to take a pointer for a number, when addresses are to stay hidden.</summary>
    public bool MayShow(in RegState reg, string complaint) => !Options.HidesAddresses || reg.IsScalar || Refuse(Errno.EACCES, complaint);

    /// <summary>Refuses without a word, as the kernel does in a few places.</summary>
    public bool RefuseSilently(Errno errno)
    {
        Errno = errno;
        return false;
    }

    /// <summary>A line of a complaint of which the last one is still to come.</summary>
    public void Say(string line)
    {
        _complaint.Add(line);
        Log.WriteLine(line);
    }

    /// <summary>True for a function that is verified on its own, and called as a black box.</summary>
    public bool IsGlobal(int subprogram)
    {
        if (subprogram <= 0) return false;
        int start = Flow.Subprograms[subprogram].Start;
        foreach (var function in Program.Spec.Functions)
            if (function.Slot == start) return function.Global;
        return false;
    }

    public string Text(in Insn insn) => _disassembler.Format(insn);

    public int TypeNumber(string name)
    {
        if (_typeNumbers.TryGetValue(name, out int number)) return number;
        TypeNames.Add(name);
        return _typeNumbers[name] = TypeNames.Count - 1;
    }

    /// <summary>True when the ranges of a register agree; otherwise it becomes unbounded, or the program is refused when asked to.</summary>
    public bool TrySettle(ref RegState reg, string where)
    {
        if (reg.Num.IsConsistent(out string problem)) return true;
        var n = reg.Num;
        string line = $"REG INVARIANTS VIOLATION ({where}): {problem} u64=[0x{n.UMin:x}, 0x{n.UMax:x}] s64=[0x{n.SMin:x}, 0x{n.SMax:x}] "
            + $"u32=[0x{n.UMin32:x}, 0x{n.UMax32:x}] s32=[0x{n.SMin32:x}, 0x{n.SMax32:x}] var_off=(0x{n.Bits.Value:x}, 0x{n.Bits.Mask:x})";
        if (Options.CheckInvariants) return Refuse(Errno.EFAULT, line);
        Log.WriteLine(line);
        reg.Num.Unbound();
        return true;
    }

    /// <summary>Prints what the current instruction changed.</summary>
    public void PrintChanges()
    {
        if (Log.ShowsPath) Log.InsnState(Pc, Printer.Frame(Cur.Current, all: false));
        TouchedRegs = 0;
        TouchedSlots = 0;
    }

    /// <summary>Prints a whole frame on its own line.</summary>
    public void PrintFrame(FrameState frame)
    {
        if (Log.ShowsPath) Log.WriteLine(Printer.Frame(frame, all: true));
    }
}
