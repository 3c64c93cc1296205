using System.Runtime.CompilerServices;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;

namespace Netdev.TestRun;

/// <summary>One program over one packet on a CPU whose section the caller has begun: what the bench and bpf(2) share.</summary>
/// <remarks>
/// Made once, used for many packets; a run allocates nothing. The packet of the last run can be looked at until the next one.
/// Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_skb, bpf_prog_test_run_xdp.
/// </remarks>
/// <param name="x">The CPU.</param>
internal sealed class PacketRun(NetContext x)
{
    /// <summary>Most bytes of an skb test run: a page less headroom and tailroom.</summary>
    public const int MaxSkbBytes = 4096 - 64 - 320;

    /// <summary>Most bytes of an XDP test run that stay linear.</summary>
    public const int MaxXdpBytes = 4096 - SkbPool.Headroom - 320;

    private static readonly XdpTestContext s_untold = new();

    private Skb _skb;
    private Subject _subject;

    /// <summary>The packet's state after the last run.</summary>
    public Skb Skb => _skb;

    /// <summary>Runs a program over a packet that is set up once: each run finds it as the one before left it.</summary>
    /// <param name="program">Of a type whose context is a packet.</param>
    /// <param name="loopback">Loopback of the namespace, where packets are that are said to be nowhere else.</param>
    /// <param name="data">The packet; an XDP context may say that metadata stands in front of it.</param>
    /// <param name="context">Context fields; null for none, which leaves wire_len 0.</param>
    /// <param name="times">Runs, at least 1.</param>
    /// <param name="summed">True gives an skb the sum of its bytes (CHECKSUM_COMPLETE), which must be right in the end.</param>
    public TestRunResult Run(ExecutableProgram program, NetDevice loopback, ReadOnlySpan<byte> data, TestContext? context, uint times, bool summed = false)
    {
        if (program != _subject.Program) _subject = new Subject(program);
        x.TestRuns++;
        Release();
        var errno = _subject.IsXdp ? PrepareXdp(loopback, data, context as XdpTestContext ?? s_untold) : PrepareSkb(loopback, data, context as SkbTestContext);
        if (errno != Errno.None) return new(errno, 0, 0);
        if (summed)
        {
            _skb.Fields.IpSummed = ChecksumState.Complete;
            _skb.Fields.Csum = NetworkSum();
        }
        uint retval = Call(times);
        if (summed && InternetChecksum.Fold(_skb.Fields.Csum) != InternetChecksum.Fold(NetworkSum())) return new(Errno.EBADMSG, 0, 0);
        return new(Errno.None, retval, _skb.Fields.Length);
    }

    /// <summary>Gives the packet of the last run back.</summary>
    public void Release()
    {
        if (_skb.Address == 0) return;
        x.Pool.Release(_skb);
        _skb = default;
    }

    private uint Call(uint times)
    {
        uint retval = 0;
        for (uint i = 0; i < times; i++)
        {
            x.HookDepth = 1;
            x.Redirect = default;
            x.ClonesLeft = NetContext.MaxClones;
            x.LoopBudget = ExecContext.DefaultLoopBudget;
            x.Run.BeginProgram();
            retval = _subject.Run(_skb, x);
            x.HookDepth = 0;
            ReceivePath.Drain(x);
        }
        if (!_subject.HasLink) PushLinkHeader();
        return retval;
    }

    private uint NetworkSum()
    {
        int from = _skb.NetworkOffset;
        return (uint)from > _skb.Fields.Length ? 0 : InternetChecksum.Partial(_skb.Bytes[from..], 0);
    }

    private Errno PrepareXdp(NetDevice loopback, ReadOnlySpan<byte> data, XdpTestContext told)
    {
        if (!told.Fits(data.Length)) return Errno.EINVAL;
        var metadata = data[..(int)told.Data];
        data = data[metadata.Length..];
        if (data.Length < EthernetView.HeaderBytes || data.Length > MaxXdpBytes) return Errno.EINVAL;
        var device = loopback;
        if (told.IngressIfindex != 0 && !x.Network.TryInterface(loopback.Namespace, told.IngressIfindex, out device)) return Errno.ENODEV;
        if (told.RxQueueIndex != 0) return Errno.EINVAL;
        if (!TryTakePacket(data)) return Errno.ENOMEM;
        ref var skb = ref _skb.Fields;
        // A program that moves the start of the packet sees what lies there: zeros, in the kernel's fresh buffer.
        _skb.ClearHeadroom();
        skb.IsXdp = 1;
        skb.Device = device.Index;
        skb.Ifindex = skb.IngressIfindex = (uint)device.Ifindex;
        _skb.TakeMetadata(metadata);
        return Errno.None;
    }

    // Such programs cannot change the headroom, so what was taken off fits again.
    private void PushLinkHeader()
    {
        _skb.Push(EthernetView.HeaderBytes);
        _skb.Bytes[..EthernetView.HeaderBytes].Clear();
    }

    private Errno PrepareSkb(NetDevice loopback, ReadOnlySpan<byte> data, SkbTestContext? context)
    {
        if (data.Length is < EthernetView.HeaderBytes or > MaxSkbBytes) return Errno.EINVAL;
        var device = loopback;
        if (context is { Ifindex: > 1 } && !loopback.Namespace.TryDevice(context.Ifindex, out device)) return Errno.ENODEV;
        if (IsIpCut(data)) return Errno.EINVAL;
        if (!TryTakePacket(data)) return Errno.ENOMEM;
        ref var skb = ref _skb.Fields;
        EthernetReceive.TypeTrans(_skb, device.WireAddress);
        // Loopback's broadcast address is all zeros, so all ones is just another group.
        if (device == loopback && skb.PacketType == PacketType.Broadcast) skb.PacketType = PacketType.Multicast;
        skb.NetworkHeader = skb.MacHeader + EthernetView.HeaderBytes;
        skb.Device = device.Index;
        skb.Ifindex = (uint)device.Ifindex;
        skb.HasTestSocket = 1;
        if (!_subject.HasLink) _skb.Pull(EthernetView.HeaderBytes);
        if (context is null) return Errno.None;
        if (context.WireLength != 0 && (context.WireLength < skb.Length || context.WireLength > 65536)) return Errno.EINVAL;
        if (context.GsoSegments > ushort.MaxValue) return Errno.EINVAL;
        skb.Mark = context.Mark;
        skb.Priority = context.Priority;
        skb.IngressIfindex = context.IngressIfindex;
        skb.Cb01 = context.Cb.C0 | ((ulong)context.Cb.C1 << 32);
        skb.Cb23 = context.Cb.C2 | ((ulong)context.Cb.C3 << 32);
        skb.Cb4 = context.Cb.C4;
        skb.Timestamp = (long)context.Timestamp;
        skb.WireLength = context.WireLength == 0 ? skb.Length : context.WireLength;
        skb.GsoSegments = (ushort)context.GsoSegments;
        skb.GsoSize = (ushort)context.GsoSize;
        skb.HardwareTimestamp = (long)context.HardwareTimestamp;
        return Errno.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTakePacket(ReadOnlySpan<byte> data)
    {
        if (!x.Pool.TryTake(data.Length, out _skb)) return false;
        data.CopyTo(Native.Bytes(_skb.Fields.Data, data.Length));
        return true;
    }

    private static bool IsIpCut(ReadOnlySpan<byte> data)
    {
        int type = (data[12] << 8) | data[13];
        return (type == EtherType.Ipv4 && data.Length < EthernetView.HeaderBytes + Ipv4View.MinHeaderBytes)
            || (type == EtherType.Ipv6 && data.Length < EthernetView.HeaderBytes + Ipv6View.HeaderBytes);
    }

    /// <summary>What a run wants to know of its program, found out once for all runs of it in a row.</summary>
    private readonly struct Subject
    {
        private readonly ProgramFor<SkbContext> _onSkb;
        private readonly ProgramFor<XdpContext> _onXdp;

        public Subject(ExecutableProgram program)
        {
            ArgumentNullException.ThrowIfNull(program);
            Program = program;
            IsXdp = program.TryFor(out _onXdp);
            if (!IsXdp) _onSkb = program.For<SkbContext>();
            HasLink = program.Type is ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp;
        }

        public ExecutableProgram? Program { get; }

        /// <summary>True when it gets a struct xdp_md.</summary>
        public bool IsXdp { get; }

        /// <summary>True when it sees the packet from the Ethernet header on.</summary>
        public bool HasLink { get; }

        public uint Run(Skb skb, NetContext x) => IsXdp ? (uint)_onXdp.Run(new XdpContext(skb), x) : (uint)_onSkb.Run(new SkbContext(skb), x);
    }
}
