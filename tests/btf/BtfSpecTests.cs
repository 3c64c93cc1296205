using Vm.Abi;
using Vm.Btf;
using Vm.Elf;

namespace Tests.Btf;

public class BtfSpecTests
{
    private const string LiveKernel = "/sys/kernel/btf/vmlinux";

    [Theory]
    [InlineData("sk_buff", "sk_buff")]
    [InlineData("sk_buff___old", "sk_buff")]
    [InlineData("a___b___c", "a___b")]
    [InlineData("___x", "___x")]
    [InlineData("a____b", "a____b")]
    [InlineData("a___", "a___")]
    public void EssentialName_DropsTheLastFlavour(string name, string essential) => Assert.Equal(essential, BtfSpec.EssentialName(name));

    [Fact]
    public void Names_AreFoundExactlyAndByEssence()
    {
        var builder = new BtfBuilder();
        uint first = builder.Composite("thing", false, 4, []);
        uint second = builder.Composite("thing___v2", false, 8, []);
        builder.Composite("other", false, 8, []);
        var spec = builder.Build("test");
        Assert.Equal([first], spec.Named("thing").Select(type => type.Id));
        Assert.Equal([first, second], spec.NamedEssentially("thing").Select(type => type.Id));
        Assert.False(spec.TryFind<BtfEnum>("thing", out _));
    }

    [Fact]
    public void TypedefLoop_IsRefusedWhenFollowed()
    {
        var builder = new BtfBuilder();
        uint a = builder.Typedef("a", 2);
        builder.Typedef("b", a);
        var spec = builder.Build("loop");
        Assert.Equal(Errno.E2BIG, Assert.Throws<BtfFormatException>(() => spec.SizeOf(a)).Errno);
    }

    [Fact]
    public void ArrayThatHoldsItself_IsRefusedWhenMeasured()
    {
        var builder = new BtfBuilder();
        uint self = builder.Array(1, 1, 2);
        Assert.Throws<BtfFormatException>(() => builder.Build("loop").SizeOf(self));
    }

    [Fact]
    public void IdThatIsNotThere_IsRefusedWhenRead()
    {
        var builder = new BtfBuilder();
        builder.Pointer(7);
        Assert.Contains("type id 7", Assert.Throws<BtfFormatException>(() => builder.Build("bad")).Message);
    }

    [Fact]
    public void Path_GoesThroughAnonymousMembersAndArrays()
    {
        var builder = new BtfBuilder();
        uint u32 = builder.Int("u32", 4);
        uint array = builder.Array(u32, u32, 4);
        uint anonymous = builder.Composite("", true, 16, [new("c", array, 0, 0)]);
        uint inner = builder.Composite("inner", false, 24, [new("x", u32, 0, 0), new("", anonymous, 64, 0)]);
        uint many = builder.Array(inner, u32, 2);
        uint outer = builder.Composite("outer", false, 48, [new("b", many, 0, 0)]);
        var spec = builder.Build("test");
        Assert.True(BtfPath.TryFind(spec, outer, "b[1].c[3]", out var field, out _));
        Assert.Equal((24ul + 8 + 12, u32), (field.Offset, field.TypeId));
        Assert.False(BtfPath.TryFind(spec, outer, "b[1].d", out _, out string problem));
        Assert.Contains("x, c", problem);
    }

    [Fact]
    public void Tags_AreReachableFromWhatTheyTag()
    {
        var builder = new BtfBuilder();
        uint u32 = builder.Int("u32", 4);
        uint tagged = builder.Pointer(builder.TypeTag("kptr", u32));
        uint holder = builder.Composite("holder", false, 8, [new("p", tagged, 0, 0)]);
        builder.DeclTag("whole", holder);
        builder.DeclTag("first", holder, 0);
        var spec = builder.Build("test");
        Assert.Equal(["whole"], spec.DeclTagsOf(holder));
        Assert.Equal(["first"], spec.DeclTagsOf(holder, 0));
        Assert.Equal(["kptr"], spec.TypeTagsOf(((BtfPointer)spec[tagged]).TargetId));
    }

    [Fact]
    public void SplitBtf_ContinuesIdsAndStringsOfItsBase()
    {
        var builder = new BtfBuilder();
        uint u32 = builder.Int("u32", 4);
        var whole = builder.Build("base");
        // A header, a typedef "t" of the base's type 1, and the strings that follow the base's.
        uint stringStart = (uint)(whole.Raw.Length - 24 - 16);
        byte[] split = [0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 12, 0, 0, 0, 2, 0, 0, 0,
            .. BitConverter.GetBytes(stringStart), 0, 0, 0, 8, 1, 0, 0, 0, (byte)'t', 0];
        var spec = BtfReader.Read(split.AsMemory(), "split", whole);
        Assert.Equal(2u, spec.FirstId);
        Assert.Equal(new BtfTypedef(2, "t", u32), spec[2]);
        Assert.Equal("u32", spec.Resolve(2).Name);
        Assert.True(spec.TryFind<BtfInt>("u32", out _));
    }

    [Fact]
    public void LiveKernel_OpensAndEveryTypeIsMade()
    {
        Assert.SkipUnless(File.Exists(LiveKernel), $"{LiveKernel} does not exist: this kernel has no BTF");
        var spec = TargetBtf.Open(LiveKernel);
        Assert.True(spec.TryFind<BtfComposite>("sk_buff", out var skb));
        Assert.True(BtfPath.TryFind(spec, skb.Id, "len", out var length, out _));
        Assert.Equal(4u, spec.SizeOf(length.TypeId));
        for (uint id = 0; id < spec.Count; id++)
        {
            var type = spec[id];
            if (type is BtfComposite composite) Assert.True(spec.TrySizeOf(id, out uint size) && size == composite.SizeBytes);
        }
    }

    [Fact]
    public void DamagedBtf_IsReadOrRefusedAndNothingElse()
    {
        byte[] original = KernelTypes.Spec.Raw.ToArray();
        var random = new Random(20260);
        for (int round = 0; round < 2_000; round++)
        {
            byte[] bytes = (byte[])original.Clone();
            for (int i = random.Next(1, 6); i > 0; i--) bytes[random.Next(random.Next(2) == 0 ? 64 : bytes.Length)] = (byte)random.Next(256);
            try
            {
                var spec = BtfReader.Read(bytes.AsMemory(), "damaged");
                for (uint id = 1; id < spec.Count; id += (uint)random.Next(1, 20)) BtfValue.Format(spec, id, new byte[64]);
            }
            catch (BtfFormatException problem)
            {
                Assert.NotEmpty(problem.What);
            }
        }
    }
}
