using Sim.Output;

namespace Tests.Output;

public sealed class OutputFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sim-output");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void NotCommitted_TheOldFileStaysAndNothingElseIsThere()
    {
        string path = Put("out.txt", "old");
        using (var file = OutputFile.Create(path)) file.Stream.Write("new"u8);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public void UntilItIsCommitted_ThePlaceShowsTheOldFile()
    {
        string path = Put("out.txt", "old");
        using var file = OutputFile.Create(path);
        file.Stream.Write("new"u8);
        file.Stream.Flush();
        Assert.Equal("old", File.ReadAllText(path));
        file.Commit();
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public void TwoAtOnce_EachIsWhole_TheLastToFinishStays()
    {
        string path = In("out.txt");
        using OutputFile first = OutputFile.Create(path), second = OutputFile.Create(path);
        first.Stream.Write("first"u8);
        second.Stream.Write("second"u8);
        second.Commit();
        Assert.Equal("second", File.ReadAllText(path));
        first.Commit();
        Assert.Equal("first", File.ReadAllText(path));
    }

    [Fact]
    public void Link_StaysALink_AndRightsStay()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("links and rights of Unix");
            return;
        }
        string path = Put("out.txt", "old"), link = In("link");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(link, "out.txt");
        using (var file = OutputFile.Create(link))
        {
            file.Stream.Write("new"u8);
            file.Commit();
        }
        Assert.Equal("out.txt", new FileInfo(link).LinkTarget);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(path));
    }

    [Fact]
    public void NoRoom_IsOneSentence()
    {
        if (!File.Exists("/dev/full")) Assert.Skip("there is no /dev/full");
        using var file = OutputFile.Create("/dev/full");
        var refused = Assert.Throws<OutputException>(() =>
        {
            file.Stream.Write(new byte[1 << 20]);
            file.Commit();
        });
        Assert.Equal("/dev/full: cannot be written: No space left on device", refused.Message);
    }

    [Fact]
    public void FolderOrNoFolder_IsRefusedAtOnce()
    {
        Assert.EndsWith("it is a folder", Assert.Throws<OutputException>(() => OutputFile.Create(_folder.FullName)).Message, StringComparison.Ordinal);
        Assert.EndsWith("there is no such folder", Assert.Throws<OutputException>(() => OutputFile.Create(In("none/out.txt"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Capture_TimeThatPcapCannotHold_IsRefusedWithTheWayOut()
    {
        using (var pcap = new CaptureFile(In("out.pcap")))
            Assert.Contains(".pcapng", Assert.Throws<OutputException>(() => pcap.Write("eth0", 1L << 62, new byte[60])).Message, StringComparison.Ordinal);
        using var pcapng = new CaptureFile(In("out.pcapng"));
        pcapng.Write("eth0", 1L << 62, new byte[60]);
        pcapng.Commit();
        Assert.Equal("out.pcapng", Assert.Single(_folder.GetFiles()).Name);
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);

    private string Put(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }
}
