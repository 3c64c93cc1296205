using System.Runtime.InteropServices;
using Vm.Abi;
using Vm.Btf;
using Vm.Isa;
using Vm.Loading;
using Vm.Specs;

namespace Sim.Live;

/// <summary>A linked program as BPF_PROG_LOAD takes it: kernel functions by number, function and line records beside it.</summary>
/// <remarks>Maps stay indexes (ld_imm64 src 5 and 6): the kernel resolves them through the fd array.</remarks>
internal sealed class ProgramImage
{
    private const byte WideLoad = 0x18, Call = 0x85;
    private const int KernelBtfId = 3, KernelCall = 2;

    // What libbpf puts where a weak kernel function is missing: no such helper, fine as long as the code is dead.
    // Source: Linux 6.12 tools/lib/bpf/libbpf.c, poison_kfunc_call, POISON_CALL_KFUNC_BASE.
    private const int MissingCall = 2_002_000_000;

    private ProgramImage(RawInsn[] insns, byte[] functions, byte[] lines)
    {
        Insns = insns;
        Functions = functions;
        Lines = lines;
    }

    /// <summary>Slots to load.</summary>
    public RawInsn[] Insns { get; }

    /// <summary>struct bpf_func_info records, 8 bytes each; empty when the kernel would not take them.</summary>
    public byte[] Functions { get; }

    /// <summary>struct bpf_line_info records, 16 bytes each; empty when the kernel would not take them.</summary>
    public byte[] Lines { get; }

    /// <summary>Places a program.</summary>
    /// <param name="program">Linked against the kernel's types.</param>
    /// <param name="substitute">True to replace helpers whose answer cannot be repeated; their map comes behind the program's own.</param>
    /// <param name="stubTypeId">BTF id for functions the substitutes append.</param>
    /// <param name="into">The kernel; null for the live one.</param>
    /// <exception cref="KernelRefusedException">It needs something this kernel does not have.</exception>
    public static ProgramImage Of(LinkedProgram program, bool substitute = false, uint stubTypeId = 0, BpfTarget? into = null)
    {
        var target = into ?? BpfTarget.Live;
        var insns = (RawInsn[])program.Insns.Clone();
        for (int pc = 0; pc < insns.Length; pc++)
        {
            var insn = insns[pc];
            if (insn.Code == Call && insn.Src == KernelCall) insns[pc] = PlaceCall(target, program, insn);
            else if (insn.Code == WideLoad && insn.Src == KernelBtfId) PlaceSymbol(target, program, insns, pc);
            if (insn.Code == WideLoad) pc++;
        }
        var added = new List<int>();
        if (substitute) insns = HelperSubstitutes.Apply(insns, program.Maps.Count, added);
        return new ProgramImage(insns, DebugRecords.AreTyped(program) ? FunctionRecords(program, added, stubTypeId) : [], DebugRecords.AreTyped(program) ? LineRecords(program, added) : []);
    }

    private static RawInsn PlaceCall(BpfTarget target, LinkedProgram program, RawInsn insn)
    {
        var kfunc = program.Kfuncs[insn.Imm];
        if (target.Types.TryFind<BtfFunction>(kfunc.Name, out var function)) return insn with { Imm = (int)function.Id };
        return kfunc.Weak
            ? new RawInsn(Call, 0, 0, 0, MissingCall + insn.Imm)
            : throw new KernelRefusedException(program.ObjectName, $"program {program.Spec.Name}", $"{target.Name} has no kernel function '{kfunc.Name}'", Errno.ESRCH);
    }

    private static void PlaceSymbol(BpfTarget target, LinkedProgram program, RawInsn[] insns, int pc)
    {
        var symbol = program.KernelSymbols[insns[pc].Imm];
        if (target.Types.TryFind<BtfVariable>(symbol.Name, out var variable))
        {
            insns[pc] = insns[pc] with { Imm = (int)variable.Id };
            return;
        }
        if (!symbol.Weak) throw new KernelRefusedException(program.ObjectName, $"program {program.Spec.Name}", $"{target.Name} describes no variable '{symbol.Name}'", Errno.ESRCH);
        insns[pc] = new RawInsn(WideLoad, insns[pc].Dst, 0, 0, 0);
        insns[pc + 1] = new RawInsn(0, 0, 0, 0);
    }

    private static byte[] FunctionRecords(LinkedProgram program, List<int> added, uint stubTypeId) =>
        DebugRecords.Functions([.. program.Spec.Functions.Select(f => (f.Slot, f.TypeId)), .. added.Select(slot => (slot, stubTypeId))]);

    private static byte[] LineRecords(LinkedProgram program, List<int> added)
    {
        var lines = DebugRecords.LinesOf(program);
        return lines.Count == 0 ? [] : DebugRecords.Lines([.. lines, .. added.Select(slot => (slot, lines[0].Line))]);
    }

    /// <summary>The slots as bytes.</summary>
    public ReadOnlySpan<byte> InsnBytes => MemoryMarshal.AsBytes<RawInsn>(Insns);
}
