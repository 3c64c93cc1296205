using Vm.Abi;
using Vm.Maps;
using Vm.Memory;

namespace Tests.Maps;

public class ArrayMapTests
{
    public static TheoryData<uint, ulong, Errno> Updates => new()
    {
        { 0, MapUpdateFlags.Any, Errno.None },
        { 2, MapUpdateFlags.Exist, Errno.None },
        { 0, MapUpdateFlags.NoExist, Errno.EEXIST },
        { 3, MapUpdateFlags.Any, Errno.E2BIG },
        { 3, MapUpdateFlags.NoExist, Errno.E2BIG },
        { uint.MaxValue, MapUpdateFlags.Any, Errno.E2BIG },
        { 0, 3, Errno.EINVAL },
        { 9, 8, Errno.EINVAL },
        { 0, MapUpdateFlags.Lock, Errno.EINVAL },
    };

    [Theory]
    [MemberData(nameof(Updates))]
    public void Update_AnswersAsTheKernel(uint index, ulong flags, Errno expected)
    {
        foreach (var type in (MapType[])[MapType.Array, MapType.PerCpuArray])
        {
            using var map = new TestMap(type, 3, cpus: 2);
            Assert.Equal(expected, map.Update(index, 1, flags));
            Assert.Equal(expected, map.ProgramUpdate(index, 1, flags));
        }
    }

    [Theory]
    [InlineData(MapType.Array)]
    [InlineData(MapType.PerCpuArray)]
    public void LookupAndDelete_AnswerAsTheKernel(MapType type)
    {
        using var map = new TestMap(type, 3, cpus: 2);
        Assert.Equal((Errno.None, 0ul), map.Lookup(2));
        Assert.Equal(Errno.ENOENT, map.Lookup(3).Errno);
        Assert.Equal(Errno.EINVAL, map.Lookup(0, MapUpdateFlags.Lock).Errno);
        Assert.Equal(Errno.EINVAL, map.Lookup(0, 1).Errno);
        Assert.Equal(0ul, map.Address(3));
        Assert.NotEqual(0ul, map.Address(2));
        Assert.Equal(Errno.EINVAL, map.Delete(0));
        Assert.Equal(Errno.EINVAL, map.ProgramDelete(0));
    }

    [Fact]
    public void NextKey_RestartsOnAKeyThatIsTooLarge()
    {
        using var map = new TestMap(MapType.Array, 3);
        Assert.Equal([0u, 1, 2], map.Keys().Select(key => BitConverter.ToUInt32(key)));
        var next = new byte[4];
        Assert.Equal(Errno.None, map.Map.NextKey(BitConverter.GetBytes(77u), next));
        Assert.Equal(0u, BitConverter.ToUInt32(next));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(13)]
    public void Allows_ExactlyTheBytesOfValues(int valueBytes)
    {
        foreach (var type in (MapType[])[MapType.Array, MapType.PerCpuArray])
        {
            using var map = new TestMap(type, 5, value: (uint)valueBytes, cpus: 3);
            var live = new HashSet<ulong>();
            for (int cpu = 0; cpu < (type == MapType.Array ? 1 : 3); cpu++)
            {
                for (uint index = 0; index < 5; index++)
                {
                    ulong value = map.Address(index, cpu);
                    for (int i = 0; i < valueBytes; i++) Assert.True(live.Add(value + (ulong)i));
                }
            }
            AllowsTruth.Check(map.Map, live, valueBytes);
        }
    }

    [Fact]
    public void PerCpuCopies_AreTheirOwn()
    {
        using var map = new TestMap(MapType.PerCpuArray, 4, value: 12, cpus: 3);
        for (int cpu = 0; cpu < 3; cpu++) Assert.Equal(Errno.None, map.ProgramUpdate(BitConverter.GetBytes(2u), [.. Enumerable.Repeat((byte)(cpu + 1), 12)], cpu: cpu));
        var all = new byte[map.Map.UserValueBytes];
        Assert.Equal(3 * 16, all.Length);
        Assert.Equal(Errno.None, map.Map.Lookup(BitConverter.GetBytes(2u), all));
        for (int cpu = 0; cpu < 3; cpu++) Assert.All(all.AsSpan(cpu * 16, 12).ToArray(), b => Assert.Equal(cpu + 1, b));
        Assert.Equal(Errno.None, map.Map.Update(BitConverter.GetBytes(1u), all));
        for (int cpu = 0; cpu < 3; cpu++) Assert.Equal(cpu + 1, Native.Ref<byte>(map.Address(1, cpu) + 11));
        Assert.All(Native.Bytes(map.Address(0, 1), 12).ToArray(), b => Assert.Equal(0, b));
        var array = (PerCpuArrayMap)map.Map;
        unsafe
        {
            uint key = 2;
            Assert.Equal(map.Address(2, 1), array.LookupOn(1, (ulong)&key));
            Assert.Equal(0ul, array.LookupOn(3, (ulong)&key));
            Assert.Equal(0ul, array.LookupOn(-1, (ulong)&key));
        }
    }

    [Fact]
    public void BpfFLock_NeedsALockAndLeavesItAlone()
    {
        var layout = new ValueLayout(16, [new SpecialField(SpecialFieldKind.SpinLock, 4, 4)]);
        using var map = new TestMap(TestMap.Spec(MapType.Array, 1, value: 16), 1, layout);
        Native.Ref<uint>(map.Address(0) + 4) = 1;
        Assert.Equal(Errno.None, map.Map.Update(new byte[4], [.. Enumerable.Repeat((byte)0xff, 16)], MapUpdateFlags.Lock));
        Assert.Equal(1u, Native.Ref<uint>(map.Address(0) + 4));
        Assert.Equal(uint.MaxValue, Native.Ref<uint>(map.Address(0)));
        var value = new byte[16];
        Assert.Equal(Errno.None, map.Map.Lookup(new byte[4], value, MapUpdateFlags.Lock));
        Assert.Equal(0u, BitConverter.ToUInt32(value, 4));
    }
}
