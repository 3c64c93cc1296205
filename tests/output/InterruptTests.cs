using System.Diagnostics;
using Sim.Output;
using Tests.Verifier;

namespace Tests.Output;

/// <summary>Ctrl-C and SIGTERM: the command ends with what was whole, and nothing half written stays.</summary>
public sealed class InterruptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sim-interrupt");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void Generate_LeavesTheOldFile(string signal, int code)
    {
        File.WriteAllText(In("out.pcap"), "old");
        Assert.Equal(code, StopWhenWriting(signal, "generate", In("out.pcap"), "--packets", "2000000000").ExitCode);
        Assert.Equal("old", File.ReadAllText(In("out.pcap")));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public void Replay_WritesWhatWasWholeAndItsTable()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("signals of Unix");
        Assert.Equal(0, Invocation.Of("generate", In("in.pcap"), "--packets", "2000000", "--bytes", "60").Code);
        using var process = StopWhenWriting("INT", "replay", In("in.pcap"), "--prog", Repository.PathOf("scenarios/02-firewall/firewall.bpf.o"), "--pcapng", In("out.pcapng"));
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("eth0 ingress", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        using var capture = Netdev.Pcap.CaptureReader.Open(In("out.pcapng"));
        while (capture.TryRead(out _)) ;
        Assert.InRange(capture.PacketsRead, 1, 2_000_000);
        Assert.Equal(["in.pcap", "out.pcapng"], _folder.GetFiles().Select(file => file.Name).Order());
    }

    [Fact]
    public void ProgramThatLoops_IsCutOff()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("signals of Unix");
        Assert.Equal(0, Invocation.Of("generate", In("in.pcap"), "--packets", "1000").Code);
        using var process = Start("replay", In("in.pcap"), "--prog", TestObject, "--engine", "interpreter", "--pcapng", In("out.pcapng"));
        while (_folder.GetFiles().Length < 2 && !process.HasExited) Thread.Yield();
        Kill(process, "INT");
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.Single(_folder.GetFiles());
    }

    private static string TestObject => Repository.PathOf("tests/objects/loops.o") + ":nested";

    private string In(string name) => Path.Combine(_folder.FullName, name);

    // Once the file beside has grown the command is in the middle of its work.
    private Process StopWhenWriting(string signal, params string[] args)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("signals of Unix");
        var process = Start(args);
        while (!_folder.GetFiles(".*").Any(file => file.Exists && file.Length > 0) && !process.HasExited) Thread.Yield();
        Assert.False(process.HasExited, process.HasExited ? process.StandardError.ReadToEnd() : "");
        Kill(process, signal);
        process.WaitForExit();
        return process;
    }

    private static void Kill(Process process, string signal)
    {
        using var sent = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]);
        sent.WaitForExit();
    }

    private static Process Start(params string[] args)
    {
        var started = Process.Start(new ProcessStartInfo("dotnet", [typeof(Terminal).Assembly.Location, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true });
        return Assert.IsType<Process>(started);
    }
}
