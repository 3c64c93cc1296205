using Vm.Abi;
using Vm.Helpers;
using Vm.Isa;
using Vm.Proofs;
using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>What has been seen of one instruction on the paths walked so far.</summary>
internal struct InsnNotes
{
    public bool Reached, IterNext, HasPointer, Taken, FellThrough, HasStackOffset, HasMap, HasKey;

    /// <summary>Type the memory instruction has gone through.</summary>
    public RegKind PointerKind;
    public PtrFlags PointerFlags;
    public AccessKind Access;
    public short StackOffset, ContextField, ContextByte;
    public int Map;
    public long Key;
    public HelperBinding? Call;
    public uint AllocationType;
}

/// <summary>Gathers facts over all paths and hands them out as <see cref="InsnFacts"/>.</summary>
/// <remarks>
/// A fact that two paths disagree on is dropped. Pruned paths cannot disagree: pruning compares pointers exactly and numbers that
/// decided something by value. Source: Linux 6.12 include/linux/bpf_verifier.h, struct bpf_insn_aux_data; verifier.c, save_aux_ptr_type.
/// </remarks>
internal sealed class FactRecorder(VerifierEnv v)
{
    private readonly InsnNotes[] _notes = new InsnNotes[v.Insns.Length];

    public ref InsnNotes this[int pc] => ref _notes[pc];

    /// <summary>A conditional jump goes this way on some path.</summary>
    public void Branch(int pc, bool taken)
    {
        if (taken) _notes[pc].Taken = true;
        else _notes[pc].FellThrough = true;
    }

    /// <summary>The memory instruction goes through a pointer of this type; false when it went through an incompatible one before.</summary>
    public bool TryPointer(in RegState pointer, bool trustMayDiffer)
    {
        ref var notes = ref _notes[v.Pc];
        if (!notes.HasPointer)
        {
            (notes.HasPointer, notes.PointerKind, notes.PointerFlags) = (true, pointer.Kind, pointer.Flags);
            return true;
        }
        bool same = notes.PointerKind == pointer.Kind && notes.PointerFlags == pointer.Flags;
        if (same || (MayDiffer(pointer.Kind) && MayDiffer(notes.PointerKind))) return true;
        if (trustMayDiffer && pointer.Kind == RegKind.BtfPtr && notes.PointerKind == RegKind.BtfPtr)
        {
            notes.PointerFlags = PtrFlags.Untrusted;
            return true;
        }
        return v.Refuse(Errno.EINVAL, "same insn cannot be used with different pointers");
    }

    /// <summary>The instruction touches this kind of memory; kinds that are plain memory to the engines merge.</summary>
    public void Access(AccessKind kind)
    {
        ref var access = ref _notes[v.Pc].Access;
        access = access == AccessKind.None || access == kind ? kind : access == AccessKind.Probe || kind == AccessKind.Probe ? AccessKind.Probe : AccessKind.Memory;
    }

    /// <summary>The stack access is at this offset of its own frame; 0 for anywhere else.</summary>
    public void StackOffset(int offset)
    {
        ref var notes = ref _notes[v.Pc];
        notes.StackOffset = !notes.HasStackOffset || notes.StackOffset == offset ? (short)offset : (short)0;
        notes.HasStackOffset = true;
    }

    public void Context(int field, int byteOffset) => (_notes[v.Pc].ContextField, _notes[v.Pc].ContextByte) = ((short)field, (short)byteOffset);

    /// <summary>The instruction works on this map.</summary>
    public void Map(int map)
    {
        ref var notes = ref _notes[v.Pc];
        notes.Map = !notes.HasMap || notes.Map == map ? map : -1;
        notes.HasMap = true;
    }

    /// <summary>The lookup's key; negative when it is not known.</summary>
    public void Key(long key)
    {
        ref var notes = ref _notes[v.Pc];
        notes.Key = !notes.HasKey || notes.Key == key ? key : -1;
        notes.HasKey = true;
    }

    /// <summary>The call makes objects of this struct; false when it made another's before.</summary>
    public bool TryObjectType(uint typeId)
    {
        ref uint known = ref _notes[v.Pc].AllocationType;
        if (known != 0 && known != typeId) return false;
        known = typeId;
        return true;
    }

    /// <summary>Facts in the form engines read, one entry a slot.</summary>
    public InsnFacts[] Finish()
    {
        var facts = new InsnFacts[_notes.Length];
        for (int pc = 0; pc < facts.Length; pc++) facts[pc] = Finish(_notes[pc], v.Insns[pc]);
        for (int pc = 1; pc < facts.Length; pc++)
            if (v.Insns[pc].Op == Op.LdImm64Hi) facts[pc] = new InsnFacts { Reached = facts[pc - 1].Reached };
        return facts;
    }

    private static bool MayDiffer(RegKind kind) => kind is not
        (RegKind.Context or RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock or RegKind.XdpSock or RegKind.BtfPtr or RegKind.Arena);

    private InsnFacts Finish(in InsnNotes notes, in Insn insn)
    {
        if (!notes.Reached) return new InsnFacts();
        // Inner maps have numbers beyond the program's own; which one it is shows at run time.
        bool ownMap = notes.HasMap && notes.Map >= 0 && notes.Map < v.Program.Maps.Count;
        return new InsnFacts
        {
            Reached = true,
            Access = notes.Access,
            Branch = !insn.IsComparison || notes.Taken == notes.FellThrough ? BranchFact.Either
                : notes.Taken ? BranchFact.AlwaysTaken : BranchFact.NeverTaken,
            ContextField = notes.Access == AccessKind.Context ? notes.ContextField : (short)-1,
            ContextByte = notes.ContextByte,
            StackOffset = notes.Access == AccessKind.Stack ? notes.StackOffset : (short)0,
            MapIndex = ownMap && (insn.IsCall || notes.Access == AccessKind.MapValue) ? (short)notes.Map : (short)-1,
            ConstantKey = notes.HasKey ? notes.Key : -1,
            Call = notes.Call,
            AllocationType = notes.AllocationType,
        };
    }
}
