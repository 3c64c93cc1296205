using System.Diagnostics;
using Tests.Verifier;
using Vm.Abi;

namespace Tests.Output;

/// <summary>Inputs that never end or never begin: a device, a pipe nobody writes to, a folder, a file too long.</summary>
public sealed class InputLimitTests : IDisposable
{
    private static readonly string s_object = Repository.PathOf("scenarios/02-firewall/firewall.bpf.o"), s_capture = Repository.PathOf("pcaps/web.pcap");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sim-input");

    public static TheoryData<string> Commands =>
    [
        "verify INPUT", "inspect INPUT", "verify OBJECT --btf INPUT", "exec INPUT --in CAPTURE", "exec OBJECT --in INPUT", "exec OBJECT --hex INPUT", "bench OBJECT --in INPUT", "replay INPUT --prog OBJECT",
        "replay CAPTURE --prog INPUT", "run INPUT", "trace INPUT", "control INPUT", "fuzz --no-kernel --replay INPUT", "fuzz --no-kernel --programs 1 --packets INPUT", "run SCENARIO", "run TARGET", "run REPLAY",
    ];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Commands))]
    public void Device_IsRefusedInOneSentence(string command)
    {
        if (!File.Exists("/dev/zero")) Assert.Skip("there is no /dev/zero");
        Refused(command, "/dev/zero", "no regular file");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void PipeNobodyWritesTo_IsRefusedInOneSentence(string command)
    {
        string pipe = Path.Combine(_folder.FullName, "pipe");
        if (OperatingSystem.IsWindows()) Assert.Skip("pipes with names of Unix");
        using (var made = Process.Start("mkfifo", pipe)) made.WaitForExit();
        Refused(command, pipe, "no regular file");
    }

    [Fact]
    public void TooLong_IsRefusedBeforeItIsRead()
    {
        string path = Path.Combine(_folder.FullName, "long");
        using (var file = File.Create(path)) file.SetLength(1L << 40);
        foreach (string command in (string[])["verify INPUT", "verify OBJECT --btf INPUT", "run INPUT", "control INPUT", "fuzz --no-kernel --replay INPUT"]) Refused(command, path, "at most");
    }

    [Fact]
    public void Read_GivesWhatProcSaysIsEmpty()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("there is no /proc");
        Assert.NotEmpty(InputFile.Read("/proc/self/status", 1 << 20, (what, errno) => new ElfFormatException("", "", what, errno)));
        Assert.Throws<ElfFormatException>(() => InputFile.Read("/proc/self/status", 10, (what, errno) => new ElfFormatException("", "", what, errno)));
    }

    private void Refused(string command, string input, string why)
    {
        var ran = Invocation.Of([.. command.Split(' ').Select(word => word switch
        {
            "INPUT" => input,
            "OBJECT" => s_object,
            "CAPTURE" => s_capture,
            "SCENARIO" => Scenario(input, null, s_capture),
            "TARGET" => Scenario(s_object, input, s_capture),
            "REPLAY" => Scenario(s_object, null, input),
            _ => word,
        })]);
        Assert.Contains(why, ran.All, StringComparison.Ordinal);
        Assert.True(ran.Code is 2 or 3, $"{ran.Code}: {ran.All}");
    }

    private string Scenario(string file, string? btf, string capture)
    {
        string path = Path.Combine(_folder.FullName, "scenario.yaml");
        File.WriteAllText(path, $$"""
            objects: { o: { file: {{file}}{{(btf is null ? "" : $", target_btf: {btf}")}} } }
            devices: { eth0: {} }
            attach: [ { at: eth0 ingress, program: firewall } ]
            replay: [ { device: eth0, capture: {{capture}} } ]
            expect: { verdicts: [ { at: eth0 ingress, PASS: 1 } ] }
            """);
        return path;
    }
}
