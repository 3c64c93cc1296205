using Vm.Abi;
using Vm.Interp;
using Vm.Isa;
using Vm.Jit;
using Vm.Kernel;
using Vm.Maps;
using Vm.Allocations;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Specs;
using Vm.Verifier;

namespace Vm.Loading;

/// <summary>The last step of loading, the same for objects of the library and for BPF_PROG_LOAD: a verified program becomes one of a kernel.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_load; kernel/bpf/core.c, bpf_prog_select_runtime.</remarks>
public static class ProgramLoader
{
    private const byte WideLoad = 0x18, Call = 0x85;
    private const int MapFd = 1, MapValue = 2, MapIndex = 5, MapIndexValue = 6, LocalCall = 1, KernelCall = 2, KernelSymbol = 3;

    /// <summary>Instructions as a loader hands them over: kernel functions by BTF id, maps as descriptors whose numbers are 0.</summary>
    /// <param name="program">The linked program.</param>
    /// <param name="types">The kernel's types.</param>
    public static RawInsn[] AsHandedOver(LinkedProgram program, Btf.BtfSpec types)
    {
        ArgumentNullException.ThrowIfNull(program);
        var insns = (RawInsn[])program.Insns.Clone();
        for (int slot = 0; slot < insns.Length; slot++)
        {
            var insn = insns[slot];
            if (insn is { Code: Call, Src: KernelCall }) insns[slot] = insn with { Imm = IdOf(program.Kfuncs[insn.Imm].Name) };
            if (insn.Code != WideLoad) continue;
            if (insn.Src == KernelSymbol) insns[slot] = insn with { Imm = IdOf(program.KernelSymbols[insn.Imm].Name) };
            else if (insn.Src is MapIndex or MapIndexValue) insns[slot] = new RawInsn(WideLoad, insn.Dst, insn.Src == MapIndex ? MapFd : MapValue, 0, 0);
            slot++;
        }
        return insns;

        int IdOf(string name) => types.TryFind<Btf.BtfFunction>(name, out var function) ? (int)function.Id : 0;
    }

    /// <summary>Compiles a program and makes it known to the kernel.</summary>
    /// <param name="verified">The program.</param>
    /// <param name="options">Engine and kernel.</param>
    /// <param name="facts">What is said of it.</param>
    /// <returns>The program, known by id, with its maker's reference.</returns>
    /// <exception cref="MapSpecException">EINVAL: it uses a prog array of programs of another kind.</exception>
    /// <exception cref="EngineRefusedException">EOPNOTSUPP: it needs something of the engines that is not simulated.</exception>
    public static BpfProg Load(VerifiedProgram verified, LoadOptions options, LoadedAs facts)
    {
        ArgumentNullException.ThrowIfNull(verified);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        var source = verified.Source;
        Map[] maps = [.. facts.Maps.Select(map => map.Memory)];
        var owner = new TailCallOwner(source.Type, source.AttachType, source.HasFrags);
        foreach (var array in maps.OfType<ProgArrayMap>())
        {
            if (array.Claim(owner) != Errno.None)
                throw new MapSpecException(source.ObjectName, $"map {array.Name}", $"'{verified.Name}' is of another type, attach type or frags setting than the programs of this prog array", Errno.EINVAL);
        }
        var heap = verified.Facts.Any(one => one.AllocationType != 0) ? facts.Btf!.AcquireHeap(options.Kernel) : null;
        try
        {
            var made = Describe(verified, Compile(verified, maps, heap, options), options, facts);
            options.Kernel.Adopt(made);
            return made;
        }
        finally
        {
            heap?.Release();
        }
    }

    private static ExecutableProgram Compile(VerifiedProgram verified, Map[] maps, AllocationHeap? heap, LoadOptions options)
    {
        // Its objects may come to lie in any of these.
        if (heap is not null) foreach (var map in maps) map.Keep(heap);
        return options.Engine == Engine.Jit ? JitCompiler.Compile(verified, maps, options.Jit, heap) : Interpreter.Load(verified, maps, options.Steps, heap);
    }

    private static BpfProg Describe(VerifiedProgram verified, ExecutableProgram code, LoadOptions options, LoadedAs facts)
    {
        ulong tag = ProgramTag.Of(facts.Insns);
        var functions = verified.Subprograms;
        return new BpfProg(code)
        {
            Name = facts.Name,
            Tag = tag,
            FunctionTags = functions.Count == 1 ? [tag] : [.. functions.Select(function => ProgramTag.Of(facts.Insns.AsSpan(function.Start..function.End)))],
            LoadTimeNs = options.Kernel.Clock(),
            Uid = facts.Uid,
            IsGpl = ProgramVerifier.IsGplCompatible(verified.Source.License),
            Xlated = Shown(verified.Source.Insns, facts.Maps),
            Functions = [.. functions.Select(function => function.Start)],
            Maps = facts.Maps,
            Btf = facts.Btf,
            FuncInfo = facts.FuncInfo,
            LineInfo = facts.LineInfo,
            VerifiedInsns = (uint)verified.Stats.InsnsProcessed,
        };
    }

    // Addresses are nobody's business: what a call's number would become is 0, as where kallsyms are restricted.
    // Source: Linux 6.12 kernel/bpf/syscall.c, bpf_insn_prepare_dump; kernel/bpf/verifier.c, jit_subprogs.
    private static RawInsn[] Shown(RawInsn[] linked, IReadOnlyList<BpfMap> maps)
    {
        var insns = (RawInsn[])linked.Clone();
        for (int slot = 0; slot < insns.Length; slot++)
        {
            var insn = insns[slot];
            if (insn.Code == Call) insns[slot] = insn with { Imm = 0, Off = insn.Src == LocalCall ? (short)insn.Imm : insn.Off };
            if (insn.Code != WideLoad) continue;
            if (insn.Src is MapIndex or MapIndexValue) insns[slot] = new RawInsn(WideLoad, insn.Dst, insn.Src == MapIndex ? MapFd : MapValue, 0, (int)maps[insn.Imm].Id);
            else if (insn.Src == KernelSymbol) insns[slot] = new RawInsn(WideLoad, insn.Dst, 0, 0, 0);
            slot++;
        }
        return insns;
    }
}
