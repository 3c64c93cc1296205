using Vm.Abi;
using Vm.Allocations;
using Vm.Helpers;
using Vm.Isa;
using Vm.Maps;

namespace Vm.Proofs;

/// <summary>Why an engine cannot run a program although it was verified.</summary>
/// <param name="Pc">Slot of the instruction.</param>
/// <param name="Errno">What loading returns.</param>
/// <param name="Reason">What is missing.</param>
public readonly record struct EngineRefusal(int Pc, Errno Errno, string Reason);

/// <summary>A verified program uses something the engines do not do.</summary>
public sealed class EngineRefusedException(string objectName, string program, EngineRefusal refusal)
    : BadInputException(objectName, $"{program}, insn {refusal.Pc}", refusal.Reason, refusal.Errno)
{
    /// <summary>The refusal as a value.</summary>
    public EngineRefusal Refusal { get; } = refusal;
}

/// <summary>What both engines ask of a program before they take it.</summary>
public static class EngineSupport
{
    /// <summary>Finds the first reached instruction the engines cannot run; false when there is none. O(insns).</summary>
    /// <param name="program">The program.</param>
    /// <param name="maps">Its live maps, one for each entry of <see cref="Specs.LinkedProgram.Maps"/>.</param>
    /// <param name="objects">Where objects it makes live; null when it must make none.</param>
    /// <param name="refusal">The instruction and what is missing.</param>
    public static bool TryRefuse(VerifiedProgram program, IReadOnlyList<Map> maps, AllocationHeap? objects, out EngineRefusal refusal)
    {
        for (int pc = 0; pc < program.Insns.Count; pc++)
        {
            if (!program.Facts[pc].Reached || Complaint(program, maps, objects, pc) is not { } reason) continue;
            refusal = new EngineRefusal(pc, Errno.EOPNOTSUPP, reason);
            return true;
        }
        refusal = default;
        return false;
    }

    /// <summary>Throws what <see cref="TryRefuse"/> finds.</summary>
    /// <exception cref="EngineRefusedException">The program cannot be run.</exception>
    public static void Demand(VerifiedProgram program, IReadOnlyList<Map> maps, AllocationHeap? objects)
    {
        if (TryRefuse(program, maps, objects, out var refusal)) throw new EngineRefusedException(program.Source.ObjectName, program.Name, refusal);
    }

    /// <summary>What a call of a helper or kfunc is bound to; false when the program type does not offer it.</summary>
    public static bool TryBinding(VerifiedProgram program, int pc, out HelperBinding binding)
    {
        var insn = program.Insns[pc];
        binding = program.Facts[pc].Call!;
        if (binding is not null) return true;
        if (insn.Op == Op.CallHelper) return program.Kind.Helpers.TryGetValue((HelperId)insn.Imm, out binding!);
        var kfuncs = program.Source.Kfuncs;
        return (ulong)insn.Imm < (ulong)kfuncs.Count && program.Kind.Kfuncs.TryGetValue(kfuncs[(int)insn.Imm].Name, out binding!);
    }

    /// <summary>What bpf_obj_new at a slot gets as its second argument: the handle of the struct's <see cref="AllocationType"/>; 0 for other calls.</summary>
    public static ulong ObjectTypeAt(VerifiedProgram program, int pc, AllocationHeap? objects)
    {
        uint id = program.Facts[pc].AllocationType;
        return id == 0 ? 0 : objects!.TypeOf(id, () => SpecialFields.ObjectTypeOf(objects, program.Source.Btf!, id)).Handle;
    }

    /// <summary>
    /// What stands for the address of a kernel function: never 0, different for each, and in a part of the address space where no program of a
    /// process has memory, so that nothing can be read there.
    /// </summary>
    public static ulong KernelSymbolAddress(long index) => 0xffff_ffff_8100_0000 + ((ulong)index << 4);

    /// <summary>Index of the subprogram that starts at a slot; -1 when none does.</summary>
    public static int SubprogramAt(VerifiedProgram program, long slot)
    {
        for (int i = 0; i < program.Subprograms.Count; i++)
        {
            if (program.Subprograms[i].Start == slot) return i;
        }
        return -1;
    }

    private static string? Complaint(VerifiedProgram program, IReadOnlyList<Map> maps, AllocationHeap? objects, int pc)
    {
        var insn = program.Insns[pc];
        if (program.Facts[pc].AllocationType != 0 && objects is null) return "it makes objects and was given no memory for them";
        if (program.Facts[pc].Access == AccessKind.Arena) return "arena memory is not simulated yet";
        return insn.Op switch
        {
            Op.Illegal => "this is not an instruction",
            Op.CastKernel or Op.CastUser => "arena pointers are not simulated yet",
            Op.LdMapFd or Op.LdMapValue => "a map is named by file descriptor; link the program so that it is named by index",
            Op.LdMapIndex when (uint)insn.Imm >= (uint)maps.Count => $"map {(uint)insn.Imm} is named and {maps.Count} were given",
            Op.LdMapIndexValue when (uint)insn.Imm >= (uint)maps.Count => $"map {(uint)insn.Imm} is named and {maps.Count} were given",
            Op.LdMapIndexValue when maps[(int)(uint)insn.Imm] is not ArrayMap => $"{maps[(int)(uint)insn.Imm]} is no array and has no address of its own",
            Op.CallHelper or Op.CallKfunc when !TryBinding(program, pc, out _) => $"programs of type {program.Kind.Type} have no such function",
            Op.CallLocal or Op.LdFunc when SubprogramAt(program, insn.Target(pc)) < 1 => "no subprogram starts at the target",
            _ when insn.IsPacketLoad && program.Kind.LegacyLoad is null => $"programs of type {program.Kind.Type} have no legacy packet loads",
            _ => null,
        };
    }
}
