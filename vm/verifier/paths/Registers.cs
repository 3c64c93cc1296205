using Vm.Abi;
using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>Reading and writing registers, and who up the path has to know that a value was read.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_reg_arg, mark_reg_read.</remarks>
internal sealed class Registers(VerifierEnv v)
{
    public const int FramePointer = 10;

    /// <summary>Longest walk up the chain of states.</summary>
    public int LongestWalk { get; private set; }

    /// <summary>Registers of the current frame.</summary>
    public ref RegState this[int register] => ref v.Cur.Current.Regs[register];

    /// <summary>The instruction reads a register.</summary>
    public bool TryRead(int register)
    {
        v.TouchedRegs |= 1u << register;
        ref var reg = ref this[register];
        if (reg.Kind == RegKind.NotInit) return v.Refuse(Errno.EACCES, $"R{register} !read_ok");
        if (register != FramePointer) MarkRead(ref reg);
        return true;
    }

    /// <summary>The instruction writes a register; its old value stays for the caller to look at.</summary>
    public bool TryWrite(int register)
    {
        v.TouchedRegs |= 1u << register;
        if (register == FramePointer) return v.Refuse(Errno.EACCES, "frame pointer is read only");
        this[register].Live |= Live.Written;
        return true;
    }

    /// <summary>The instruction writes a register with something unknown.</summary>
    public bool TryWriteUnknown(int register)
    {
        if (!TryWrite(register)) return false;
        this[register].SetUnknown();
        return true;
    }

    /// <summary>After a call: R0-R5 hold nothing.</summary>
    public void ClearCallerSaved(FrameState frame)
    {
        for (int i = 0; i <= 5; i++)
        {
            frame.Regs[i].SetNotInit();
            frame.Regs[i].Live |= Live.Written;
        }
        v.TouchedRegs |= 0x3f;
    }

    /// <summary>A value of the current state was read: so was the value it came from, up to where it was written.</summary>
    public void MarkRead(ref RegState reg)
    {
        if ((reg.Live & Live.Written) != 0) return;
        WalkUp(v.Cur.Parent, reg.Parent);
    }

    /// <summary>A value at a place of the current state will be read by a path that was walked before.</summary>
    public void MarkReadFromHere(ref RegState reg)
    {
        if ((reg.Live & Live.Read) != 0) return;
        reg.Live |= Live.Read;
        if ((reg.Live & Live.Written) == 0) WalkUp(v.Cur.Parent, reg.Parent);
    }

    /// <summary>Applies to every register and spilled value of all frames of a state.</summary>
    public static void ForEach(VerifierState state, RegAction action)
    {
        for (int f = 0; f <= state.CurFrame; f++)
        {
            var frame = state.Frames[f]!;
            for (int i = 0; i < FrameState.Registers; i++) action(ref frame.Regs[i]);
            for (int i = 0; i < frame.SlotCount; i++)
                if (frame.Slots[i].IsSpill) action(ref frame.Slots[i].Spilled);
        }
    }

    private void WalkUp(VerifierState? state, ushort place)
    {
        int steps = 0;
        while (state is not null && state.Has(place))
        {
            ref var reg = ref state.At(place);
            if ((reg.Live & Live.Read) != 0) break;
            reg.Live |= Live.Read;
            steps++;
            if ((reg.Live & Live.Written) != 0) break;
            place = reg.Parent;
            state = state.Parent;
        }
        LongestWalk = Math.Max(LongestWalk, steps);
    }
}

/// <summary>Something done to a register.</summary>
internal delegate void RegAction(ref RegState reg);
