using System.Reflection;
using System.Reflection.Emit;
using Vm.Isa;
using Vm.Maps;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Jit;

/// <summary>The function being emitted: its IL, its registers, the facts, and the few pushes every room needs.</summary>
internal sealed class Emission
{
    private static readonly FieldInfo s_maps = typeof(CompiledProgram).GetField(nameof(CompiledProgram.Maps))!;
    private static readonly FieldInfo s_name = typeof(CompiledProgram).GetField(nameof(CompiledProgram.Name))!;
    private static readonly FieldInfo s_run = typeof(ExecContext).GetField(nameof(ExecContext.Run))!;
    private static readonly FieldInfo s_framePointer = typeof(RunState).GetField(nameof(RunState.FramePointer))!;

    private readonly short _execArgument;
    private readonly Dictionary<int, Label> _labels = [];
    private readonly bool _lowersFrame;

    public Emission(CompilationUnit unit, int index)
    {
        Unit = unit;
        Function = unit.Program.Subprograms[index];
        IsEntry = index == 0;
        Il = unit.Methods[index].GetILGenerator();
        Registers = new RegisterMap(Il);
        Slots = unit.Options is { StackInLocals: true, Checked: false } ? StackSlots.Find(unit, Function) : StackSlots.None;
        Slots.Declare(Il);
        _execArgument = (short)(IsEntry ? 2 : 6);
        _lowersFrame = RunsOthersBelow();
    }

    public CompilationUnit Unit { get; }

    public SubprogramFacts Function { get; }

    public bool IsEntry { get; }

    public ILGenerator Il { get; }

    public RegisterMap Registers { get; }

    public StackSlots Slots { get; }

    public Insn Insn(int pc) => Unit.Program.Insns[pc];

    public InsnFacts Facts(int pc) => Unit.Program.Facts[pc];

    public Map MapAt(int index) => Unit.Data.Maps[index];

    /// <summary>Pushes the simulated CPU.</summary>
    public void LoadExec() => Il.Emit(OpCodes.Ldarg_S, (byte)_execArgument);

    /// <summary>Pushes the address of what running programs keep on it.</summary>
    public void LoadRun()
    {
        LoadExec();
        Il.Emit(OpCodes.Ldflda, s_run);
    }

    /// <summary>Pushes the hidden first argument.</summary>
    public void LoadData() => Il.Emit(OpCodes.Ldarg_0);

    /// <summary>Pushes a live map as the type a parameter has.</summary>
    public void LoadMap(int index, Type type)
    {
        LoadData();
        Il.Emit(OpCodes.Ldfld, s_maps);
        Il.Emit(OpCodes.Ldc_I4, index);
        Il.Emit(OpCodes.Ldelem_Ref);
        if (type != typeof(Map)) Il.Emit(OpCodes.Call, UnsafeAs(type));
    }

    /// <summary>Pushes the program's name.</summary>
    public void LoadName()
    {
        LoadData();
        Il.Emit(OpCodes.Ldfld, s_name);
    }

    /// <summary>Pushes a 64-bit constant in the shortest way.</summary>
    public void LoadConstant(long value)
    {
        if (value == (int)value)
        {
            Il.Emit(OpCodes.Ldc_I4, (int)value);
            Il.Emit(OpCodes.Conv_I8);
        }
        else if (value == (uint)value)
        {
            Il.Emit(OpCodes.Ldc_I4, (int)value);
            Il.Emit(OpCodes.Conv_U8);
        }
        else
        {
            Il.Emit(OpCodes.Ldc_I8, value);
        }
    }

    /// <summary>Pushes the second operand of an arithmetic instruction or comparison, 64 bits.</summary>
    public void LoadOperand(Insn insn)
    {
        if (insn.UsesImm) LoadConstant(insn.Imm);
        else Registers.Load(insn.Src);
    }

    /// <summary>The label of a slot.</summary>
    public Label LabelOf(long pc)
    {
        if (!_labels.TryGetValue((int)pc, out var label)) _labels[(int)pc] = label = Il.DefineLabel();
        return label;
    }

    /// <summary>Marks a slot if anything jumps there, before or later.</summary>
    public void MarkLabel(int pc) => Il.MarkLabel(LabelOf(pc));

    /// <summary>The function's first instructions: registers, frame, frame pointer.</summary>
    public void Enter()
    {
        // Every register starts as something definite, so that a run never depends on what the host left behind; RyuJIT drops what
        // is not read.
        int arguments = IsEntry ? 1 : 5;
        for (int register = 0; register < 10; register++)
        {
            if (register >= 1 && register <= arguments) Il.Emit(OpCodes.Ldarg_S, (byte)register);
            else LoadConstant(0);
            Registers.Store(register);
        }
        LoadRun();
        Il.Emit(OpCodes.Ldfld, s_framePointer);
        Registers.Store(10);
        if (_lowersFrame && Function.StackBytes > 0) StoreFramePointer(-Function.StackBytes);
        if (!Function.ReadsUnwrittenStack || Function.StackBytes == 0) return;
        Registers.Load(10);
        LoadConstant(-Function.StackBytes);
        Il.Emit(OpCodes.Add);
        Il.Emit(OpCodes.Ldc_I4, Function.StackBytes);
        Il.Emit(OpCodes.Call, ((Action<ulong, int>)Memory.Native.Clear).Method);
        Slots.Clear(this);
    }

    /// <summary>Returns what is on the evaluation stack.</summary>
    public void Leave()
    {
        if (_lowersFrame && Function.StackBytes > 0) StoreFramePointer(0);
        Il.Emit(OpCodes.Ret);
    }

    /// <summary>A reinterpretation that costs nothing; the verifier or the binder vouches for the type.</summary>
    public static MethodInfo UnsafeAs(Type type) =>
        typeof(System.Runtime.CompilerServices.Unsafe).GetMethod("As", 1, [typeof(object)])!.MakeGenericMethod(type);

    private void StoreFramePointer(int offset)
    {
        LoadRun();
        Registers.Load(10);
        if (offset != 0)
        {
            LoadConstant(offset);
            Il.Emit(OpCodes.Add);
        }
        Il.Emit(OpCodes.Stfld, s_framePointer);
    }

    /// <summary>True when code this function starts uses guest stack below its own: subprograms, callbacks.</summary>
    private bool RunsOthersBelow()
    {
        for (int pc = Function.Start; pc < Function.End; pc++)
        {
            if (!Facts(pc).Reached) continue;
            var insn = Insn(pc);
            if (insn.Op == Op.CallLocal) return true;
            if (insn.IsCall && EngineSupport.TryBinding(Unit.Program, pc, out var binding) && (binding.Signature.Flags & Helpers.CallFlags.CallsBack) != 0) return true;
        }
        return false;
    }
}
