using Vm.Isa;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Instruments;

/// <summary>One way to read a run as a path of the walk: the visit it is at, its frames, and what pruning did not compare.</summary>
/// <remarks>
/// Where the walk was cut off by a checkpoint, two kinds of value may differ from those believed in from there. Values nobody reads on
/// are dead: reading one shows that the verifier missed a read. Numbers that nothing depends on are free, and what is computed from
/// them is, until it is overwritten: a free number on which something does depend shows that the verifier missed that.
/// </remarks>
internal sealed class BeliefPath
{
    /// <summary>Eight frames at once are the verifier's limit for each function walked on its own, and for all of them together.</summary>
    private const int MaxFrames = 2 * VerifierState.MaxFrames;

    private const int MaxFrameBytes = 512;
    private const uint CallerSaved = 0x3f, Arguments = 0x3e;
    private readonly Frame[] _frames = new Frame[MaxFrames];
    private readonly StackMarks _freeStack = new(), _deadStack = new();
    private int _top;

    private struct Frame
    {
        /// <summary>R10.</summary>
        public ulong Pointer;

        /// <summary>Registers by number.</summary>
        public uint Free, Dead;

        /// <summary>For a function walked on its own: the visit of its call, and the frame its own count from. Otherwise those of the caller.</summary>
        public int Call, Base;
    }

    /// <summary>The visit whose instruction runs next.</summary>
    public int At { get; set; }

    /// <summary>Registers of the running frame that need not hold what was believed.</summary>
    public uint Excused => _frames[_top].Free | _frames[_top].Dead;

    /// <summary>Registers of the running frame that nobody reads.</summary>
    public uint Dead => _frames[_top].Dead;

    /// <summary>True when there is no more room for frames.</summary>
    public bool IsFull => _top + 1 == MaxFrames;

    /// <summary>True when the function walked on its own was called by one walked before it.</summary>
    public bool HasCaller => _frames[_top].Base > 0;

    /// <summary>R10 of a frame as the verifier counts them.</summary>
    public ulong FramePointer(int frame) => FrameAt(frame).Pointer;

    /// <summary>True when nobody reads these bytes, if they are stack at all.</summary>
    public bool IsDead(ulong address, int bytes) => _deadStack.Any(address, bytes);

    public void CopyFrom(BeliefPath other)
    {
        At = other.At;
        _top = other._top;
        Array.Copy(other._frames, _frames, _top + 1);
        _freeStack.CopyFrom(other._freeStack);
        _deadStack.CopyFrom(other._deadStack);
    }

    /// <summary>The program starts.</summary>
    public void Begin(int root, ulong framePointer)
    {
        (At, _top, _frames[0]) = (root, 0, new Frame { Pointer = framePointer, Call = Belief.None });
        _freeStack.Begin(framePointer);
        _deadStack.Begin(framePointer);
    }

    /// <summary>A function the verifier walks in place is entered: called, or as a callback.</summary>
    public void Enter(ulong framePointer, bool isCallback)
    {
        ref var caller = ref _frames[_top];
        // A callback is given what the verifier makes up, and the third argument of its call.
        var (free, dead) = isCallback ? (((caller.Free | caller.Dead) & 1 << 3) != 0 ? Arguments : 0u, 0u) : (caller.Free & Arguments, caller.Dead & Arguments);
        if (!isCallback) EndCall();
        ClearStack(framePointer);
        _frames[++_top] = new Frame { Pointer = framePointer, Free = free, Dead = dead, Call = caller.Call, Base = caller.Base };
    }

    /// <summary>A function the verifier walked on its own is called.</summary>
    public void EnterRoot(int root, ulong framePointer)
    {
        int call = At;
        EndCall();
        ClearStack(framePointer);
        _frames[++_top] = new Frame { Pointer = framePointer, Call = call, Base = _top };
        At = root;
    }

    /// <summary>A function walked in place returns.</summary>
    public void Leave(bool isCallback)
    {
        var callee = _frames[_top--];
        ref var caller = ref _frames[_top];
        if (!isCallback) (caller.Free, caller.Dead) = ((caller.Free & ~1u) | (callee.Free & 1), (caller.Dead & ~1u) | (callee.Dead & 1));
    }

    /// <summary>A function walked on its own returns to the visit of its call.</summary>
    public void LeaveRoot() => At = _frames[_top--].Call;

    /// <summary>A helper has returned: R0-R5 are new, or nobody's.</summary>
    public void EndCall()
    {
        _frames[_top].Free &= ~CallerSaved;
        _frames[_top].Dead &= ~CallerSaved;
    }

    /// <summary>A checkpoint covers the run from here: its marks say what was compared.</summary>
    public void Compare(VerifierState checkpoint)
    {
        for (int f = 0; f <= checkpoint.CurFrame; f++)
        {
            var stored = checkpoint.Frames[f]!;
            ref var frame = ref FrameAt(f);
            (frame.Free, frame.Dead) = (0, 0);
            for (int i = 0; i < Beliefs.Registers; i++)
            {
                if (!IsRead(stored.Regs[i])) frame.Dead |= 1u << i;
                else if (IsFree(stored.Regs[i])) frame.Free |= 1u << i;
            }
            for (int i = 0; i < stored.SlotCount; i++)
            {
                ref var slot = ref stored.Slots[i];
                bool read = IsRead(slot.Spilled);
                _deadStack.Set(SlotAddress(f, i), StackSlot.Bytes, !read);
                _freeStack.Set(SlotAddress(f, i), StackSlot.Bytes, read && slot.IsSpill && IsFree(slot.Spilled));
            }
        }
    }

    /// <summary>An instruction other than a call runs: what becomes free, and what is no longer dead?</summary>
    public void Execute(in Insn insn, in Belief belief, ReadOnlySpan<ulong> r, bool dstIsPointer)
    {
        ref var frame = ref _frames[_top];
        bool dst = (frame.Free & 1u << insn.Dst) != 0, src = !insn.UsesImm && (frame.Free & 1u << insn.Src) != 0;
        ulong offset = (ulong)(long)insn.Off;
        if (insn.IsAlu)
        {
            bool copies = Copies(insn);
            // Pruning compares pointers, and numbers that become part of one.
            Write(ref frame, insn.Dst, !dstIsPointer && ((dst && !copies) || (src && insn.Form == Form.DstSrc)));
        }
        else if (insn.IsWide) Write(ref frame, insn.Dst, false);
        else if (insn.IsPacketLoad) EndCall();
        else if (insn.IsLoad) Write(ref frame, insn.Dst, _freeStack.Any(r[insn.Src] + offset, insn.SizeBytes));
        else if (insn.IsStore) WriteStack(r[insn.Dst] + offset, insn.SizeBytes, insn.Form == Form.StoreSrc && src);
        else if (insn.IsAtomic)
        {
            if (insn.Fetches) Write(ref frame, insn.AtomicKind == AtomicKind.CmpXchg ? 0 : insn.Src, _freeStack.Any(r[insn.Dst] + offset, insn.SizeBytes));
            WriteStack(r[insn.Dst] + offset, insn.SizeBytes, false);
        }
        else if (insn.IsComparison && (dst || src)) FreeCompared(insn, belief);
    }

    /// <summary>True when the old value of dst plays no part.</summary>
    public static bool Copies(in Insn insn) => insn.Op is Op.Mov64 or Op.Mov32 or (>= Op.MovSx8To64 and <= Op.MovSx16To32) or Op.CastKernel or Op.CastUser;

    /// <summary>The walk took slots for empty from here on: reading them is reading any number, whatever it held when a checkpoint was made.</summary>
    public void Empty(LinkedPlaces slots)
    {
        for (int i = 0; i < slots.Count; i++)
        {
            var (frame, index, _) = slots[i];
            _deadStack.Set(SlotAddress(frame, index), StackSlot.Bytes, false);
        }
    }

    private static bool IsRead(in RegState reg) => (reg.Live & Live.Read) != 0;

    private static bool IsFree(in RegState reg) => reg.IsScalar && !reg.Precise;

    private static void Write(ref Frame frame, int register, bool free)
    {
        frame.Dead &= ~(1u << register);
        frame.Free = free ? frame.Free | 1u << register : frame.Free & ~(1u << register);
    }

    /// <summary>What an earlier function left in a new frame is not the new one's.</summary>
    private void ClearStack(ulong framePointer) => WriteStack(framePointer - MaxFrameBytes, MaxFrameBytes, false);

    private void WriteStack(ulong address, int bytes, bool free)
    {
        _deadStack.Set(address, bytes, false);
        _freeStack.Set(address, bytes, free);
    }

    /// <summary>What is learned from a free number may be wrong about the other operand, and about every equal number.</summary>
    private void FreeCompared(in Insn insn, in Belief belief)
    {
        _frames[_top].Free |= 1u << insn.Dst | (insn.UsesImm ? 0 : 1u << insn.Src);
        for (int i = 0; i < belief.Links.Count; i++)
        {
            var (frame, index, isRegister) = belief.Links[i];
            if (isRegister) FrameAt(frame).Free |= 1u << index;
            else _freeStack.Set(SlotAddress(frame, index), StackSlot.Bytes, true);
        }
    }

    private ref Frame FrameAt(int frame) => ref _frames[_frames[_top].Base + frame];

    private ulong SlotAddress(int frame, int slot) => FramePointer(frame) - (ulong)((slot + 1) * StackSlot.Bytes);
}
