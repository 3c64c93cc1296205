using Netdev.Skbs;
using Vm.Memory;

namespace Tests.NetDev;

/// <summary>The pool against a model: which packets live, where their bytes are, and that nobody may touch what was given back.</summary>
public sealed class SkbPoolTests
{
    private const int Slots = 16, BigBuffers = 4, Steps = 20_000;

    [Fact]
    public void RandomTakesAndReleases_NeverShareABuffer_AndAreCounted()
    {
        using var pool = new SkbPool(Slots, BigBuffers);
        var random = new Random(5);
        var live = new List<(Skb Skb, byte Mark, bool Big)>();
        var dead = new List<Skb>();
        for (int step = 0; step < Steps; step++)
        {
            if (random.Next(2) == 0)
            {
                int bytes = random.Next(4) == 0 ? random.Next(SkbPool.SmallBufferBytes, SkbPool.MaxPacketBytes + 100) : random.Next(SkbPool.SmallBufferBytes);
                bool big = bytes > SkbPool.SmallBufferBytes - SkbPool.Headroom;
                bool fits = live.Count < Slots && bytes <= SkbPool.MaxPacketBytes && (!big || live.Count(one => one.Big) < BigBuffers);
                Assert.Equal(fits, pool.TryTake(bytes, out var skb));
                if (!fits) continue;
                ref var fields = ref skb.Fields;
                Assert.Equal(((uint)bytes, fields.Data, (ulong)SkbPool.Headroom, big), (fields.Length, fields.DataMeta, fields.Data - fields.Head, fields.BigBuffer != 0));
                Assert.Equal((0u, 0ul, 0, SkBuff.Unset, SkBuff.Unset), (fields.Mark, fields.Cb01, fields.Hops, fields.MacHeader, fields.TransportHeader));
                skb.Bytes.Fill((byte)step);
                (fields.Mark, fields.Cb01, fields.Hops) = ((uint)step, ulong.MaxValue, step);
                live.Add((skb, (byte)step, big));
                dead.Remove(skb);
            }
            else if (live.Count > 0)
            {
                int which = random.Next(live.Count);
                var (skb, mark, _) = live[which];
                Assert.False(skb.Bytes.ContainsAnyExcept(mark));
                pool.Release(skb);
                live.RemoveAt(which);
                dead.Add(skb);
            }
            Assert.Equal((live.Count, live.Count(one => one.Big)), (pool.InUse, pool.BigInUse));
            Assert.All(live, one => Assert.True(one.Skb.Fields.Length == 0 || pool.Allows(one.Skb.Fields.Data, (int)one.Skb.Fields.Length, MemoryAccess.Write)));
            Assert.All(dead, skb => Assert.False(pool.Allows(skb.Address + SkBuff.SizeBytes + SkbPool.Headroom, 1, MemoryAccess.Read)));
        }
    }

    [Fact]
    public void TheLastOneGivenBack_IsTheNextOneTaken()
    {
        using var pool = new SkbPool(Slots, BigBuffers);
        Assert.True(pool.TryTake(60, out var first));
        Assert.True(pool.TryTake(60, out var second));
        Assert.NotEqual(first, second);
        pool.Release(first);
        Assert.True(pool.TryTake(1500, out var third));
        Assert.Equal(first, third);
    }
}
