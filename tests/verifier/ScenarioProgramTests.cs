using Netdev.Programs;
using Vm.Elf;
using Vm.Linking;
using Vm.Proofs;
using Vm.Verifier;

namespace Tests.Verifier;

/// <summary>Real programs as clang makes them: all load on a live kernel, so all must be accepted.</summary>
public sealed class ScenarioProgramTests
{
    public static TheoryData<string, string> Programs()
    {
        var data = new TheoryData<string, string>();
        foreach (string path in Directory.EnumerateFiles(Repository.PathOf("scenarios"), "*.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var spec = ObjectReader.Read(File.ReadAllBytes(path), Path.GetFileName(path));
            foreach (var program in spec.Programs) data.Add(Path.GetRelativePath(Repository.PathOf("scenarios"), path), program.Name);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void ProgramOfTheScenarios_IsAccepted(string path, string name)
    {
        var spec = ObjectReader.Read(File.ReadAllBytes(Repository.PathOf(Path.Combine("scenarios", path))), path);
        var program = spec.Programs.Single(p => p.Name == name);
        var linked = Linker.Link(spec, program);
        var kind = NetProgramKinds.For(program.Type);
        var verdict = ProgramVerifier.Verify(linked, kind, new VerifierOptions { Log = LogLevels.FailingPath, CheckInvariants = true });
        if (verdict is VerifierResult.Rejected no) Assert.Fail($"{no.Pc}: {no.Errno} {no.Message}\n{no.Log}");
    }
}
