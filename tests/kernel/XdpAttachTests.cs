using Netdev;
using Netdev.Control;
using Netdev.Devices;
using Netdev.Tcx;
using Netdev.TestRun;
using Sim.Live;
using Sim.Live.Net;
using Tests.Verifier;
using Vm.Abi;
using SimObjects = Sim.Inputs.ObjectFiles;

namespace Tests.Kernel;

/// <summary>Which XDP programs a device takes, here and in the kernel.</summary>
public sealed class XdpAttachTests
{
    private static string ObjectFile => Repository.PathOf("tests/objects/xdp_attach.o");

    /// <summary>Program, MTU of the other end of the pair, and what attaching says.</summary>
    public static TheoryData<string, int, Errno> Attempts => new()
    {
        { "whole", 1500, Errno.None },
        { "whole", 3506, Errno.None },
        { "whole", 3507, Errno.ERANGE },
        { "whole", 9000, Errno.ERANGE },
        { "parts", 3507, Errno.None },
        { "parts", 9000, Errno.None },
        { "parts", 65535, Errno.None },
        { "leaving", 1500, Errno.EINVAL },
        { "leaving", 9000, Errno.EINVAL },
        { "moved", 1500, Errno.EINVAL },
    };

    [Theory]
    [MemberData(nameof(Attempts))]
    public void ADevice_TakesWhatTheKernelsTakes(string name, int mtu, Errno errno)
    {
        using var network = new Network();
        using var opened = Bpf.Open(ObjectFile, network);
        var (near, far) = (network.AddDevice("near"), network.AddDevice("far", mtu: mtu));
        Network.Join(near, far);
        Assert.Equal(errno, near.TryAttachXdp(opened.Program(name).Compile()));
        Assert.Equal(errno == Errno.None, near.Xdp is not null);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public void TheKernel_SaysTheSame(string name, int mtu, Errno errno)
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        using var opened = SimObjects.Open(ObjectFile);
        using var kernel = new KernelObject(opened.Spec);
        using var space = NetworkNamespace.Create("xdp");
        using var live = new LiveCalls();
        var calls = new TcxCalls(live);
        space.Run(() => space.Links.AddVethPair(new LinkSpec("near", 5), new LinkSpec("far", 6, Mtu: mtu)));
        foreach (string device in (string[])["near", "far"]) space.Run(() => space.Links.BringUp(device));
        Assert.Equal(errno, space.Run(() => calls.CreateLink(new LinkCreateCall(5, kernel.Program(name).Number, AttachType.Xdp), out _)));
    }

    [Fact]
    public void ARefusal_SaysWhatWouldDo()
    {
        using var network = new Network();
        using var opened = Bpf.Open(ObjectFile, network);
        var jumbo = network.AddDevice("jumbo", mtu: 9000);
        var tooLong = Assert.Throws<HookRefusedException>(() => jumbo.AttachXdp(opened.Program("whole").Compile()));
        Assert.Contains("ERANGE (frames of an MTU of 9000 do not fit one page", tooLong.Message, StringComparison.Ordinal);
        Assert.Contains("3506 is the most", tooLong.Message, StringComparison.Ordinal);
        var wrong = Assert.Throws<HookRefusedException>(() => jumbo.AttachXdp(opened.Program("leaving").Compile()));
        Assert.Contains("EINVAL (it is a program of a device or CPU map, not of a device)", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("whole", Errno.None)]
    [InlineData("leaving", Errno.EINVAL)]
    [InlineData("moved", Errno.EINVAL)]
    public void ATestRun_TakesNoProgramsOfMaps(string name, Errno errno)
    {
        using var bench = new ProgramTestRun();
        using var opened = Bpf.Open(ObjectFile, bench.Network);
        Assert.Equal(errno, bench.Run(opened.Program(name).Compile(), new byte[64]).Errno);
    }
}
