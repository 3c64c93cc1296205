using Vm.Abi;
using Vm.Btf;
using Vm.Maps;
using Vm.Memory;
using Vm.Runtime;

namespace Tests.Maps;

/// <summary>Maps whose values are maps, programs, devices or events.</summary>
public class ObjectMapTests
{
    [Theory]
    [InlineData(MapType.ArrayOfMaps)]
    [InlineData(MapType.HashOfMaps)]
    public void MapOfMaps_GivesTheInnerMapAndKeepsItReferenced(MapType type)
    {
        using var inner = new TestMap(MapType.Hash, 4);
        using var other = new TestMap(MapType.Hash, 4);
        using var outer = new TestMap(TestMap.Spec(type, 2, value: 4) with { Inner = TestMap.Spec(MapType.Hash, 9) });
        var map = (MapOfMaps)outer.Map;
        byte[] key = BitConverter.GetBytes(1u);
        Assert.Equal(0ul, outer.Address(key));
        Assert.Equal(Errno.ENOENT, map.Lookup(key, new byte[4]));
        Assert.Equal(Errno.None, map.Set(key, inner.Map));
        Assert.Equal(inner.Map.Handle, outer.Address(key));
        Assert.Equal((2, 1), (inner.Map.References, other.Map.References));
        Assert.Equal(Errno.None, map.Set(key, other.Map));
        Assert.Equal((1, 2), (inner.Map.References, other.Map.References));
        var id = new byte[4];
        Assert.Equal(Errno.None, map.Lookup(key, id));
        Assert.Equal(other.Map.Id, BitConverter.ToUInt32(id));
        Assert.Equal(Errno.None, map.Delete(key));
        Assert.Equal(1, other.Map.References);
        Assert.Equal(Errno.ENOENT, map.Delete(key));
        Assert.Equal(0ul, outer.Address(key));
        Assert.False(map.TryGet(key, out _));
    }

    [Fact]
    public void MapOfMaps_RefusesWhatDiffersFromItsTemplate()
    {
        var template = TestMap.Spec(MapType.Array, 4);
        using var outer = new TestMap(TestMap.Spec(MapType.ArrayOfMaps, 2, value: 4) with { Inner = template });
        var map = (MapOfMaps)outer.Map;
        foreach (var spec in (Vm.Specs.MapSpec[])[template with { MaxEntries = 5 }, template with { ValueSize = 4 }, template with { Type = MapType.PerCpuArray }, template with { Flags = MapFlags.Mmapable }])
        {
            using var wrong = new TestMap(spec);
            Assert.Equal(Errno.EINVAL, map.Set(new byte[4], wrong.Map));
            Assert.Equal(Errno.E2BIG, map.Set(BitConverter.GetBytes(2u), wrong.Map));
        }
        using var right = new TestMap(template);
        Assert.Equal(Errno.EINVAL, map.Set(new byte[4], right.Map, MapUpdateFlags.Exist));
        Assert.Equal(Errno.E2BIG, map.Set(BitConverter.GetBytes(2u), right.Map));
        Assert.Equal(Errno.E2BIG, map.Delete(BitConverter.GetBytes(2u)));
        Assert.Equal(Errno.None, map.Set(new byte[4], right.Map));
    }

    [Fact]
    public void MapOfMaps_RefusesValuesWithOtherSpecialFields()
    {
        var btf = new BtfBuilder();
        uint word = btf.Int("u32", 4);
        uint spinLock = btf.Composite("bpf_spin_lock", false, 4, [new BtfMember("val", word, 0, 0)]);
        uint locked = btf.Composite("locked", false, 8, [new BtfMember("lock", spinLock, 0, 0), new BtfMember("n", word, 32, 0)]);
        uint plain = btf.Composite("plain", false, 8, [new BtfMember("a", word, 0, 0), new BtfMember("b", word, 32, 0)]);
        var types = btf.Build("inner.btf");
        var template = TestMap.Spec(MapType.Array, 4, value: 8) with { Btf = types, ValueTypeId = locked };
        using var outer = new TestMap(TestMap.Spec(MapType.ArrayOfMaps, 2, value: 4) with { Inner = template });
        using var wrong = new TestMap(template with { ValueTypeId = plain });
        using var right = new TestMap(template);
        Assert.Equal(Errno.EINVAL, ((MapOfMaps)outer.Map).Set(new byte[4], wrong.Map));
        Assert.Equal(Errno.None, ((MapOfMaps)outer.Map).Set(new byte[4], right.Map));
    }

    [Fact]
    public void HashOfMaps_IsFullAtItsCapacity()
    {
        using var inner = new TestMap(MapType.Hash, 4);
        using var outer = new TestMap(TestMap.Spec(MapType.HashOfMaps, 1, value: 4) with { Inner = inner.Map.Spec });
        var map = (MapOfMaps)outer.Map;
        Assert.Equal(Errno.ENOENT, map.Set([1, 0, 0, 0], inner.Map, MapUpdateFlags.Exist));
        Assert.Equal(Errno.None, map.Set([1, 0, 0, 0], inner.Map, MapUpdateFlags.NoExist));
        Assert.Equal(Errno.EEXIST, map.Set([1, 0, 0, 0], inner.Map, MapUpdateFlags.NoExist));
        Assert.Equal(Errno.E2BIG, map.Set([2, 0, 0, 0], inner.Map));
        Assert.Equal(2, inner.Map.References);
    }

    [Fact]
    public void ProgArray_TakesProgramsOfOneKind()
    {
        using var test = new TestMap(MapType.ProgArray, 2, value: 4);
        var map = (ProgArrayMap)test.Map;
        var tc = new ExecutableProgram("tc", ProgramType.SchedCls, AttachType.None, (_, _) => 0, "test");
        var xdp = new ExecutableProgram("xdp", ProgramType.Xdp, AttachType.None, (_, _) => 0, "test");
        Assert.Equal(Errno.E2BIG, map.Set(2, tc));
        Assert.Equal(Errno.None, map.Set(1, tc));
        Assert.Equal(Errno.EINVAL, map.Set(0, xdp));
        Assert.Equal(Errno.EINVAL, map.Claim(xdp.Owner));
        Assert.Equal(Errno.EINVAL, map.Claim(tc.Owner with { AttachType = AttachType.TcxIngress }));
        Assert.Equal(Errno.None, map.Claim(tc.Owner));
        Assert.Equal((null, tc, null), (map.At(0), map.At(1), map.At(uint.MaxValue)));
        var id = new byte[4];
        Assert.Equal(Errno.None, map.Lookup([1, 0, 0, 0], id));
        Assert.Equal(tc.Id, BitConverter.ToUInt32(id));
        Assert.Equal(Errno.ENOENT, map.Lookup([0, 0, 0, 0], id));
        Assert.Equal(Errno.E2BIG, map.Delete([2, 0, 0, 0]));
        Assert.Equal(Errno.None, map.Delete([1, 0, 0, 0]));
        Assert.Equal(Errno.ENOENT, map.Delete([1, 0, 0, 0]));
        Assert.Null(map.At(1));
    }

    [Fact]
    public void DevMap_AnswersAsTheKernel()
    {
        using var test = new TestMap(MapType.DevMap, 2, value: 8);
        var map = (DevMap)test.Map;
        Assert.Equal(Errno.None, map.Update(Key(1), Device(5, 3)));
        Assert.Equal((0, 5, 0), (map.IfindexAt(test.Cpu(), 0), map.IfindexAt(test.Cpu(), 1), map.IfindexAt(test.Cpu(), 2)));
        Assert.Equal(Errno.E2BIG, map.Update(Key(2), Device(5)));
        Assert.Equal(Errno.EEXIST, map.Update(Key(0), Device(5), MapUpdateFlags.NoExist));
        Assert.Equal(Errno.EINVAL, map.Update(Key(0), Device(5), 3));
        Assert.Equal(Errno.EINVAL, map.Update(Key(0), Device(0, 3)));
        Assert.Equal(Errno.None, map.Update(Key(1), Device(0)));
        Assert.Equal(0ul, test.Address(1));
        Assert.Equal(Errno.ENOENT, map.Lookup(Key(1), new byte[8]));
        Assert.Equal(Errno.EINVAL, map.Delete(Key(2)));
        Assert.Equal(Errno.None, map.Delete(Key(0)));
    }

    [Fact]
    public void DevMapHash_InsertsUnderExistToo()
    {
        using var test = new TestMap(MapType.DevMapHash, 1, value: 4);
        var map = (DevMap)test.Map;
        Assert.Equal(Errno.EINVAL, map.Update(Key(9), BitConverter.GetBytes(0)));
        Assert.Equal(Errno.None, map.Update(Key(9), BitConverter.GetBytes(4), MapUpdateFlags.Exist));
        Assert.Equal(Errno.EEXIST, map.Update(Key(9), BitConverter.GetBytes(4), MapUpdateFlags.NoExist));
        Assert.Equal(Errno.E2BIG, map.Update(Key(8), BitConverter.GetBytes(4)));
        Assert.Equal(4, map.IfindexAt(test.Cpu(), 9));
        Assert.True(map.Allows(test.Address(9), 4, MemoryAccess.Read));
        Assert.False(map.Allows(test.Address(9), 4, MemoryAccess.Write));
        Assert.Equal(Errno.ENOENT, map.Delete(Key(8)));
        Assert.Equal(Errno.None, map.Delete(Key(9)));
    }

    [Fact]
    public void PerfEventArray_KeepsRecordsOfTheRunningCpu()
    {
        using var test = new TestMap(MapType.PerfEventArray, 3, value: 4, cpus: 2);
        var map = (PerfEventArrayMap)test.Map;
        Assert.Equal(0, map.Output(1, PerfEventArrayMap.CurrentCpu, [1, 2, 3], [4, 5]));
        Assert.Equal(0, map.Output(1, 1, [6], []));
        Assert.Equal(-(long)Errno.E2BIG, map.Output(0, 3, [1], []));
        Assert.Equal(-(long)Errno.ENOENT, map.Output(0, 2, [1], []));
        Assert.Equal(-(long)Errno.EOPNOTSUPP, map.Output(0, 1, [1], []));
        var got = new List<string>();
        int Read(ReadOnlySpan<byte> record)
        {
            got.Add(Convert.ToHexString(record));
            return 0;
        }
        Assert.Equal((0, 2, 0), (map.Consume(0, Read), map.Consume(1, Read), map.Consume(1, Read)));
        Assert.Equal(["0102030405", "06"], got);
        var large = new byte[60_000];
        int kept = 0;
        while (map.Output(0, 0, large, []) == 0) kept++;
        Assert.Equal(17, kept);
        Assert.Equal(1, map.Lost);
        Assert.Equal(17, map.Consume(0, record => record.Length == 60_000 ? 0 : -1));
        Assert.Equal(0, map.Output(0, 0, large, []));
    }

    private static byte[] Key(uint key) => BitConverter.GetBytes(key);

    private static byte[] Device(int ifindex, int program = 0) => [.. BitConverter.GetBytes(ifindex), .. BitConverter.GetBytes(program)];
}
