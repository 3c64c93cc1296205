using Netdev;
using Netdev.Devices;
using Sim.Live;
using Tests.Verifier;
using Vm;
using Vm.Abi;
using Vm.Elf;
using Vm.Maps;
using Vm.Specs;
using Vm.Syscall;
using Vm.Verifier;

namespace Tests.Syscall;

/// <summary>Objects loaded by bpf(2), by the loader that loads them into the live kernel, get the verdicts the library gives them.</summary>
public sealed class SameLoaderTests
{
    private const string NotSimulated = "not simulated: ";

    // What libbpf calls instead of a weak kernel function that is not there: no kernel has such a helper. Source: tools/lib/bpf/libbpf.c, POISON_CALL_KFUNC_BASE.
    private const string MissingWeakFunction = "unknown#2002";

    private const string Accepted = "accepted", Lacking = "not simulated", Missing = "function missing";

    private const long CallBytes = 64 << 20;

    public static TheoryData<string> Objects => [.. Directory.GetFiles(Repository.PathOf("tests/objects"), "*.o").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Objects))]
    public void AnObject_GetsTheLibrarysVerdicts(string file) => None(Differences(Repository.PathOf($"tests/objects/{file}"), out _));

    [Fact]
    public void TheSelftests_GetTheLibrarysVerdicts()
    {
        if (Environment.GetEnvironmentVariable("SELFTEST_CORPUS") is not { Length: > 0 } folder) { Assert.Skip("set SELFTEST_CORPUS to the folder of the selftests' objects"); return; }
        var differences = new List<string>();
        int asked = 0;
        foreach (string path in Directory.GetFiles(folder, "*.bpf.o").Order(StringComparer.Ordinal))
        {
            differences.AddRange(Differences(path, out int count));
            asked += count;
        }
        None(differences);
        Assert.True(asked > 1000, $"only {asked} programs were asked about");
    }

    private static void None(List<string> differences) => Assert.True(differences.Count == 0, string.Join('\n', differences));

    private static List<string> Differences(string path, out int asked)
    {
        var differences = new List<string>();
        asked = 0;
        string file = Path.GetFileName(path);
        if (!TryRead(path, out var spec)) return differences;
        // The library does without maps that are not simulated until a program needs one; a loader makes all of them.
        if (spec.Maps.Any(map => !MapFactory.Supports(map.Type) || map.Inner is { } inner && !MapFactory.Supports(inner.Type))) return differences;
        using var network = new Network();
        using var process = network.StartProcess();
        using var calls = new SimulatedCalls(network.Syscalls(), process, CallBytes);
        using var elsewhere = new Network();
        using var library = new BpfObject(spec, elsewhere.LoadOptions());
        KernelObject? loaded = null;
        try
        {
            loaded = new KernelObject(BpfTarget.Over(calls, network.CpuCount), spec, ProgramType.Unspec);
        }
        catch (BadInputException refused)
        {
            try
            {
                library.CheckMaps();
                differences.Add($"{file}: maps: here fine, by bpf(2) {refused.Message}");
            }
            catch (BadInputException)
            {
                // Refused both ways.
            }
            return differences;
        }
        using (loaded)
        {
            foreach (var program in library.Programs.Where(program => program.IsSimulated))
            {
                asked++;
                // The library refuses what cannot be put into a prog array once all programs are loaded; here each is loaded by itself.
                if (Library(program) is not { } here) continue;
                string there = Loaded(loaded, program.Name);
                // A loader finds out that a function is missing before the verifier finds out what else is wrong.
                if (here != there && !(there == Missing && here != Accepted)) differences.Add($"{file}/{program.Name}: library {here}, bpf(2) {there}");
            }
        }
        return differences;
    }

    private static bool TryRead(string path, out ObjectSpec spec)
    {
        try
        {
            spec = MapTypes.AsMade(ObjectReader.Read(File.ReadAllBytes(path), Path.GetFileName(path)));
            return true;
        }
        catch (BadInputException)
        {
            spec = null!;
            return false;
        }
    }

    private static string? Library(BpfProgram program)
    {
        try
        {
            return program.Verify().Result switch
            {
                VerifierResult.Rejected no => no.Errno.ToString(),
                VerifierResult.Unsupported => Lacking,
                _ => Accepted,
            };
        }
        catch (MapSpecException)
        {
            return null;
        }
        catch (BadInputException refused)
        {
            return refused.Errno.ToString();
        }
    }

    private static string Loaded(KernelObject loaded, string name)
    {
        try
        {
            var result = loaded.Verify(name);
            if (result.Accepted) return Accepted;
            bool lacks = result.Message.StartsWith(NotSimulated, StringComparison.Ordinal) || result.Message.Contains(MissingWeakFunction, StringComparison.Ordinal);
            // A number that was left in an instruction names an open file here.
            if (result.Message.EndsWith("is not pointing to valid bpf_map", StringComparison.Ordinal)) return nameof(Errno.EBADF);
            return lacks ? Lacking : result.Errno.ToString();
        }
        catch (KernelRefusedException refused) when (refused.Errno == Errno.ESRCH)
        {
            return Missing;
        }
        catch (BadInputException refused)
        {
            return refused.Errno.ToString();
        }
    }
}
