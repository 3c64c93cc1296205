using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>Objects that fill whole stack slots.</summary>
internal static class StackObject
{
    /// <summary>First slot (the one with the lowest address) of an object a pointer leads to.</summary>
    /// <param name="v">The verification.</param>
    /// <param name="pointer">Pointer into the stack.</param>
    /// <param name="what">Kind of object, for messages.</param>
    /// <param name="slots">Slots it takes.</param>
    /// <param name="complain">Whether a bad pointer is complained about.</param>
    /// <param name="index">The slot.</param>
    /// <param name="outside">True when the place is sound but the frame has not grown that far yet.</param>
    public static bool Find(VerifierEnv v, in RegState pointer, string what, int slots, bool complain, out int index, out bool outside)
    {
        (index, outside) = (-1, false);
        if (!pointer.Num.IsConst)
        {
            if (complain) v.Say($"{what} has to be at a constant offset");
            return false;
        }
        long offset = pointer.Off + (long)pointer.Num.Bits.Value;
        bool placed = offset is < 0 and >= -512 && offset % StackSlot.Bytes == 0 && FrameState.SlotOf((int)offset) + 1 >= slots;
        if (!placed)
        {
            if (complain) v.Say($"cannot pass in {what} at an offset={offset}");
            return false;
        }
        index = FrameState.SlotOf((int)offset);
        outside = index >= v.Cur.Frames[pointer.Frame]!.SlotCount;
        return !outside;
    }
}
