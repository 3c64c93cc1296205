using Netdev.TestRun;
using Sim.Compare;
using Sim.Live;
using Tests.Verifier;
using Vm;
using Vm.Abi;
using SimObjects = Sim.Inputs.ObjectFiles;

namespace Tests.Kernel;

/// <summary>struct xdp_md as a test run takes it: metadata, interface, queue.</summary>
public sealed class XdpContextTests
{
    // 240 bytes, each its own number, so that whatever part of them is metadata can be told.
    private static readonly byte[] s_given = [.. Enumerable.Range(0, 240).Select(i => (byte)i)];

    /// <summary>The context and what a test run makes of it, 240 bytes given.</summary>
    public static TheoryData<string, Errno> Contexts { get; } = new()
    {
        { "", Errno.None },
        { "data=4", Errno.None },
        { "data=32,ingress_ifindex=1", Errno.None },
        { "data=216", Errno.None },
        { "data=220", Errno.EINVAL },
        { "data=228", Errno.EINVAL },
        { "data=3", Errno.EINVAL },
        { "data=240", Errno.EINVAL },
        { "data=244", Errno.EINVAL },
        { "data=0xfffffffc", Errno.EINVAL },
        { "data_meta=4", Errno.EINVAL },
        { "ingress_ifindex=1", Errno.None },
        { "ingress_ifindex=1,rx_queue_index=0", Errno.None },
        { "ingress_ifindex=1,rx_queue_index=1", Errno.EINVAL },
        { "rx_queue_index=1", Errno.EINVAL },
        { "ingress_ifindex=2147483000", Errno.ENODEV },
        { "ingress_ifindex=0xffffffff", Errno.ENODEV },
        { "ingress_ifindex=2147483000,rx_queue_index=1", Errno.ENODEV },
        { "ingress_ifindex=2147483000,egress_ifindex=1", Errno.EINVAL },
        { "egress_ifindex=1", Errno.EINVAL },
    };

    [Theory]
    [MemberData(nameof(Contexts))]
    public void Context_IsTakenOrRefused(string text, Errno expected)
    {
        foreach (var engine in Enum.GetValues<Engine>())
        {
            using var bench = new ProgramTestRun();
            using var opened = SimObjects.Open(Repository.PathOf("tests/objects/settings.o"), engine, kernel: bench.Network.Kernel);
            var context = Parse(text);
            var run = bench.Run(opened.Program("told").Compile(), s_given, context);
            Assert.Equal(expected, run.Errno);
            if (expected != Errno.None) continue;
            int meta = (int)context.Data;
            Assert.Equal(2u, run.Retval);
            Assert.Equal(s_given.Length - meta, bench.Packet.Length);
            uint first = meta == 0 ? 0 : BitConverter.ToUInt32(s_given);
            Assert.Equal([1u, 0u, first], Enumerable.Range(0, 3).Select(i => BitConverter.ToUInt32(bench.Packet.ToArray(), 4 * i)));
            Assert.Equal(meta == 0 ? [] : [.. BitConverter.GetBytes(~first), .. s_given[4..meta]], bench.Metadata.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Contexts))]
    public void Kernel_SaysTheSame(string text, Errno expected)
    {
        Assert.SkipWhen(KernelProbe.WhyNot() is not null, KernelProbe.WhyNot() ?? "");
        using var opened = SimObjects.Open(Repository.PathOf("tests/objects/settings.o"));
        using var theirs = new KernelObject(opened.Spec);
        using var both = new SideBySide(opened.Options.Kernel);
        var program = opened.Program("told");
        var found = new Comparison { Name = text };
        both.Run(program.Spec, program.Compile(), theirs, s_given, Parse(text), 1_000_000_000, found, 1);
        Assert.Empty(found.Differences.SelectMany(difference => difference.Fields.Select(field => $"{field}")));
        Assert.Equal(expected, both.Kernel.Run(theirs.Program("told"), s_given, Parse(text)).Errno);
    }

    [Fact]
    public void ContextOfAnotherType_IsRefused()
    {
        using var bench = new ProgramTestRun();
        using var opened = SimObjects.Open(Repository.PathOf("tests/objects/settings.o"), kernel: bench.Network.Kernel);
        Assert.Throws<ArgumentException>(() => bench.Run(opened.Program("told").Compile(), s_given, new SkbTestContext()));
    }

    private static XdpTestContext Parse(string text)
    {
        Assert.True(Netdev.TestRun.TestContext.TryParse(ProgramType.Xdp, text, out var context, out string problem), problem);
        return (XdpTestContext)context;
    }
}
