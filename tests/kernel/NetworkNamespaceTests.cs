using Sim.Live;
using Sim.Live.Net;
using Vm.Abi;

namespace Tests.Kernel;

/// <summary>Namespaces of our own; skipped, with the reason, where none can be made.</summary>
public sealed class NetworkNamespaceTests
{
    [Fact]
    public void ANamespace_HasOnlyItsOwnDevices_AndTheProcessStaysWhereItWas()
    {
        Skip();
        string[] before = Devices();
        using (var space = NetworkNamespace.Create("test"))
        {
            Assert.Equal(1, space.Run(() => space.Links.Ifindex("lo")));
            space.Run(() =>
            {
                space.Links.BringUp("lo");
                space.Links.AddVethPair(new LinkSpec("a0", 7, [2, 0, 0, 0, 0, 1], 1400), new LinkSpec("b0", 9));
                space.Links.BringUp("a0");
            });
            Assert.Equal(7, space.Run(() => space.Links.Ifindex("a0")));
            Assert.Equal(["a0", "b0", "lo"], space.Run(Devices));
            Assert.Equal(before, Devices());
        }
        Assert.Equal(before, Devices());
    }

    [Fact]
    public void AVethPair_JoinsTwoNamespaces()
    {
        Skip();
        using var one = NetworkNamespace.Create("one");
        using var two = NetworkNamespace.Create("two");
        one.Run(() => one.Links.AddVethPair(new LinkSpec("a0", 5), new LinkSpec("b0", 5), two));
        Assert.Equal(["a0", "lo"], one.Run(Devices));
        Assert.Equal(["b0", "lo"], two.Run(Devices));
        one.Run(() => one.Links.Remove("a0"));
        Assert.Equal(["lo"], two.Run(Devices));
    }

    [Fact]
    public void WhatTheKernelRefuses_IsSaidWithItsErrno_InTheCallersThread()
    {
        Skip();
        using var space = NetworkNamespace.Create("test");
        var refused = Assert.Throws<KernelRefusedException>(() => space.Run(() => space.Links.Ifindex("nothing0")));
        Assert.Equal(Errno.ENODEV, refused.Errno);
        Assert.True(space.Set("ipv4/ip_forward", "0"));
        Assert.False(space.Set("ipv4/no_such_value", "0"));
    }

    // From /proc, which shows the namespace of the thread that reads: no code of ours is trusted here.
    private static string[] Devices() =>
        [.. File.ReadLines("/proc/thread-self/net/dev").Skip(2).Select(line => line.Split(':')[0].Trim()).Order(StringComparer.Ordinal)];

    private static void Skip()
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
    }
}
