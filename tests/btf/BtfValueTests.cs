using Tests.Objects;
using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Tests.Btf;

public class BtfValueTests
{
    private static readonly ObjectSpec s_spec = TestObjects.Read("datapath-v3.o");

    [Fact]
    public void Global_IsReadAsCText()
    {
        Assert.Equal("{ .port = 80, .flag_a = 0, .flag_b = 0, .mode = MODE_OFF, .name = \"eth\", .peer = 0.0.0.0, .ends = { { .mac = 00:00:00:00:00:00 }, { .mac = 00:00:00:00:00:00 } } }",
            Globals.Get(s_spec, "cfg"));
        Assert.Equal("7", Globals.Get(s_spec, "limit"));
    }

    [Theory]
    [InlineData("cfg.port", "8080", "8080")]
    [InlineData("cfg.flag_b", "5", "5")]
    [InlineData("cfg.mode", "MODE_ON", "MODE_ON")]
    [InlineData("cfg.name", "lo", "\"lo\"")]
    [InlineData("cfg.peer", "10.0.0.1", "10.0.0.1")]
    [InlineData("cfg.ends[1].mac", "02:00:00:00:00:0a", "02:00:00:00:00:0a")]
    [InlineData("limit", "0x10", "16")]
    [InlineData("hidden_count", "9", "9")]
    public void Setting_ChangesThatPlaceOfACopy(string path, string text, string shown)
    {
        string before = Globals.Get(s_spec, path);
        var changed = Globals.Set(s_spec, path, new WrittenScalar(text));
        Assert.Equal(shown, Globals.Get(changed, path));
        Assert.Equal(before, Globals.Get(s_spec, path));
    }

    [Fact]
    public void NetworkOrderTypes_AreStoredInNetworkOrder()
    {
        var key = s_spec.Maps.Single(map => map.Name == "flows").KeyTypeId;
        var node = new WrittenMapping([new("addr", new WrittenScalar("192.0.2.1")), new("port", new WrittenScalar("443"))]);
        Assert.Equal([192, 0, 2, 1, 0x01, 0xbb, 0, 0], BtfValue.Encode(s_spec.Btf!, key, node));
    }

    [Fact]
    public void UnknownMember_IsNamedWithThoseThereAre()
    {
        var key = s_spec.Maps.Single(map => map.Name == "flows").KeyTypeId;
        var node = new WrittenMapping([new("prot", new WrittenScalar("443", "line 3"))]);
        var problem = Assert.Throws<BtfValueException>(() => BtfValue.Encode(s_spec.Btf!, key, node));
        Assert.Equal("line 3", problem.Where);
        Assert.Contains("addr, port, pad", problem.What);
    }

    [Theory]
    [InlineData("cfg.port", "65536")]
    [InlineData("cfg.port", "-1")]
    [InlineData("cfg.flag_a", "2")]
    [InlineData("cfg.name", "ninechars")]
    [InlineData("cfg.mode", "MODE_MAYBE")]
    [InlineData("cfg.colour", "1")]
    [InlineData("cfg.ends[2].mac", "1")]
    [InlineData("nothing", "1")]
    public void ValuesThatDoNotFit_AreRefused(string path, string text) =>
        Assert.Throws<BtfValueException>(() => Globals.Set(s_spec, path, new WrittenScalar(text)));

    [Fact]
    public void CharArrays_EachEndAtTheirOwnNul()
    {
        var builder = new BtfBuilder();
        uint character = builder.Int("char", 1, signed: true);
        uint text = builder.Array(character, character, 4);
        uint pair = builder.Composite("pair", false, 8, [new("a", text, 0, 0), new("b", text, 32, 0)]);
        Assert.Equal("{ .a = \"x\", .b = \"abcd\" }", BtfValue.Format(builder.Build("test"), pair, "x\0yzabcd"u8));
    }

    [Fact]
    public void WithoutTypes_OnlyWholeIntegersCanBeSet()
    {
        var spec = TestObjects.Read("plain-v3.o");
        Assert.Equal("0x0000000b", Globals.Get(spec, "state"));
        Assert.Equal("0x00000102", Globals.Get(Globals.Set(spec, "state", new WrittenScalar("258")), "state"));
        Assert.Throws<BtfValueException>(() => Globals.Set(spec, "state.x", new WrittenScalar("1")));
    }

    [Fact]
    public void Resize_ChangesCapacityOfDeclaredMapsOnly()
    {
        Assert.Equal(5u, Globals.Resize(s_spec, "flows", 5).Maps.Single(map => map.Name == "flows").MaxEntries);
        Assert.Throws<MapSpecException>(() => Globals.Resize(s_spec, ".bss", 5));
        Assert.Throws<MapSpecException>(() => Globals.Resize(s_spec, "no", 5));
        Assert.Throws<MapSpecException>(() => Globals.Resize(s_spec, "flows", 0));
    }
}
