using System.Text;
using System.Text.Json;
using Tests.Objects;
using Vm.Btf;
using Vm.Specs;

namespace Tests.Btf;

public class BtfJsonTests
{
    private static readonly ObjectSpec s_spec = TestObjects.Read("datapath-v3.o");

    [Fact]
    public void Struct_WithBitfieldsEnumsTextAndAddresses() => Assert.Equal(
        """{"port":80,"flag_a":0,"flag_b":5,"mode":"MODE_ON","name":"a\u0022b\\\u0001","peer":"10.0.0.1","ends":[{"mac":"00:00:00:00:00:00"},{"mac":"02:00:00:00:00:0a"}]}""",
        Of("cfg", ("cfg.flag_b", "5"), ("cfg.mode", "MODE_ON"), ("cfg.name", "a\"b\\\u0001"), ("cfg.peer", "10.0.0.1"), ("cfg.ends[1].mac", "02:00:00:00:00:0a")));

    [Theory]
    [InlineData("limit", "7", "7")]
    [InlineData("limit", "0xffffffff", "4294967295")]
    public void Number(string name, string value, string json) => Assert.Equal(json, Of(name, (name, value)));

    [Fact]
    public void BytesThatAreMissing_AreSaidToBeCutOff()
    {
        var (btf, variable, contents) = Find(s_spec, "limit");
        Assert.Equal("\"\\u003Ccut off\\u003E\"", Json(btf, variable.TypeId, contents.AsSpan((int)variable.Offset, 3)));
    }

    private static string Of(string name, params ReadOnlySpan<(string Path, string Value)> settings)
    {
        var spec = s_spec;
        foreach (var (path, value) in settings) spec = Globals.Set(spec, path, new WrittenScalar(value));
        var (btf, variable, contents) = Find(spec, name);
        return Json(btf, variable.TypeId, contents.AsSpan((int)variable.Offset, (int)variable.SizeBytes));
    }

    private static (BtfSpec Btf, GlobalVariable Variable, byte[] Contents) Find(ObjectSpec spec, string name)
    {
        var section = spec.Maps.Single(map => map.Variables.Any(variable => variable.Name == name));
        return (spec.Btf!, section.Variables.Single(variable => variable.Name == name), section.Contents!.ToArray());
    }

    private static string Json(BtfSpec btf, uint typeId, ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) BtfJson.Write(json, btf, typeId, bytes);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
