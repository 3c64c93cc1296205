using Tests.Objects;
using Vm.Abi;
using Vm.Elf;

namespace Tests.Elf;

public class TailCallSlotsTests
{
    [Theory]
    [InlineData("tails-tagged.o")]
    [InlineData("tails-sections.o")]
    public void SlotsComeFromTagsAndSections_AndSectionsGetTheTypeOfTheOthers(string file)
    {
        var spec = TestObjects.Read(file);
        Assert.Equal(["0: last", "2: second"], Assert.Single(spec.Maps, map => map.Type == MapType.ProgArray).Slots.Select(slot => $"{slot.Index}: {slot.Target}"));
        Assert.All(spec.Programs, program => Assert.Equal(ProgramType.SchedCls, program.Type));
    }

    [Theory]
    [InlineData("tail:calls/2", "tail:call5/2", "its tag 'tail:call5/2' names no prog array; there are: calls")]
    [InlineData("tail:calls/2", "tail:calls!2", "its tag 'tail:calls!2' is not tail:MAP/INDEX")]
    [InlineData("tail:calls/2", "tail:calls/x", "its tag 'tail:calls/x' is not tail:MAP/INDEX")]
    [InlineData("tail:calls/2", "tail:calls/0", "slot 0 of 'calls' has 'second' already")]
    public void TagThatIsNoSlot_IsRefused(string tag, string other, string problem)
    {
        byte[] bytes = TestObjects.Bytes("tails-tagged.o");
        System.Text.Encoding.ASCII.GetBytes(other).CopyTo(bytes, bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(tag)));
        Assert.Contains(problem, Assert.Throws<ElfFormatException>(() => ObjectReader.Read(bytes, "tails.o")).Message, StringComparison.Ordinal);
    }
}
