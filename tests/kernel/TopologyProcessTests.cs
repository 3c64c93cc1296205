using System.Diagnostics;
using Sim.Compare;
using Sim.Live.Net;
using Tests.Verifier;

namespace Tests.Kernel;

/// <summary>What the command leaves behind when it is killed, and what it says when it may not build anything.</summary>
public sealed class TopologyProcessTests
{
    private const string Scenario = "scenarios/13-namespaces/scenario.yaml";

    [Theory]
    [InlineData("KILL")]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void StoppedWhileItRuns_ItLeavesNoNamespaceAndNoDevice(string signal)
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        string[] devices = Directory.GetDirectories("/sys/class/net"), named = Named();
        string ours = NamespaceOf("/proc/self/task/" + Environment.ProcessId);
        // The same scenario over and over keeps the process busy long enough to be killed in the middle.
        using var process = Start("dotnet", [Sim, "compare", "--topology", "--scenario", .. Enumerable.Range(0, 400).Select(i => Copy(i))]);
        var seen = new HashSet<string>();
        while (seen.Count < 3 && !process.HasExited) seen.UnionWith(NamespacesOf(process.Id).Where(space => space != ours));
        Assert.False(process.HasExited, "it ended before it could be killed: " + (process.HasExited ? process.StandardError.ReadToEnd() : ""));
        using (var sent = Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"])) sent.WaitForExit();
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
        Assert.True(seen.Count >= 3);
        // A namespace lives by who is in it and by mounts. This process is left out: other tests make namespaces in it, and numbers are used again.
        var others = Directory.GetDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out int id) ? id : 0).Where(id => id != 0 && id != Environment.ProcessId);
        Assert.DoesNotContain(others.SelectMany(NamespacesOf), seen.Contains);
        Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(" nsfs ", StringComparison.Ordinal) && seen.Any(space => line.Contains(space, StringComparison.Ordinal)));
        Assert.Equal(named, Named());
        Assert.Equal(devices, Directory.GetDirectories("/sys/class/net"));
    }

    [Fact]
    public void WithoutThePrivilege_ItSaysWhichIsMissing_AndExitsWith3()
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        if (!File.Exists("/usr/bin/setpriv")) Assert.Skip("setpriv (util-linux) is not installed");
        using var process = Start("/usr/bin/setpriv", ["--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin", "dotnet", Sim, "compare", "--topology", "--scenario", Repository.PathOf(Scenario)]);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Contains("CAP_SYS_ADMIN", error, StringComparison.Ordinal);
        Assert.Equal(3, process.ExitCode);
    }

    private static string Sim => typeof(TopologyComparison).Assembly.Location;

    // Different spellings of one path: the finder takes equal ones once.
    private static string Copy(int i) => Repository.PathOf("scenarios") + string.Concat(Enumerable.Repeat("/.", i)) + "/13-namespaces/scenario.yaml";

    private static Process Start(string command, string[] arguments)
    {
        var started = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        return Assert.IsType<Process>(started);
    }

    private static string[] Named() => Directory.Exists("/run/netns") ? Directory.GetFileSystemEntries("/run/netns") : [];

    private static IEnumerable<string> NamespacesOf(int process)
    {
        string tasks = $"/proc/{process}/task";
        string[] threads;
        try
        {
            threads = Directory.GetDirectories(tasks);
        }
        catch (IOException)
        {
            // It has ended in the meantime.
            yield break;
        }
        foreach (string thread in threads)
        {
            if (NamespaceOf(thread) is { Length: > 0 } space) yield return space;
        }
    }

    private static string NamespaceOf(string thread)
    {
        try
        {
            return new FileInfo(thread + "/ns/net").LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }
}
