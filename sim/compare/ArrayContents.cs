using Sim.Live;
using Vm.Maps;
using Vm.Memory;

namespace Sim.Compare;

/// <summary>Finds the entries of an array that differ without looking at each: a stretch that is the same on both sides is passed over whole.</summary>
internal static class ArrayContents
{
    private const int StretchEntries = 1 << 14;

    /// <summary>Indexes worth a closer look, in order; null when the kernel's side cannot be read in stretches. About a nanosecond a byte.</summary>
    /// <param name="ours">The simulator's array.</param>
    /// <param name="theirs">The kernel's.</param>
    public static IEnumerable<uint>? Suspects(ArrayMap ours, KernelMap theirs) =>
        theirs.ReadValues(0, (int)Math.Min(StretchEntries, ours.Spec.MaxEntries)).IsEmpty ? null : Walk(ours, theirs);

    private static IEnumerable<uint> Walk(ArrayMap ours, KernelMap theirs)
    {
        for (uint first = 0; first < ours.Spec.MaxEntries;)
        {
            int count = (int)Math.Min(StretchEntries, ours.Spec.MaxEntries - first);
            foreach (uint index in Differing(ours, theirs, first, count)) yield return index;
            first += (uint)count;
        }
    }

    private static List<uint> Differing(ArrayMap ours, KernelMap theirs, uint first, int count)
    {
        int size = (int)ours.Spec.ValueSize;
        var found = new List<uint>();
        var there = theirs.ReadValues(first, count);
        bool unreadable = there.IsEmpty;
        if (!unreadable && ours.Stride == size && Native.Bytes(ours.ValueBase + (ulong)first * (ulong)size, count * size).SequenceEqual(there)) return found;
        for (int i = 0; i < count; i++)
        {
            uint index = first + (uint)i;
            var here = Native.Bytes(ours.ValueBase + (ulong)index * (ulong)ours.Stride, size);
            if (unreadable || !here.SequenceEqual(there.Slice(i * size, size))) found.Add(index);
        }
        return found;
    }
}
