using CsCheck;
using Vm.Abi;
using Vm.Maps;

namespace Tests.Maps;

public unsafe class QueueStackMapTests
{
    [Theory]
    [InlineData(MapType.Queue)]
    [InlineData(MapType.Stack)]
    public void AnySequence_BehavesAsAList(MapType type)
    {
        Gen.Select(Gen.Int[0, 4], Gen.ULong).Array[0, 100].Sample(steps =>
        {
            using var test = new TestMap(type, 5, key: 0);
            var map = (QueueStackMap)test.Map;
            var model = new List<ulong>();
            foreach (var (act, number) in steps)
            {
                ulong value = number;
                if (act < 3)
                {
                    ulong flags = act == 2 ? MapUpdateFlags.Exist : 0;
                    bool full = model.Count == 5;
                    Assert.Equal(full && flags == 0 ? -(long)Errno.E2BIG : 0, map.Push((ulong)&value, flags));
                    if (full && flags != 0) model.RemoveAt(0);
                    if (!full || flags != 0) model.Add(number);
                }
                else
                {
                    long result = act == 3 ? map.Pop((ulong)&value) : map.Peek((ulong)&value);
                    Assert.Equal(model.Count == 0 ? -(long)Errno.ENOENT : 0, result);
                    int at = type == MapType.Queue ? 0 : model.Count - 1;
                    Assert.Equal(model.Count == 0 ? 0 : model[at], value);
                    if (act == 3 && model.Count > 0) model.RemoveAt(at);
                }
                Assert.Equal((uint)model.Count, map.Count);
            }
        }, iter: 500, seed: "0000KOIPe6a5");
    }

    [Fact]
    public void FlagsAndUnkeyedCalls_AnswerAsTheKernel()
    {
        using var test = new TestMap(MapType.Queue, 2, key: 0);
        var map = (QueueStackMap)test.Map;
        ulong value = 1;
        foreach (ulong flags in (ulong[])[1, 3, 4, ulong.MaxValue]) Assert.Equal(-(long)Errno.EINVAL, map.Push((ulong)&value, flags));
        Assert.Equal(Errno.EINVAL, map.Delete([]));
        Assert.Equal(Errno.EINVAL, map.NextKey([], []));
        Assert.Equal(Errno.None, map.Update([], BitConverter.GetBytes(5ul)));
        var copy = new byte[8];
        Assert.Equal(Errno.None, map.Lookup([], copy));
        Assert.Equal(Errno.None, map.LookupAndDelete([], copy));
        Assert.Equal(5ul, BitConverter.ToUInt64(copy));
        Assert.Equal(Errno.ENOENT, map.LookupAndDelete([], copy));
        Assert.Equal(0ul, BitConverter.ToUInt64(copy));
    }

    [Fact]
    public void LargestQueue_GetsMemoryForAllItsEntries()
    {
        using var test = new TestMap(MapType.Queue, uint.MaxValue, key: 0, value: 1);
        var map = (QueueStackMap)test.Map;
        var value = new byte[1];
        for (int i = 0; i < 10_000; i++) Assert.Equal(Errno.None, map.Update([], [(byte)i]));
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Equal(Errno.None, map.LookupAndDelete([], value));
            Assert.Equal((byte)i, value[0]);
        }
    }
}
