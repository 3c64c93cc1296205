using Vm.Abi;

namespace Tests.Abi;

public sealed class SpellingTests
{
    private static readonly string[] s_known = ["NEXT", "PASS", "DROP", "REDIRECT", "TC_INGRESS"];

    [Theory]
    [InlineData("DORP", "DROP")]
    [InlineData("drop", "DROP")]
    [InlineData("DRP", "DROP")]
    [InlineData("PASSS", "PASS")]
    [InlineData("REDRIECT", "REDIRECT")]
    [InlineData("TC_INGRES", "TC_INGRESS")]
    [InlineData("TX", null)]
    [InlineData("", null)]
    [InlineData("STOP", null)]
    [InlineData("INGRESS", null)]
    public void Nearest_IsOneSlipAway_OrTwoInALongWord(string word, string? near) => Assert.Equal(near, Spelling.Nearest(word, s_known));

    [Fact]
    public void Hint_NamesTheNearestOrAll()
    {
        Assert.Equal("did you mean 'DROP'?", Spelling.Hint("DORP", s_known));
        Assert.Equal("known here: NEXT, PASS, DROP, REDIRECT, TC_INGRESS", Spelling.Hint("TX", s_known));
        Assert.Equal("there are none", Spelling.Hint("TX", []));
    }

    [Fact]
    public void EveryProgramType_HasOneName()
    {
        foreach (var type in Enum.GetValues<ProgramType>().Where(type => type != ProgramType.Unspec))
        {
            Assert.True(KernelTypeNames.TryParse(type.ShortName(), out var parsed));
            Assert.Equal(type, parsed);
        }
        Assert.False(KernelTypeNames.TryParse("unspec", out _));
    }
}
