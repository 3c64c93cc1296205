using Netdev;
using Netdev.Devices;
using Tests.NetDev;
using Tests.Verifier;
using Vm;
using Vm.Abi;
using Vm.Kernel;
using Vm.Maps;

namespace Tests.Ownership;

/// <summary>Maps pinned by name: one map for all objects of a kernel that name the place.</summary>
public sealed class PinnedMapTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void TwoObjects_ShareAMapPinnedByName_WhicheverOfThemIsGone()
    {
        using var network = new Network();
        var eth0 = network.AddDevice("eth0");
        using var tc = Open("pinned.o", network);
        var xdp = Open("pinned.o", network);
        eth0.AttachXdp(xdp.Program("by_xdp").Compile());
        eth0.Ingress.Attach(tc.Program("by_tc").Compile());
        Assert.Same(tc.Map("shared"), xdp.Map("shared"));
        network.Receive(eth0, Bed.Udp(), Second);
        Assert.Equal(2ul, Count(tc.Map("shared")));
        xdp.Dispose();
        network.Receive(eth0, Bed.Udp(), Second);
        Assert.Equal(4ul, Count(tc.Map("shared")));
        Assert.True(network.Kernel.Files.TryPinned("/sys/fs/bpf/shared", out var pinned));
        Assert.Same(tc.Map("shared"), Assert.IsType<BpfMap>(pinned).Memory);
    }

    [Fact]
    public void APin_KeepsTheMap_UntilItIsRemoved()
    {
        using var network = new Network();
        var first = Open("pinned.o", network);
        var map = first.Map("shared");
        map.Update(BitConverter.GetBytes(7), new byte[24]);
        first.Dispose();
        Assert.Equal(0ul, Count(map));
        Assert.True(network.Kernel.Files.Unpin("/sys/fs/bpf/shared"));
        Assert.False(network.Kernel.Files.Unpin("/sys/fs/bpf/shared"));
        Assert.Throws<ObjectDisposedException>(() => Count(map));
        using var second = Open("pinned.o", network);
        Assert.NotSame(map, second.Map("shared"));
    }

    [Fact]
    public void AnotherDefinition_IsRefused_WithWhatDiffers()
    {
        using var network = new Network();
        using var first = Open("pinned.o", network);
        _ = first.Maps;
        using var larger = Open("pinned-larger.o", network);
        var refused = Assert.Throws<MapSpecException>(() => larger.Program("by_tc").Compile());
        Assert.Equal(Errno.EINVAL, refused.Errno);
        Assert.Contains("another map is pinned at /sys/fs/bpf/shared: max_entries is 64 there and 128 here", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherKernels_AndOtherPlaces_AreOtherMaps()
    {
        using var network = new Network();
        using var other = new Network();
        using var here = Open("pinned.o", network);
        using var there = Open("pinned.o", other);
        using var global = Open("pinned-global.o", network);
        Assert.NotSame(here.Map("shared"), there.Map("shared"));
        Assert.NotSame(here.Map("shared"), global.Map("shared"));
        Assert.Equal(["/sys/fs/bpf/shared", "/sys/fs/bpf/tc/globals/shared"], network.Kernel.Files.Pins.Select(pin => pin.Key));
    }

    /// <summary>The same sizes, but the pinned map has a timer where this object's type has plain bytes: its programs must not write there.</summary>
    [Fact]
    public void Programs_AreVerifiedAgainstTheMapThatIsPinned_NotAgainstTheirOwnDefinition()
    {
        using var network = new Network();
        using var timed = Open("pinned-timed.o", network);
        timed.Program("by_tc").Compile();
        using var plain = Open("pinned.o", network);
        var refused = Assert.Throws<ProgramRejectedException>(() => plain.Program("overwrite").Compile());
        Assert.Contains("bpf_timer cannot be accessed directly", refused.Message, StringComparison.Ordinal);
        plain.Program("by_xdp").Compile();
        using var alone = new Network();
        using var own = Open("pinned.o", alone);
        own.Program("overwrite").Compile();
    }

    private static BpfObject Open(string file, Network network) => Bpf.Open(Repository.PathOf("tests/objects/" + file), network);

    private static ulong Count(Map map)
    {
        var value = new byte[24];
        Assert.Equal(Errno.None, map.Lookup(BitConverter.GetBytes(7), value));
        return BitConverter.ToUInt64(value, 16);
    }
}
