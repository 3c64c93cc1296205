using System.Diagnostics;
using System.Runtime.CompilerServices;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;
using Vm.Kernel;
using Vm.Memory;
using Vm.Runtime;

namespace Netdev.TestRun;

/// <summary>What a test run gave back.</summary>
/// <param name="Errno">None when the program ran.</param>
/// <param name="Retval">R0, low 32 bits.</param>
/// <param name="Length">Length of the packet afterwards.</param>
public readonly record struct TestRunResult(Errno Errno, uint Retval, uint Length);

/// <summary>Runs one program over one packet the way BPF_PROG_TEST_RUN does: no redirect is followed and nothing is dropped.</summary>
/// <remarks>
/// Direct packet access of CGROUP_SKB programs works, as it does in kernels from 6.13 on; before, test runs forgot to say where the packet ends.
/// Made once, used for many packets; a run allocates nothing. The packet of the last run can be looked at until the next one.
/// Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_skb, bpf_prog_test_run_xdp.
/// </remarks>
public sealed class ProgramTestRun : IDisposable
{
    /// <summary>Most bytes of an skb test run: a page less headroom and tailroom.</summary>
    public const int MaxSkbBytes = 4096 - 64 - 320;

    /// <summary>Most bytes of an XDP test run that stay linear.</summary>
    public const int MaxXdpBytes = 4096 - 256 - 320;

    private static readonly XdpTestContext s_untold = new();

    private readonly NetDevice _loopback;
    private Skb _skb;
    private Subject _subject;

    /// <summary>Makes a bench with one simulated CPU, a loopback device and, for contexts that name it, nothing else.</summary>
    /// <param name="seed">Seed of the CPU's random numbers.</param>
    /// <param name="kernel">The kernel its programs were loaded into; null for one of its own, into which they are still to be loaded.</param>
    public ProgramTestRun(ulong seed = 1, BpfKernel? kernel = null)
    {
        Network = new Network(1, seed, kernel);
        _loopback = Network.AddDevice("lo", mac: new MacAddress(0), mtu: Devices.Network.LoopbackMtu, ifindex: 1);
        Cpu = Network.Cpus[0];
    }

    /// <summary>The network around the program.</summary>
    public Network Network { get; }

    /// <summary>The simulated CPU programs run on.</summary>
    public NetContext Cpu { get; }

    /// <summary>The packet after the last run: from data on, metadata left out.</summary>
    public ReadOnlySpan<byte> Packet => _skb.Address == 0 ? default : _skb.Bytes;

    /// <summary>The metadata in front of it after the last run.</summary>
    public ReadOnlySpan<byte> Metadata => _skb.Address == 0 ? default : Native.Bytes(_skb.Fields.DataMeta, _skb.Fields.MetaLength);

    /// <summary>The packet's state after the last run.</summary>
    public Skb Skb => _skb;

    /// <summary>Runs a program over a packet. Socket filters and CGROUP_SKB see it from the network header on, and lose the Ethernet header: zeros stand there after.</summary>
    /// <param name="program">Of a type whose context is a packet.</param>
    /// <param name="data">The packet, from the Ethernet header on; an XDP context may say that metadata stands in front of it.</param>
    /// <param name="context">Context fields; null for none, which leaves wire_len 0.</param>
    /// <param name="timestampNs">Virtual time, ns since the epoch.</param>
    /// <exception cref="LoopBudgetException">The program loops without end; the message names it.</exception>
    /// <returns>EINVAL for a packet too short, too long or with a cut IP header, an impossible context, or a program of a device or CPU map; ENODEV for an unknown ifindex.</returns>
    /// <exception cref="ArgumentException">A program of another type, or the context of another type of program.</exception>
    /// <exception cref="NotSimulatedException">The frame <see cref="NeedsSeveralBuffers"/>.</exception>
    public TestRunResult Run(ExecutableProgram program, ReadOnlySpan<byte> data, TestContext? context = null, long timestampNs = 0) =>
        Run(program, data, context, timestampNs, times: 1);

    /// <summary>True for a frame the kernel would give the program in several buffers; programs without xdp.frags get EINVAL instead.</summary>
    /// <param name="program">The program.</param>
    /// <param name="bytes">Length of what is given.</param>
    /// <param name="context">Its context, which may say that some of it is metadata.</param>
    public static bool NeedsSeveralBuffers(ExecutableProgram program, int bytes, TestContext? context = null) =>
        program is { Type: ProgramType.Xdp, HasFrags: true, AttachType: not (AttachType.XdpDevMap or AttachType.XdpCpuMap) } && bytes - ((context as XdpTestContext)?.Data ?? 0L) > MaxXdpBytes;

    /// <summary>Runs a program many times over one packet, which is set up once: each run finds it as the one before left it, as with the kernel's repeat.</summary>
    /// <param name="program">As for one run.</param>
    /// <param name="data">The packet.</param>
    /// <param name="times">Runs, at least 1.</param>
    /// <returns>As for one run; what the last run returned.</returns>
    public TestRunResult Repeat(ExecutableProgram program, ReadOnlySpan<byte> data, int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        return Run(program, data, null, 0, times);
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    private TestRunResult Run(ExecutableProgram program, ReadOnlySpan<byte> data, TestContext? context, long timestampNs, int times)
    {
        if (program != _subject.Program) _subject = new Subject(program);
        if ((context is not null || data.Length > MaxXdpBytes || _subject.IsOfMap) && IsRefused(program, data.Length, context)) return new(Errno.EINVAL, 0, 0);
        var x = Cpu;
        x.Reader.Enter();
        TestRunResult result;
        try
        {
            x.TestRuns++;
            Release();
            var errno = _subject.IsXdp ? PrepareXdp(x, data, context as XdpTestContext ?? s_untold, timestampNs) : PrepareSkb(x, data, context as SkbTestContext, timestampNs);
            result = errno == Errno.None ? Call(x, times) : new(errno, 0, 0);
        }
        catch (LoopBudgetException)
        {
            var running = x.Run.TailCalled ?? program;
            x.Rest();
            x.RunWork();
            x.Abandon();
            throw new LoopBudgetException(running);
        }
        catch
        {
            x.Abandon();
            throw;
        }
        x.Reader.Exit();
        return result;
    }

    /// <summary>What only some programs, frames and contexts are asked for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsRefused(ExecutableProgram program, int bytes, TestContext? context)
    {
        if (context is not null && (context is XdpTestContext) != XdpContext.Fits(program.Type)) throw new ArgumentException($"'{program.Name}' of type {program.Type} takes no {context.GetType().Name}", nameof(context));
        if (program.AttachType is AttachType.XdpDevMap or AttachType.XdpCpuMap) return true;
        if (NeedsSeveralBuffers(program, bytes, context))
            throw new NotSimulatedException("packet", "", $"it has {bytes} bytes, and XDP frames in several buffers, those of more than {MaxXdpBytes} bytes that '{program.Name}' (xdp.frags) would get, are not simulated");
        return false;
    }

    private TestRunResult Call(NetContext x, int times)
    {
        uint retval = 0;
        x.HookDepth = 1;
        for (int i = 0; i < times; i++)
        {
            x.Redirect = default;
            x.ClonesLeft = NetContext.MaxClones;
            x.LoopBudget = ExecContext.DefaultLoopBudget;
            x.Run.BeginProgram();
            retval = _subject.Run(_skb, x);
            x.RunWork();
        }
        x.HookDepth = 0;
        if (!_subject.HasLink) PushLinkHeader();
        return new(Errno.None, retval, _skb.Fields.Length);
    }

    private Errno PrepareXdp(NetContext x, ReadOnlySpan<byte> data, XdpTestContext told, long timestampNs)
    {
        if (!told.Fits(data.Length)) return Errno.EINVAL;
        var metadata = data[..(int)told.Data];
        data = data[metadata.Length..];
        if (data.Length < EthernetView.HeaderBytes || data.Length > MaxXdpBytes) return Errno.EINVAL;
        TakePacket(x, data, timestampNs);
        var device = _loopback;
        if (told.IngressIfindex != 0 && !Network.Root.TryDevice(told.IngressIfindex, out device)) return Errno.ENODEV;
        if (told.RxQueueIndex != 0) return Errno.EINVAL;
        ref var skb = ref _skb.Fields;
        // A program that moves the start of the packet sees what lies there: zeros, in the kernel's fresh buffer.
        _skb.ClearHeadroom();
        skb.IsXdp = 1;
        skb.Device = device!.Index;
        skb.Ifindex = skb.IngressIfindex = (uint)device.Ifindex;
        skb.MetaLength = metadata.Length;
        skb.DataMeta = skb.Data - (ulong)metadata.Length;
        metadata.CopyTo(Native.Bytes(skb.DataMeta, metadata.Length));
        return Errno.None;
    }

    // Such programs cannot change the headroom, so what was taken off fits again.
    private void PushLinkHeader()
    {
        _skb.Push(EthernetView.HeaderBytes);
        _skb.Bytes[..EthernetView.HeaderBytes].Clear();
    }

    private Errno PrepareSkb(NetContext x, ReadOnlySpan<byte> data, SkbTestContext? context, long timestampNs)
    {
        if (data.Length < EthernetView.HeaderBytes || data.Length > MaxSkbBytes || IsIpCut(data)) return Errno.EINVAL;
        TakePacket(x, data, timestampNs);
        ref var skb = ref _skb.Fields;
        var device = _loopback;
        if (context is { Ifindex: > 1 } && !Network.Root.TryDevice(context.Ifindex, out device)) return Errno.ENODEV;
        EthernetReceive.TypeTrans(_skb, device!.WireAddress);
        // Loopback's broadcast address is all zeros, so all ones is just another group.
        if (device == _loopback && skb.PacketType == PacketType.Broadcast) skb.PacketType = PacketType.Multicast;
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
    private void TakePacket(NetContext x, ReadOnlySpan<byte> data, long timestampNs)
    {
        if (!x.Pool.TryTake(data.Length, out _skb)) throw new UnreachableException("The bench holds one packet at a time; the pool cannot be empty.");
        data.CopyTo(Native.Bytes(_skb.Fields.Data, data.Length));
        Network.SetClock(x, timestampNs);
    }

    private void Release()
    {
        if (_skb.Address == 0) return;
        Cpu.Pool.Release(_skb);
        _skb = default;
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
            IsOfMap = program.AttachType is AttachType.XdpDevMap or AttachType.XdpCpuMap;
        }

        public ExecutableProgram? Program { get; }

        /// <summary>True when it gets a struct xdp_md.</summary>
        public bool IsXdp { get; }

        /// <summary>True when it sees the packet from the Ethernet header on.</summary>
        public bool HasLink { get; }

        /// <summary>True for programs of device and CPU maps.</summary>
        public bool IsOfMap { get; }

        public uint Run(Skb skb, NetContext x) => IsXdp ? (uint)_onXdp.Run(new XdpContext(skb), x) : (uint)_onSkb.Run(new SkbContext(skb), x);
    }
}
