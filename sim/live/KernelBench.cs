using Netdev.TestRun;
using Vm.Abi;

namespace Sim.Live;

/// <summary>Runs programs in the kernel by BPF_PROG_TEST_RUN, one packet at a time.</summary>
/// <remarks>
/// The programs run in the network namespace of the calling thread, on no device; nothing is sent.
/// Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_skb, bpf_prog_test_run_xdp, bpf_prog_test_run_syscall.
/// </remarks>
internal sealed class KernelBench
{
    private const int MostBytes = 1 << 16;

    private readonly PinnedBytes _in = new(MostBytes), _out = new(2 * MostBytes), _contextIn = new(MostBytes), _contextOut = new(MostBytes);
    private int _dataBytes;

    /// <summary>The packet after the last run; for XDP with its metadata in front.</summary>
    public ReadOnlySpan<byte> Data => _out.Bytes.AsSpan(0, _dataBytes);

    /// <summary>The context after the last run: __sk_buff, xdp_md or the bytes given.</summary>
    public ReadOnlySpan<byte> Context => _contextOut.Bytes;

    /// <summary>Runs a SCHED_CLS, SCHED_ACT or XDP program over a packet.</summary>
    /// <param name="program">The program.</param>
    /// <param name="packet">From the Ethernet header on.</param>
    /// <param name="context">Context fields; null for none set.</param>
    /// <exception cref="ArgumentException">The context of another type of program.</exception>
    public KernelRun Run(KernelProgram program, ReadOnlySpan<byte> packet, TestContext? context)
    {
        context ??= TestContext.Of(program.Type);
        if ((context is XdpTestContext) != (program.Type == ProgramType.Xdp)) throw new ArgumentException($"'{program.Name}' of type {program.Type} takes no {context.GetType().Name}", nameof(context));
        _contextIn.Bytes.AsSpan(0, SkbContextImage.Bytes).Clear();
        int contextBytes = context is XdpTestContext ? XdpContextImage.Bytes : SkbContextImage.Bytes;
        if (context is XdpTestContext xdp) XdpContextImage.Write(xdp, packet.Length, _contextIn.Bytes);
        else SkbContextImage.Write((SkbTestContext)context, _contextIn.Bytes);
        return Run(program, packet, contextBytes, hasPacket: true);
    }

    /// <summary>Runs a SCHED_CLS, SCHED_ACT or XDP program many times over one packet, which each run finds as the one before left it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="packet">From the Ethernet header on.</param>
    /// <param name="times">Runs.</param>
    /// <param name="nsPerRun">Average time of a run, whole ns; the kernel measures it.</param>
    public Errno Repeat(KernelProgram program, ReadOnlySpan<byte> packet, uint times, out uint nsPerRun)
    {
        packet.CopyTo(_in.Bytes);
        var attributes = new TestRunAttr { ProgFd = program.Number, DataSizeIn = (uint)packet.Length, DataIn = _in.Address, Repeat = times };
        var errno = BpfSyscall.Call(BpfCommand.ProgTestRun, ref attributes);
        nsPerRun = attributes.DurationNs;
        return errno;
    }

    /// <summary>Runs a SYSCALL program; the context is read from and written back to <paramref name="context"/>.</summary>
    public KernelRun RunSyscall(KernelProgram program, Span<byte> context)
    {
        context.CopyTo(_contextIn.Bytes);
        var run = Run(program, default, context.Length, hasPacket: false);
        // The kernel writes a SYSCALL context back in place.
        if (run.Errno == Errno.None) _contextIn.Bytes.AsSpan(0, context.Length).CopyTo(context);
        return run;
    }

    private KernelRun Run(KernelProgram program, ReadOnlySpan<byte> packet, int contextBytes, bool hasPacket)
    {
        if (packet.Length > MostBytes) return new KernelRun(Errno.EINVAL, 0, 0);
        packet.CopyTo(_in.Bytes);
        var attributes = new TestRunAttr
        {
            ProgFd = program.Number,
            DataSizeIn = (uint)packet.Length,
            DataIn = hasPacket ? _in.Address : 0,
            DataSizeOut = hasPacket ? (uint)_out.Bytes.Length : 0,
            DataOut = hasPacket ? _out.Address : 0,
            ContextSizeIn = (uint)contextBytes,
            ContextIn = contextBytes > 0 ? _contextIn.Address : 0,
            ContextSizeOut = hasPacket ? (uint)contextBytes : 0,
            ContextOut = hasPacket ? _contextOut.Address : 0,
            Repeat = hasPacket ? 1u : 0,
        };
        var errno = BpfSyscall.Call(BpfCommand.ProgTestRun, ref attributes);
        _dataBytes = errno == Errno.None ? (int)attributes.DataSizeOut : 0;
        return new KernelRun(errno, attributes.Retval, _dataBytes);
    }
}
