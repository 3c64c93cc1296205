using System.Collections.Concurrent;
using System.Globalization;
using Netdev.Programs;
using Netdev.TestRun;
using Sim.Fuzz;
using Tests.Verifier;
using Vm;
using Vm.Abi;
using Vm.Elf;
using Vm.Helpers;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Verifier;

namespace Tests.Safety;

/// <summary>Every program of our objects, scenarios and the Linux selftests that the verifier accepts runs in the interpreter that checks each access.</summary>
public sealed class CheckedRunTests(ITestOutputHelper output)
{
    private const string Corpus = "SELFTEST_CORPUS";
    private const long LoopBudget = 1 << 14, LargestMaps = 64 << 20;

    private static readonly byte[][] s_packets = [.. FuzzPackets.BuiltIn];

    [Fact]
    public void OurObjects_StayWithinTheirMemory()
    {
        string[] objects = [.. Objects("tests/objects", "*.o"), .. Objects("scenarios", "*.bpf.o"), .. Objects("tests/kernel/topology", "*.bpf.o")];
        Assert.True(RunAll(objects) > 100);
    }

    [Fact]
    public void TheSelftests_StayWithinTheirMemory()
    {
        string? folder = Environment.GetEnvironmentVariable(Corpus);
        if (string.IsNullOrEmpty(folder)) Assert.Skip($"{Corpus} does not name a folder of selftest objects; tests/selftests/corpus.sh makes one");
        Assert.True(RunAll(Directory.GetFiles(folder, "*.bpf.o")) > 900);
    }

    private int RunAll(string[] objects)
    {
        var wrong = new ConcurrentBag<string>();
        var left = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        int ran = 0;
        Parallel.ForEach(objects, path =>
        {
            try
            {
                Interlocked.Add(ref ran, RunObject(path, wrong, why => left.AddOrUpdate(why, 1, (_, count) => count + 1)));
            }
            catch (BadInputException unreadable)
            {
                left.AddOrUpdate($"object: {unreadable.GetType().Name}", 1, (_, count) => count + 1);
            }
        });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{objects.Length} objects, {ran} accepted programs ran over {s_packets.Length} packets each"));
        foreach (var (why, count) in left.OrderByDescending(pair => pair.Value)) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"left out, {why}: {count}"));
        Assert.Empty(wrong.Order(StringComparer.Ordinal));
        return ran;
    }

    private static int RunObject(string path, ConcurrentBag<string> wrong, Action<string> leaveOut)
    {
        var spec = ObjectReader.Read(File.ReadAllBytes(path), Path.GetFileName(path));
        if (spec.Maps.Sum(map => (long)map.MaxEntries * (map.KeySize + map.ValueSize + 64L)) > LargestMaps)
        {
            leaveOut("object: maps too large for a test");
            return 0;
        }
        using var bench = new ProgramTestRun();
        using var opened = new BpfObject(spec, new LoadOptions
        {
            Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
            Engine = Engine.Interpreter,
            FallbackType = ProgramType.SchedCls,
            Kernel = bench.Network.Kernel,
        });
        int ran = 0;
        foreach (var program in opened.Programs.Where(program => program.IsSimulated).ToArray())
        {
            string name = $"{spec.Name}/{program.Name}";
            try
            {
                if (program.Result is not VerifierResult.Accepted) continue;
                Run(bench, program.Compile());
                ran++;
            }
            catch (Exception e) when (e is ProgramRejectedException or EngineRefusedException or BadInputException)
            {
                leaveOut($"program: {e.GetType().Name}");
            }
            catch (Exception e)
            {
                wrong.Add($"{name}: {e.GetType().Name}: {e.Message}");
            }
        }
        return ran;
    }

    private static void Run(ProgramTestRun bench, ExecutableProgram program)
    {
        var budgeted = new ExecutableProgram(program.Name, program.Type, program.AttachType, (ctx, x) =>
        {
            x.LoopBudget = LoopBudget;
            return program.Entry(ctx, x);
        }, program.Engine) { HasFrags = program.HasFrags, ContextBytes = program.ContextBytes };
        foreach (byte[] packet in program.Type == ProgramType.Syscall ? s_packets[..1] : s_packets)
        {
            try
            {
                if (program.Type == ProgramType.Syscall) SyscallRun.Run(bench.Cpu, budgeted, new byte[Math.Max(program.ContextBytes, packet.Length)], out _);
                else bench.Run(budgeted, packet);
            }
            catch (LoopBudgetException)
            {
                bench.Cpu.BeginRun();
            }
        }
    }

    private static string[] Objects(string folder, string pattern) => Directory.GetFiles(Repository.PathOf(folder), pattern, SearchOption.AllDirectories);
}
