using Vm.Isa;

namespace Vm.Verifier;

/// <summary>One way to read a run as a path of the walk: the visit it is at, its frames, and which values were excused.</summary>
/// <remarks>
/// A value is excused from being what the verifier believed when pruning did not compare it: nobody reads it on, or nothing depends on
/// which number it is. What is computed from it is excused too, until it is overwritten.
/// </remarks>
internal sealed class BeliefPath
{
    /// <summary>Eight frames at once are the verifier's limit for each function walked on its own, and for all of them together.</summary>
    private const int MaxFrames = 2 * VerifierState.MaxFrames;

    private const int StackBytes = 16 * 512, WordBits = 64, CallerSaved = 0x3f, Arguments = 0x3e;
    private readonly Frame[] _frames = new Frame[MaxFrames];
    private readonly ulong[] _excusedStack = new ulong[StackBytes / WordBits];
    private int _top;
    private bool _stackIsExcused;

    private struct Frame
    {
        /// <summary>R10.</summary>
        public ulong Pointer;

        /// <summary>Registers whose value is excused.</summary>
        public uint Excused;

        /// <summary>For a function walked on its own: the visit of its call, and the frame its own count from. Otherwise those of the caller.</summary>
        public int Call, Base;
    }

    /// <summary>The visit whose instruction runs next.</summary>
    public int At { get; set; }

    /// <summary>Registers of the running frame that are excused.</summary>
    public uint Excused => _frames[_top].Excused;

    /// <summary>True when there is no more room for frames.</summary>
    public bool IsFull => _top + 1 == MaxFrames;

    /// <summary>True when the function walked on its own was called by one walked before it.</summary>
    public bool HasCaller => _frames[_top].Base > 0;

    /// <summary>R10 of a frame as the verifier counts them.</summary>
    public ulong FramePointer(int frame) => _frames[_frames[_top].Base + frame].Pointer;

    public void CopyFrom(BeliefPath other)
    {
        At = other.At;
        _top = other._top;
        Array.Copy(other._frames, _frames, _top + 1);
        if (_stackIsExcused || other._stackIsExcused) Array.Copy(other._excusedStack, _excusedStack, _excusedStack.Length);
        _stackIsExcused = other._stackIsExcused;
    }

    /// <summary>The program starts.</summary>
    public void Begin(int root, ulong framePointer)
    {
        (At, _top, _frames[0]) = (root, 0, new Frame { Pointer = framePointer, Call = Belief.None });
        if (_stackIsExcused) Array.Clear(_excusedStack);
        _stackIsExcused = false;
    }

    /// <summary>A function the verifier walks in place is entered: called, or as a callback.</summary>
    public void Enter(ulong framePointer, bool isCallback)
    {
        ref var caller = ref _frames[_top];
        // A callback is given what the verifier makes up, and the third argument of its call.
        uint passed = !isCallback ? caller.Excused & Arguments : (caller.Excused & 1 << 3) != 0 ? Arguments : 0u;
        if (!isCallback) caller.Excused &= ~(uint)CallerSaved;
        _frames[++_top] = new Frame { Pointer = framePointer, Excused = passed, Call = caller.Call, Base = caller.Base };
    }

    /// <summary>A function the verifier walked on its own is called.</summary>
    public void EnterRoot(int root, ulong framePointer)
    {
        int call = At;
        EndCall();
        _frames[++_top] = new Frame { Pointer = framePointer, Call = call, Base = _top };
        At = root;
    }

    /// <summary>A function walked in place returns.</summary>
    public void Leave(bool isCallback)
    {
        uint result = _frames[_top--].Excused & 1;
        if (!isCallback) _frames[_top].Excused = (_frames[_top].Excused & ~1u) | result;
    }

    /// <summary>A function walked on its own returns to the visit of its call.</summary>
    public void LeaveRoot() => At = _frames[_top--].Call;

    /// <summary>A helper has returned: R0-R5 are new, or nobody's.</summary>
    public void EndCall() => _frames[_top].Excused &= ~(uint)CallerSaved;

    /// <summary>A checkpoint covers the run from here. What it was not compared for is excused; everything else is not.</summary>
    public void Compare(VerifierState checkpoint)
    {
        for (int f = 0; f <= checkpoint.CurFrame; f++)
        {
            var frame = checkpoint.Frames[f]!;
            uint excused = 0;
            for (int i = 0; i < Beliefs.Registers; i++)
                if (IsExcused(frame.Regs[i])) excused |= 1u << i;
            _frames[_frames[_top].Base + f].Excused = excused;
            for (int i = 0; i < frame.SlotCount; i++)
            {
                ref var slot = ref frame.Slots[i];
                ExcuseStack(SlotAddress(f, i), StackSlot.Bytes, (slot.Spilled.Live & Live.Read) == 0 || (slot.IsSpill && IsExcused(slot.Spilled)));
            }
        }
    }

    /// <summary>After an instruction other than a call: is what it wrote excused?</summary>
    public void Execute(in Insn insn, in Belief belief, ReadOnlySpan<ulong> r, bool dstIsPointer)
    {
        ref uint excused = ref _frames[_top].Excused;
        bool dst = (excused & 1u << insn.Dst) != 0, src = !insn.UsesImm && (excused & 1u << insn.Src) != 0;
        if (insn.IsAlu)
        {
            bool result = insn.Form switch { Form.Dst => dst, Form.DstImm => dst && !IsCopy(insn.Op), _ => src || (dst && !IsCopy(insn.Op)) };
            // Pruning compares pointers, and numbers that become part of one.
            Set(ref excused, insn.Dst, result && !dstIsPointer);
        }
        else if (insn.IsWide) Set(ref excused, insn.Dst, false);
        else if (insn.IsPacketLoad) excused &= ~(uint)CallerSaved;
        else if (insn.IsLoad) Set(ref excused, insn.Dst, StackIsExcused(r[insn.Src] + (ulong)(long)insn.Off, insn.SizeBytes));
        else if (insn.IsStore) ExcuseStack(r[insn.Dst] + (ulong)(long)insn.Off, insn.SizeBytes, insn.Form == Form.StoreSrc && src);
        else if (insn.IsAtomic)
        {
            ulong address = r[insn.Dst] + (ulong)(long)insn.Off;
            if (insn.Fetches) Set(ref excused, insn.AtomicKind == AtomicKind.CmpXchg ? 0 : insn.Src, StackIsExcused(address, insn.SizeBytes));
            ExcuseStack(address, insn.SizeBytes, false);
        }
        else if (insn.IsComparison && (dst || src)) ExcuseCompared(insn, belief, ref excused);
    }

    private static bool IsExcused(in RegState reg) => (reg.Live & Live.Read) == 0 || (reg.IsScalar && !reg.Precise);

    private static bool IsCopy(Op op) => op is Op.Mov64 or Op.Mov32 or Op.MovSx8To64 or Op.MovSx16To64 or Op.MovSx32To64 or Op.MovSx8To32 or Op.MovSx16To32;

    private static void Set(ref uint excused, int register, bool yes) => excused = yes ? excused | 1u << register : excused & ~(1u << register);

    /// <summary>What is learned from an excused number may be wrong about the other operand, and about every equal number.</summary>
    private void ExcuseCompared(in Insn insn, in Belief belief, ref uint excused)
    {
        excused |= 1u << insn.Dst;
        if (!insn.UsesImm) excused |= 1u << insn.Src;
        for (int i = 0; i < belief.Links.Count; i++)
        {
            var (frame, index, isRegister) = belief.Links[i];
            if (isRegister) _frames[_frames[_top].Base + frame].Excused |= 1u << index;
            else ExcuseStack(SlotAddress(frame, index), StackSlot.Bytes, true);
        }
    }

    private ulong SlotAddress(int frame, int slot) => FramePointer(frame) - (ulong)((slot + 1) * StackSlot.Bytes);

    private bool StackIsExcused(ulong address, int bytes)
    {
        for (int i = 0; _stackIsExcused && i < bytes; i++)
            if (TryLocate(address + (ulong)i, out int at) && (_excusedStack[at / WordBits] & 1ul << at) != 0) return true;
        return false;
    }

    private void ExcuseStack(ulong address, int bytes, bool yes)
    {
        if (!yes && !_stackIsExcused) return;
        _stackIsExcused = true;
        for (int i = 0; i < bytes; i++)
        {
            if (!TryLocate(address + (ulong)i, out int at)) return;
            ref ulong word = ref _excusedStack[at / WordBits];
            word = yes ? word | 1ul << at : word & ~(1ul << at);
        }
    }

    /// <summary>The stack grows down from the entry function's R10.</summary>
    private bool TryLocate(ulong address, out int at)
    {
        ulong below = _frames[0].Pointer - 1 - address;
        at = (int)Math.Min(below, StackBytes);
        return at < StackBytes;
    }
}
