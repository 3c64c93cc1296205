using Netdev;
using Netdev.Devices;
using Netdev.Programs;
using Netdev.TestRun;
using Sim.Live;
using Tests.NetDev;
using Tests.Verifier;
using Vm;
using Vm.Abi;
using Vm.Isa;
using Vm.Maps;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier;

namespace Tests.Elf;

/// <summary>Verifying an object is loading it up to the last refusal: libbpf's, the maps', the verifier's, and our own lacks apart from them.</summary>
public sealed class LoadingTests
{
    /// <summary>Object, program, errno, words.</summary>
    public static TheoryData<int, string, Errno, string> Refusals => new()
    {
        { 1, "uses", Errno.EINVAL, "map m: an LPM trie must have BPF_F_NO_PREALLOC" },
        { 2, "uses", Errno.EINVAL, "map m: max_entries is 0" },
        { 3, "uses", Errno.E2BIG, "map m: max_entries is 100000" },
        { 4, "uses", Errno.EOPNOTSUPP, "map 'm' is static, which libbpf refuses" },
        { 6, "other", Errno.EINVAL, "'other' cannot use this prog array: 'uses' uses it" },
        { 7, "uses", Errno.EINVAL, "'uses' cannot use this prog array: 'other' uses it" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void WhatLoadingRefuses_VerifyingRefuses(int which, string program, Errno errno, string words)
    {
        var refused = Assert.ThrowsAny<BadInputException>(() =>
        {
            using var network = new Network();
            using var opened = Bpf.Open(Repository.PathOf($"tests/objects/loading-{which}.o"), network);
            foreach (var each in opened.Programs) Assert.IsType<VerifierResult.Accepted>(each.Result);
            Assert.Fail($"nothing was refused before '{program}'");
        });
        Assert.Equal(errno, refused.Errno);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TypesTheKernelRefuses_LeaveAMapWithout_AsLibbpfMakesIt()
    {
        using var network = new Network();
        using var opened = Bpf.Open(Repository.PathOf("tests/objects/loading-5.o"), network);
        Assert.Contains("SpinLock", opened.Spec.Maps[0].TypesRefused, StringComparison.Ordinal);
        var refused = Assert.IsType<VerifierResult.Rejected>(opened.Program("uses").Result);
        Assert.Equal("map 'm' has to have BTF in order to use bpf_spin_lock", refused.Message);
        if (KernelProbe.WhyNot() is not null) return;
        using var kernel = new KernelObject(opened.Spec);
        Assert.Contains(refused.Message, kernel.Verify("uses").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", 0)]
    [InlineData("guarded", 5)]
    [InlineData("there", 8)]
    [InlineData("lacking", 2)]
    public void WeakSymbols_AreNullWhereNobodyHasThem(string name, uint retval)
    {
        foreach (var engine in (Engine[])[Engine.Jit, Engine.Interpreter])
        {
            using var bench = new ProgramTestRun();
            using var opened = Bpf.Open(Repository.PathOf("tests/objects/weak.o"), bench.Network, engine);
            Assert.Equal(retval, bench.Run(opened.Program(name).Compile(), Bed.Udp()).Retval);
        }
    }

    [Fact]
    public void TheAddressOfAFunction_IsAPointer()
    {
        using var network = new Network();
        using var opened = Bpf.Open(Repository.PathOf("tests/objects/weak.o"), network);
        var leaks = opened.Program("leaks");
        Assert.IsType<VerifierResult.Accepted>(leaks.Result);
        var refused = Assert.IsType<VerifierResult.Rejected>(ProgramVerifier.Verify(leaks.Link(), NetProgramKinds.For(ProgramType.SchedCls), new VerifierOptions { HidesAddresses = true }));
        Assert.Equal("R0 leaks addr as return value", refused.Message);
        if (KernelProbe.WhyNot() is not null) return;
        using var kernel = new KernelObject(opened.Spec);
        Assert.True(kernel.Verify("leaks").Accepted);
    }

    [Fact]
    public void WhatWeLack_IsNoRefusal()
    {
        using var network = new Network();
        using var opened = Bpf.Open(Repository.PathOf("tests/objects/weak.o"), network);
        var lacks = Assert.IsType<VerifierResult.Unsupported>(opened.Program("calls_what_we_lack").Result);
        Assert.Equal("the kernel function bpf_skb_ct_lookup is not simulated", lacks.What);
        var thrown = Assert.Throws<ProgramUnsupportedException>(() => opened.Program("calls_what_we_lack").Compile());
        Assert.Contains("weak.o: program calls_what_we_lack, instruction", thrown.Message, StringComparison.Ordinal);
    }

    /// <summary>The running kernel has every helper for the types 6.12 has it for: a call of it gets further than "cannot use helper".</summary>
    [Fact]
    public void EveryHelperOfAType_IsOneInTheRunningKernel()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        const int XdpAdjustHead = 44;
        Assert.Contains("cannot use helper", Call(ProgramType.SocketFilter, XdpAdjustHead), StringComparison.Ordinal);
        foreach (var kind in NetProgramKinds.All)
        {
            foreach (int id in kind.KernelHelpers)
            {
                string message = Call(kind.Type, id);
                Assert.DoesNotContain("cannot use helper", message, StringComparison.Ordinal);
                Assert.DoesNotContain("invalid func", message, StringComparison.Ordinal);
            }
        }
    }

    private static string Call(ProgramType type, int helper)
    {
        RawInsn[] insns = [.. Enumerable.Range(1, 5).Select(register => new RawInsn(0xb7, register, 0, 0, 0)), new RawInsn(0x85, 0, 0, 0, helper), new RawInsn(0xb7, 0, 0, 0, 0), new RawInsn(0x95, 0, 0, 0, 0)];
        var linked = new LinkedProgram
        {
            Spec = new ProgramSpec { Name = "call", Section = "", Type = type, Insns = insns, Functions = [] },
            ObjectName = "call",
            License = "GPL",
            Type = type,
            Insns = insns,
            Maps = [],
        };
        var verdict = KernelProgram.Load(linked, ProgramImage.Of(linked), [], 0, out var loaded);
        loaded?.Dispose();
        return verdict.Message;
    }

    /// <summary>Random map numbers, made here and in the running kernel: the same errno.</summary>
    [Fact]
    public void MapNumbers_AreRefusedAsTheRunningKernelRefusesThem()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        var random = new Random(20261129);
        uint[] sizes = [0, 1, 2, 4, 5, 8, 12, 16, 20, 32, 33, 64, 260, 261, 512, 513, 4096, 32768, 32769];
        MapFlags[] flags = [MapFlags.NoPrealloc, MapFlags.NoCommonLru, MapFlags.RdOnly, MapFlags.WrOnly, MapFlags.RdOnlyProg, MapFlags.WrOnlyProg, MapFlags.Clone, MapFlags.Mmapable, MapFlags.PreserveElems, MapFlags.InnerMap, MapFlags.StackBuildId];
        var differences = new SortedSet<string>(StringComparer.Ordinal);
        int refusals = 0;
        for (int round = 0; round < 3000; round++)
        {
            var type = (MapType)random.Next(1, 33);
            // Made of types, or of numbers 6.12 and newer kernels ask differently about.
            if (type is MapType.StructOps or MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage or MapType.ArrayOfMaps or MapType.HashOfMaps) continue;
            var spec = new MapSpec { Name = "m", Type = type, KeySize = Pick(), ValueSize = Pick(), MaxEntries = random.Next(8) == 0 ? 0u : random.Next(3) == 0 ? 4096u : 4u };
            if (random.Next(3) > 0) spec = spec with { KeySize = 4, ValueSize = random.Next(2) == 0 ? 4u : 8u };
            // How many CPUs a CPU map may have is the kernel's configuration.
            if (type == MapType.CpuMap && spec.MaxEntries > 4) spec = spec with { MaxEntries = 4 };
            for (int more = random.Next(3); more > 0; more--) spec = spec with { Flags = spec.Flags | flags[random.Next(flags.Length)] };
            var here = Here(spec);
            var there = There(spec);
            if (here != Errno.None) refusals++;
            if (here != there && !Newer(spec, there)) differences.Add($"{type} key {spec.KeySize} value {spec.ValueSize} entries {spec.MaxEntries} flags {spec.Flags}: {here} here, {there} in the kernel");
        }
        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(40)));
        Assert.InRange(refusals, 500, 2900);

        uint Pick() => sizes[random.Next(sizes.Length)];
    }

    private static Errno Here(MapSpec spec)
    {
        try
        {
            MapChecks.Check(spec);
            return Errno.None;
        }
        catch (MapSpecException refused)
        {
            return refused.Errno;
        }
    }

    private static Errno There(MapSpec spec)
    {
        try
        {
            using var made = KernelMap.Create(spec, null, "");
            return Errno.None;
        }
        catch (KernelRefusedException refused)
        {
            return refused.Errno;
        }
    }

    // Kernels newer than 6.12 take BPF_F_RDONLY_PROG for what XDP redirects to.
    private static bool Newer(MapSpec spec, Errno there) => there == Errno.None && spec.Type is MapType.DevMap or MapType.DevMapHash && (spec.Flags & MapFlags.RdOnlyProg) != 0;
}
