using Netdev.Devices;
using Sim.Live;
using Sim.Live.Net;

namespace Tests.Syscall;

/// <summary>Two namespaces with pairs of devices, in both kernels alike: what links are walked over.</summary>
internal sealed class LinkWorld : IDisposable
{
    /// <summary>Pairs of devices there may be; the ends have interface numbers <see cref="Ifindex"/>.</summary>
    public const int Pairs = 3;

    private readonly TwoKernels _kernels;
    private readonly NetNamespace[] _here;
    private readonly NetworkNamespace[] _there;

    private LinkWorld(TwoKernels kernels, bool live)
    {
        _kernels = kernels;
        _here = [kernels.Network.Root, kernels.Network.AddNamespace("other")];
        _there = live ? [NetworkNamespace.Create("walk"), NetworkNamespace.Create("other")] : [];
        Enter(0);
        for (int pair = 0; pair < Pairs; pair++) Add(pair);
    }

    /// <summary>Makes it in two kernels, which own it from then on.</summary>
    public static LinkWorld Of(TwoKernels kernels, bool live)
    {
        var made = new LinkWorld(kernels, live);
        kernels.World = made;
        return made;
    }

    /// <summary>Interface number of an end of a pair, the same in every namespace.</summary>
    public static int Ifindex(int pair, int end) => 10 * (pair + 1) + end;

    /// <summary>The process enters a namespace.</summary>
    public (string Here, string There) Enter(int space)
    {
        _kernels.Process.NetNamespace = _here[space];
        if (_there.Length > 0) _kernels.Space = _there[space];
        return ("ok", "ok");
    }

    /// <summary>Makes a pair in the first namespace, if it is not there. The last pair's second end sends frames longer than a page.</summary>
    public (string Here, string There) Add(int pair)
    {
        int mtu = pair == Pairs - 1 ? 9000 : 1500;
        string here = "ok", there = "ok";
        if (_here.Any(space => space.TryDevice(Name(pair, 0), out _) || space.TryDevice(Name(pair, 1), out _))) here = there = "there";
        else
        {
            var end = _kernels.Network.AddDevice(Name(pair, 0), _here[0], ifindex: Ifindex(pair, 0));
            Network.Join(end, _kernels.Network.AddDevice(Name(pair, 1), _here[0], mtu: mtu, ifindex: Ifindex(pair, 1)));
            if (_there.Length > 0)
                there = Try(() => _there[0].Run(() => _there[0].Links.AddVethPair(new LinkSpec(Name(pair, 0), Ifindex(pair, 0)), new LinkSpec(Name(pair, 1), Ifindex(pair, 1), Mtu: mtu))));
        }
        return (here, there);
    }

    /// <summary>Removes a pair by one of its ends.</summary>
    public (string Here, string There) Remove(int pair, int end) => OnBoth(pair, end, device => _kernels.Network.Remove(device), (space, name) => space.Links.Remove(name));

    /// <summary>Moves one end into the other namespace, or back.</summary>
    public (string Here, string There) Move(int pair, int end) => OnBoth(
        pair, end, device => _kernels.Network.Move(device, device.Namespace == _here[0] ? _here[1] : _here[0]), (space, name) => space.Links.Move(name, space == _there[0] ? _there[1] : _there[0]));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var space in _there) space.Dispose();
    }

    private static string Name(int pair, int end) => $"d{pair}-{end}";

    private (string Here, string There) OnBoth(int pair, int end, Action<NetDevice> here, Action<NetworkNamespace, string> there)
    {
        string name = Name(pair, end);
        for (int i = 0; i < _here.Length; i++)
        {
            if (!_here[i].TryDevice(name, out var device)) continue;
            here(device);
            if (_there.Length == 0) return ("ok", "ok");
            var space = _there[i];
            return ("ok", Try(() => space.Run(() => there(space, name))));
        }
        return ("gone", "gone");
    }

    private static string Try(Action act)
    {
        try
        {
            act();
            return "ok";
        }
        catch (KernelRefusedException refused)
        {
            return refused.Message;
        }
    }
}
