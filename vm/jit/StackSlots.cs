using System.Diagnostics.CodeAnalysis;
using System.Reflection.Emit;
using Vm.Proofs;

namespace Vm.Jit;

/// <summary>Stack slots that can live in IL locals: always accessed whole, at a constant place, by nobody else.</summary>
/// <remarks>
/// Compilers spill registers to such slots; as locals RyuJIT keeps them in machine registers or at least knows their values.
/// A slot stays in memory when accesses overlap it partly, when an atomic works on it, or when its address is handed out.
/// </remarks>
internal sealed class StackSlots
{
    private readonly Dictionary<int, int> _slotByPc;
    private readonly Dictionary<int, LocalBuilder> _locals = [];

    private StackSlots(Dictionary<int, int> slotByPc) => _slotByPc = slotByPc;

    /// <summary>Everything in memory.</summary>
    public static StackSlots None { get; } = new([]);

    /// <summary>Finds the slots of one function. About linear in its instructions.</summary>
    public static StackSlots Find(CompilationUnit unit, SubprogramFacts function)
    {
        var uses = StackUses.Of(unit, function);
        if (uses.AllExposed) return None;

        // Who uses each byte of the frame: 0 nobody, Shared when uses differ, else the slot.
        const int Shared = -1;
        var users = new int[StackUses.FrameBytes];
        foreach (var (_, offset, bytes) in uses.Accesses)
        {
            int slot = SlotOf(offset, bytes);
            foreach (ref int user in Frame(users, offset, bytes)) user = user == 0 || user == slot ? slot : Shared;
        }
        foreach (var (offset, bytes) in uses.Exposed) Frame(users, offset, bytes).Fill(Shared);

        var slotByPc = new Dictionary<int, int>();
        foreach (var (pc, offset, bytes) in uses.Accesses)
        {
            int slot = SlotOf(offset, bytes);
            if (!Frame(users, offset, bytes).ContainsAnyExcept(slot)) slotByPc[pc] = slot;
        }
        return new StackSlots(slotByPc);
    }

    /// <summary>The local a load or store works on; false when it works on memory.</summary>
    public bool TryLocal(int pc, [NotNullWhen(true)] out LocalBuilder? local)
    {
        local = null;
        return _slotByPc.TryGetValue(pc, out int slot) && _locals.TryGetValue(slot, out local);
    }

    /// <summary>Declares the locals; they hold their bytes zero-extended.</summary>
    public void Declare(ILGenerator il)
    {
        foreach (int slot in _slotByPc.Values)
        {
            if (!_locals.ContainsKey(slot)) _locals[slot] = il.DeclareLocal(typeof(ulong));
        }
    }

    /// <summary>Emits zeros into all slots, for functions that read stack they never wrote.</summary>
    public void Clear(Emission e)
    {
        foreach (var local in _locals.Values)
        {
            e.LoadConstant(0);
            e.Il.Emit(OpCodes.Stloc, local);
        }
    }

    private static int SlotOf(int offset, int bytes) => (StackUses.FrameBytes + offset + 1) * 16 + bytes;

    private static Span<int> Frame(int[] users, int offset, int bytes) => users.AsSpan(StackUses.FrameBytes + offset, bytes);
}
