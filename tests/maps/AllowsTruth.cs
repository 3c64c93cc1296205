using Vm.Maps;
using Vm.Memory;

namespace Tests.Maps;

/// <summary>Holds a map's answers about its memory against the bytes that are known to belong to values.</summary>
internal static class AllowsTruth
{
    /// <summary>Asks about every byte and every width from a little below the lowest live byte to a little above the highest.</summary>
    public static void Check(Map map, IReadOnlySet<ulong> live, int valueBytes, MemoryAccess access = MemoryAccess.Write)
    {
        ulong low = live.Min() - 24, high = live.Max() + 24;
        for (ulong at = low; at <= high; at++)
        {
            foreach (int bytes in (int[])[1, 2, 4, 8, valueBytes])
            {
                bool all = Enumerable.Range(0, bytes).All(i => live.Contains(at + (ulong)i));
                // Neighbouring values may touch; no access may span two.
                if (!all) Assert.False(map.Allows(at, bytes, access), $"{bytes} bytes at {at - low} were allowed");
                else if (bytes == 1) Assert.True(map.Allows(at, 1, access), $"byte {at - low} was refused");
            }
        }
        Assert.False(map.Allows(ulong.MaxValue - 3, 8, access));
        Assert.False(map.Allows(0, 1, access));
    }
}
