using System.Diagnostics;
using Vm.Allocations;
using Vm.Helpers;
using Vm.Isa;
using Vm.Maps;
using Vm.Memory;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Interp;

/// <summary>Runs one program, a function at a time.</summary>
internal sealed class Machine
{
    private const int Registers = 11;

    private readonly VerifiedProgram _program;
    private readonly Insn[] _insns;
    private readonly IReadOnlyList<Map> _maps;
    private readonly IStepObserver? _observer;
    private readonly AllocationHeap? _objects;
    private readonly CheckedMemory _memory;
    private readonly Dictionary<int, InterpretedCallback> _callbacks = [];
    private readonly Func<ulong, int, int, long>? _legacyLoad;
    private readonly uint _owner;

    public Machine(VerifiedProgram program, IReadOnlyList<Map> maps, IStepObserver? observer, AllocationHeap? objects)
    {
        _objects = objects;
        _program = program;
        _owner = new TailCallOwner(program.Source.Type, program.Source.AttachType, program.Source.HasFrags).Number;
        _insns = [.. program.Insns];
        _maps = maps;
        _observer = observer;
        _memory = new CheckedMemory(program);
        _legacyLoad = program.Kind.LegacyLoad?.CreateDelegate<Func<ulong, int, int, long>>();
        for (int i = 1; i < program.Subprograms.Count; i++)
        {
            if (program.Subprograms[i].Callback) _callbacks[i] = new InterpretedCallback(this, i);
        }
    }

    /// <summary>Functions whose address the program takes.</summary>
    public IEnumerable<GuestCallback> Callbacks => _callbacks.Values;

    /// <summary>The entry function.</summary>
    public ulong Run(ulong ctx, ExecContext x)
    {
        ulong result = RunFunction(0, x, ctx, 0, 0, 0, 0);
        if (!x.Run.Throwing) return result;
        x.Run.Throwing = false;
        return _program.ExceptionCallback < 0 ? x.Run.ThrowCookie : RunFunction(_program.ExceptionCallback, x, x.Run.ThrowCookie, 0, 0, 0, 0);
    }

    /// <summary>One function, from its first instruction to its exit.</summary>
    public ulong RunFunction(int index, ExecContext x, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        var function = _program.Subprograms[index];
        ulong framePointer = x.Run.FramePointer;
        if (function.ReadsUnwrittenStack) Native.Clear(framePointer - (ulong)function.StackBytes, function.StackBytes);
        x.Run.FramePointer = framePointer - (ulong)function.StackBytes;
        Span<ulong> r = stackalloc ulong[Registers];
        r.Clear();
        (r[1], r[2], r[3], r[4], r[5], r[10]) = (r1, r2, r3, r4, r5, framePointer);

        uint mayGotoLeft = LoopHelpers.MaxLoops;
        int pc = function.Start;
        while (true)
        {
            var insn = _insns[pc];
            _observer?.Step(pc, insn, r);
            if (insn.IsAlu) r[insn.Dst] = OpDelegates.Compute(insn, r[insn.Dst], Operand(insn, r));
            else if (insn.IsWide) r[insn.Dst] = WideConstant(pc, insn);
            else if (insn.IsLoad || insn.IsStore || insn.IsAtomic) _memory.Do(pc, insn, r, x);
            else if (insn.IsComparison) pc = OpDelegates.Holds(insn, r[insn.Dst], Operand(insn, r)) ? (int)insn.Target(pc) - 1 : pc;
            else if (insn.Op is Op.Ja or Op.JaLong) pc = (int)insn.Target(pc) - 1;
            else if (insn.Op == Op.MayGoto) pc = MayGoto(insn, pc, x, ref mayGotoLeft);
            else if (insn.IsPacketLoad)
            {
                long value = LoadPacket(insn, r);
                if (value < 0) return Leave(x, framePointer, 0);
                r[0] = (ulong)value;
            }
            else if (insn.Op == Op.CallLocal)
            {
                r[0] = RunFunction(EngineSupport.SubprogramAt(_program, insn.Target(pc)), x, r[1], r[2], r[3], r[4], r[5]);
                if (x.Run.Throwing) return Leave(x, framePointer, 0);
            }
            else if (insn.IsCall)
            {
                r[0] = Call(pc, r, x);
                if (x.Run.Throwing) return Leave(x, framePointer, 0);
                if (TailCall.Goes(x, _owner)) return Leave(x, framePointer, TailCall.Enter(x, r[1], framePointer));
            }
            else if (insn.Op == Op.Exit) return Leave(x, framePointer, r[0]);
            else throw new UnreachableException($"{_program.Name}: insn {pc} was never reached in the proof.");
            pc += insn.Slots;
        }
    }

    private static ulong Leave(ExecContext x, ulong framePointer, ulong r0)
    {
        x.Run.FramePointer = framePointer;
        return r0;
    }

    private static ulong Operand(Insn insn, ReadOnlySpan<ulong> r) => insn.UsesImm ? (ulong)insn.Imm : r[insn.Src];

    private ulong WideConstant(int pc, Insn insn) => insn.Op switch
    {
        Op.LdImm64 => (ulong)insn.Imm,
        Op.LdMapIndex => _maps[(int)(uint)insn.Imm].Handle,
        Op.LdMapIndexValue => ((ArrayMap)_maps[(int)(uint)insn.Imm]).ValueBase + ((ulong)insn.Imm >> 32),
        Op.LdBtfId => EngineSupport.KernelSymbolAddress(insn.Imm),
        Op.LdFunc => _callbacks[EngineSupport.SubprogramAt(_program, insn.Target(pc))].Handle,
        _ => throw new UnreachableException($"{insn.Op} is refused when the program is loaded."),
    };

    private static int MayGoto(Insn insn, int pc, ExecContext x, ref uint left)
    {
        if (left == 0) return (int)insn.Target(pc) - 1;
        left--;
        LoopHelpers.Charge(x);
        return pc;
    }

    private long LoadPacket(Insn insn, ReadOnlySpan<ulong> r)
    {
        int offset = (int)insn.Imm + (insn.Form == Form.PacketInd ? (int)r[insn.Src] : 0);
        return _legacyLoad!(r[6], offset, insn.SizeBytes);
    }

    private ulong Call(int pc, Span<ulong> r, ExecContext x)
    {
        if (!EngineSupport.TryBinding(_program, pc, out var binding)) throw new UnreachableException("Unbound calls are refused when the program is loaded.");
        ulong objectType = EngineSupport.ObjectTypeAt(_program, pc, _objects);
        ulong result = binding.Stub(x, r[1], objectType != 0 ? objectType : r[2], r[3], r[4], r[5]);
        _observer?.Called(new ObservedCall(_program, pc, binding, x.Run.TailTarget), r[1..6], result);
        return result;
    }
}

/// <summary>A subprogram as a guest value.</summary>
internal sealed class InterpretedCallback(Machine machine, int index) : GuestCallback
{
    /// <inheritdoc/>
    public override ulong Invoke(ExecContext x, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => machine.RunFunction(index, x, r1, r2, r3, r4, r5);
}
