using System.Buffers.Binary;
using Netdev;
using Netdev.Devices;
using Sim.Live;
using Tests.Verifier;
using Vm;
using Vm.Abi;
using Vm.Isa;
using Vm.Kernel;
using Vm.Syscall;
using Vm.Verifier;

namespace Tests.Syscall;

/// <summary>What the verifier knows of maps at load, and that both ways of loading make the same program.</summary>
public sealed class LoadedMapsTests
{
    private const byte Wide = 0x18;
    private const uint ReadOnlyForPrograms = 1 << 7;

    /// <summary>Frozen, read-only for programs, and what loading code that only a non-zero value could reach says.</summary>
    public static TheoryData<bool, bool, bool, Errno> Constants
    {
        get
        {
            var rows = new TheoryData<bool, bool, bool, Errno>();
            foreach (bool live in (bool[])[false, true])
            {
                rows.Add(live, true, true, Errno.None);
                rows.Add(live, true, false, Errno.EACCES);
                rows.Add(live, false, true, Errno.EACCES);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Constants))]
    public void ContentsAreKnown_WhenNobodyCanChangeThem(bool live, bool frozen, bool readOnly, Errno answer)
    {
        if (live && KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        using var bench = live ? LoadBench.Live() : LoadBench.Simulated();
        int map = bench.MakeMap(readOnly ? ReadOnlyForPrograms : 0);
        if (frozen) Assert.Equal(0, bench.Ask(BpfCommand.MapFreeze, 4, (0, (uint)map)));
        int made = bench.Load(call => call.Insns(
            new(Wide, 1, 2, 0, map), default, // r1 = &value, which is 0
            new(0x61, 2, 1, 0, 0), // w2 = *(u32 *)r1
            new(0xb7, 0, 0, 0, 0), // r0 = 0
            new(0x15, 2, 0, 1, 0), // if r2 == 0 goto +1
            new(0xbf, 0, 9, 0, 0), // r0 = r9, which was never set
            new(0x95, 0, 0, 0, 0)));
        Assert.Equal(answer, made < 0 ? (Errno)(-made) : Errno.None);
    }

    [Theory]
    [InlineData("datapath-v3.o")]
    [InlineData("ownership.o")]
    [InlineData("exceptions.o")]
    [InlineData("objects.o")]
    public void TheLibraryAndBpf_MakeTheSameProgram(string file)
    {
        using var network = new Network();
        using var process = network.StartProcess();
        using var calls = new SimulatedCalls(network.Syscalls(), process, 64 << 20);
        using var library = Bpf.Open(Repository.PathOf($"tests/objects/{file}"), network);
        using var loaded = new KernelObject(BpfTarget.Over(calls, network.CpuCount), library.Spec, ourClock: false);
        var ours = library.Programs.Where(program => program.Result is VerifierResult.Accepted)
            .Select(program => network.Kernel.Progs.TryGet(program.Compile().Id, out var known) ? known : throw new InvalidOperationException("A compiled program has an id.")).ToList();
        Assert.NotEmpty(ours);
        foreach (var one in ours) loaded.Program(one.Code.Name);
        foreach (var one in ours)
        {
            var theirs = network.Kernel.Progs.All.Last(prog => prog.Name == one.Name);
            Assert.NotEqual(one.Id, theirs.Id);
            Assert.Equal(What(one), What(theirs));
        }
    }

    // The tag is of the instructions as they were handed over: libbpf names maps by descriptor, and so does the library; this loader by index.
    private static string What(BpfProg prog) => string.Join(' ', prog.Name, prog.Code.Type, prog.Code.AttachType, prog.Maps.Count == 0 ? $"{prog.Tag:x} {string.Join(',', prog.FunctionTags)}" : "", prog.IsGpl, prog.VerifiedInsns, string.Join(',', prog.Functions),
        prog.FunctionTags.Count, string.Join(',', prog.Maps.Select(map => map.Spec.Type)), Convert.ToHexString(prog.FuncInfo.Span), Convert.ToHexString(prog.LineInfo.Span), prog.Xlated.Count);
}
