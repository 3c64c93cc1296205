using Sim.Output;

namespace Tests.Output;

public class VisibleTests
{
    [Theory]
    [InlineData("eth0", "eth0")]
    [InlineData("Zürich → 東京 🙂", "Zürich → 東京 🙂")]
    [InlineData("a\x1b[2Jb", @"a\x1b[2Jb")]
    [InlineData("a\nb\rc", @"a\nb\rc")]
    [InlineData("a\tb", "a b")]
    [InlineData("a\0b\x7f", @"a\x00b\x7f")]
    [InlineData("a\u009b2J", @"a\x9b2J")]
    [InlineData("a\u202eb\u2066c", @"a\u202eb\u2066c")]
    [InlineData("a\u2028b\u2029c", @"a\u2028b\u2029c")]
    [InlineData("\ufeffa\u200b", @"\ufeffa\u200b")]
    [InlineData("a\U000E0041b", @"a\U000e0041b")]
    public void Of_ShowsWhatIsHidden(string text, string shown) => Assert.Equal(shown, Visible.Of(text));

    [Fact]
    public void Of_ShowsLoneSurrogates() => Assert.Equal(@"a\ud83db", Visible.Of("a\ud83db"));

    [Fact]
    public void Lines_KeepsLineEndsOnly() => Assert.Equal("a\nb\r\nc\\rd\\x1b", Visible.Lines("a\nb\r\nc\rd\x1b"));

    [Fact]
    public void Of_GivesNothingHidden_WhateverItGets() => CsCheck.Check.Sample(CsCheck.Gen.String, text =>
        Assert.True(Visible.IsHarmless(Visible.Of(text))));

    [Fact]
    public void Line_HolesAreNeverMarkup()
    {
        var output = new StringWriter();
        string name = "[red]x[/] [/] [[ \x1b[2J\nforged";
        Terminal.Over(output, TextWriter.Null).Line($"[bold]name[/] {name} {Styled.Of($"[green]{name}[/]")} {7:x4} {12,5}|{"ab",-4}|");
        string shown = @"[red]x[/] [/] [[ \x1b[2J\nforged";
        Assert.Equal($"name {shown} {shown} 0007    12|ab  |\n", output.ToString());
    }

    [Fact]
    public void Write_WhatAnotherRenderableSays_IsLookedAtToo()
    {
        var output = new StringWriter();
        Terminal.Over(output, TextWriter.Null).Write(new Spectre.Console.Text("a\x1b[31mb"));
        Assert.Equal(@"a\x1b[31mb", output.ToString());
    }

    [Fact]
    public void Complain_IsOneLine()
    {
        var error = new StringWriter();
        Terminal.Over(TextWriter.Null, error).Complain("no file 'a\nsim: all met\x1b[0m'");
        Assert.Equal("sim: no file 'a\\nsim: all met\\x1b[0m'\n", error.ToString().ReplaceLineEndings("\n"));
    }
}
