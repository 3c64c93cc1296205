using System.Diagnostics;
using Vm.Isa;
using Vm.Proofs;

namespace Vm.Jit;

/// <summary>Emits one function, instruction by instruction; what no path reaches is left out.</summary>
internal sealed class FunctionCompiler
{
    private readonly Emission _emission;
    private readonly MemoryEmit _memory;
    private readonly BranchEmit _branches;
    private readonly CallEmit _calls;

    public FunctionCompiler(CompilationUnit unit, int index)
    {
        _emission = new Emission(unit, index);
        _memory = new MemoryEmit(_emission);
        _branches = new BranchEmit(_emission);
        _calls = new CallEmit(_emission);
    }

    public void Compile()
    {
        var e = _emission;
        var targets = JumpTargets();
        e.Enter();
        _branches.Enter();
        for (int pc = e.Function.Start; pc < e.Function.End; pc++)
        {
            if (targets.Contains(pc)) e.MarkLabel(pc);
            if (e.Facts(pc).Reached) Emit(pc, e.Insn(pc));
        }
        // No proven program gets here; IL must not run off its end all the same.
        e.LoadConstant(0);
        e.Leave();
    }

    private void Emit(int pc, Insn insn)
    {
        switch (insn.Form)
        {
            case Form.Dst or Form.DstImm or Form.DstSrc:
                AluEmit.Emit(_emission, insn);
                break;
            case Form.Load or Form.StoreImm or Form.StoreSrc or Form.Atomic:
                _memory.Emit(pc, insn);
                break;
            case Form.Jump or Form.JumpLong or Form.JumpImm or Form.JumpSrc:
                _branches.Emit(pc, insn);
                break;
            case Form.Exit:
                _emission.Registers.Load(0);
                _emission.Leave();
                break;
            case Form.Call or Form.CallOff:
                _calls.Emit(pc, insn);
                break;
            case Form.Wide:
                _emission.LoadConstant(WideConstant(pc, insn));
                _emission.Registers.Store(insn.Dst);
                break;
            case Form.PacketAbs or Form.PacketInd:
                _calls.EmitPacketLoad(insn);
                break;
            case Form.None:
                Debug.Assert(insn.Op == Op.LdImm64Hi, "Illegal slots are refused before.");
                break;
        }
    }

    private long WideConstant(int pc, Insn insn) => insn.Op switch
    {
        Op.LdImm64 => insn.Imm,
        Op.LdBtfId => (long)EngineSupport.KernelSymbolAddress(insn.Imm),
        Op.LdMapIndex => (long)_emission.MapAt((int)(uint)insn.Imm).Handle,
        Op.LdMapIndexValue => (long)((Maps.ArrayMap)_emission.MapAt((int)(uint)insn.Imm)).ValueBase + (insn.Imm >>> 32),
        Op.LdFunc => (long)_emission.Unit.Data.Callbacks[EngineSupport.SubprogramAt(_emission.Unit.Program, insn.Target(pc))].Handle,
        _ => throw new UnreachableException(),
    };

    private HashSet<int> JumpTargets()
    {
        var targets = new HashSet<int>();
        for (int pc = _emission.Function.Start; pc < _emission.Function.End; pc++)
        {
            var facts = _emission.Facts(pc);
            if (facts.Reached && facts.Branch != BranchFact.NeverTaken && _emission.Insn(pc).IsJump) targets.Add((int)_emission.Insn(pc).Target(pc));
        }
        return targets;
    }
}
