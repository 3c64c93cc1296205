using Vm.Abi;
using Vm.Btf;
using Vm.Maps;
using Vm.Specs;

namespace Tests.Maps;

public class SpecialFieldsTests
{
    [Fact]
    public void NestedArraysWithoutFields_TakeNoTime()
    {
        var spec = Value(btf =>
        {
            uint element = btf.Composite("empty", false, 0, []), index = btf.Int("int", 4);
            for (int depth = 0; depth < 8; depth++) element = btf.Array(element, index, 12);
            return btf.Composite("value", false, 8, [new BtfMember("deep", element, 0, 0)]);
        });
        Assert.Empty(SpecialFields.Of(spec));
    }

    [Fact]
    public void OverlappingFields_AreRefused()
    {
        var spec = Value(btf =>
        {
            uint target = btf.Composite("bpf_crypto_ctx", false, 0, []), pointer = btf.Pointer(btf.TypeTag("kptr", target));
            return btf.Composite("value", false, 64, [new BtfMember("a", pointer, 0, 0), new BtfMember("b", pointer, 32, 0)]);
        });
        Assert.Equal(Errno.EEXIST, Assert.Throws<MapSpecException>(() => SpecialFields.LayoutOf(spec)).Errno);
    }

    [Fact]
    public void FieldOutsideTheValue_IsNone()
    {
        var spec = Value(btf =>
        {
            uint timer = btf.Composite("bpf_timer", false, 16, []);
            return btf.Composite("value", false, 64, [new BtfMember("t", timer, 56 * 8, 0)]);
        });
        Assert.Empty(SpecialFields.Of(spec));
    }

    [Fact]
    public void ManyFields_AreRefused()
    {
        var spec = Value(btf =>
        {
            uint pointer = btf.Pointer(btf.TypeTag("kptr", btf.Composite("bpf_crypto_ctx", false, 0, [])));
            return btf.Composite("value", false, 96, [new BtfMember("all", btf.Array(pointer, btf.Int("int", 4), 12), 0, 0)]);
        }) with { ValueSize = 96 };
        Assert.Equal(Errno.E2BIG, Assert.Throws<MapSpecException>(() => SpecialFields.LayoutOf(spec)).Errno);
    }

    private static MapSpec Value(Func<BtfBuilder, uint> make)
    {
        var btf = new BtfBuilder();
        uint id = make(btf);
        return TestMap.Spec(MapType.Array, 1, value: 64) with { Btf = btf.Build("value.btf"), ValueTypeId = id };
    }
}
