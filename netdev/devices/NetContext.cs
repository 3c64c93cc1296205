using System.Runtime.CompilerServices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Maps;
using Vm.Runtime;

namespace Netdev.Devices;

/// <summary>A simulated CPU with what packet programs need besides: packets, redirect state, the receive queue.</summary>
/// <remarks>Not thread-safe: one CPU, one thread at a time. Source: Linux 6.12 include/linux/filter.h, struct bpf_net_context; net/core/dev.c, softnet_data.</remarks>
public sealed class NetContext : ExecContext
{
    /// <summary>Packets the receive queue holds. Source: Linux 6.12 net/core/hotdata.c, max_backlog.</summary>
    public const int MaxBacklog = 1000;

    /// <summary>Copies the programs of one injected packet may make in all; beyond it bpf_clone_redirect says ENOMEM. Ours.</summary>
    public const int MaxClones = 4096;

    private readonly Skb[] _backlog = new Skb[MaxBacklog];
    private int _backlogFirst;
    private ulong _lastPacketId;

    internal NetContext(Network network, int cpu, int cpuCount, ulong seed)
        : base(cpu, cpuCount, new SeededRandom(seed), network.Kernel.Readers)
    {
        Network = network;
        Packets = new SkbBytes();
        Regions.Add(Pool);
        Regions.Add(network.Kernel.Memory);
    }

    /// <summary>The testbed.</summary>
    public Network Network { get; }

    /// <summary>Its packets.</summary>
    public SkbPool Pool { get; } = new();

    /// <summary>Where bpf_redirect and its kin note the target.</summary>
    public RedirectInfo Redirect;

    /// <summary>Packets waiting in the receive queue.</summary>
    public int Backlog { get; private set; }

    /// <summary>Hooks being run inside each other on this CPU.</summary>
    internal int HookDepth;

    /// <summary>Transmissions inside each other (dev_xmit_recursion).</summary>
    internal int TransmitDepth;

    /// <summary>Copies still allowed for the packet that was injected last.</summary>
    internal int ClonesLeft;

    /// <summary>Program that decided last, for the record of a drop; kept only for an observer.</summary>
    internal ExecutableProgram? LastProgram;

    /// <summary>Packets injected and cloned on this CPU.</summary>
    public ulong PacketsEntered => _lastPacketId;

    /// <summary>Takes a frame from a device's wire and follows it, and all its copies, to their ends.</summary>
    /// <param name="device">Device whose wire it comes from.</param>
    /// <param name="frame">Ethernet frame without checksum, any length; under 14 or over 65535 bytes it is dropped.</param>
    /// <param name="timestampNs">Virtual time, ns since 1970.</param>
    /// <exception cref="InvalidOperationException">The CPU is at a packet already: on another thread, or because an observer calls back.</exception>
    /// <exception cref="ObjectDisposedException">The network has been disposed.</exception>
    // Inlined where the CPU is chosen, it would be kept in memory for the handler's sake instead of a register.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Receive(NetDevice device, ReadOnlySpan<byte> frame, long timestampNs)
    {
        Reader.Enter();
        try
        {
            ReceivePath.FromWire(this, device, frame, timestampNs);
        }
        catch
        {
            Abandon();
            throw;
        }
        Reader.Exit();
    }

    /// <summary>Takes a frame from the stack and sends it out of a device. Parameters and exceptions as for <see cref="Receive"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Transmit(NetDevice device, ReadOnlySpan<byte> frame, long timestampNs)
    {
        Reader.Enter();
        try
        {
            TransmitPath.FromStack(this, device, frame, timestampNs);
        }
        catch
        {
            Abandon();
            throw;
        }
        Reader.Exit();
    }

    /// <summary>An exception ended a packet or a timer: the CPU is at rest again, as after every other.</summary>
    internal void Abandon()
    {
        Recover();
        Reader.Exit();
    }

    /// <summary>Puts back what an exception left behind; the section goes on.</summary>
    internal void Recover()
    {
        HookDepth = 0;
        TransmitDepth = 0;
        Rest();
    }

    internal ulong NextPacketId() => ++_lastPacketId;

    internal bool TryEnqueue(Skb skb)
    {
        if (Backlog == MaxBacklog) return false;
        _backlog[(_backlogFirst + Backlog++) % MaxBacklog] = skb;
        return true;
    }

    internal Skb Dequeue()
    {
        var skb = _backlog[_backlogFirst];
        _backlogFirst = (_backlogFirst + 1) % MaxBacklog;
        Backlog--;
        return skb;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Pool.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>How a redirect is to be done.</summary>
[Flags]
public enum RedirectFlags : uint
{
    /// <summary>Send it out of the device.</summary>
    None = 0,

    /// <summary>BPF_F_INGRESS: as if the device had received it.</summary>
    Ingress = 1,

    /// <summary>Through neighbour lookup (bpf_redirect_neigh).</summary>
    Neighbour = 1 << 16,

    /// <summary>To the device's peer in its namespace (bpf_redirect_peer).</summary>
    Peer = 1 << 17,

    /// <summary>The next hop was given.</summary>
    NextHop = 1 << 18,
}

/// <summary>What the redirect helpers noted. Source: Linux 6.12 include/linux/filter.h, struct bpf_redirect_info.</summary>
public struct RedirectInfo
{
    /// <summary>Interface number of the target; for a map redirect its key.</summary>
    public uint Target;

    /// <summary>How.</summary>
    public RedirectFlags Flags;

    /// <summary>Next hop, with <see cref="RedirectFlags.NextHop"/>.</summary>
    public IpAddress NextHop;

    /// <summary>False when the next hop's family is neither IPv4 nor IPv6.</summary>
    public bool NextHopIsKnownFamily;

    /// <summary>XDP: true when a redirect helper ran successfully.</summary>
    public bool XdpArmed;

    /// <summary>XDP: interface number found in the map.</summary>
    public uint XdpIfindex;

    /// <summary>XDP: the map of a broadcast; null otherwise.</summary>
    public DevMap? XdpBroadcast;

    /// <summary>XDP: leave out the device the frame came in on.</summary>
    public bool XdpExcludeIngress;
}
