using System.Runtime.CompilerServices;
using Netdev.Devices;
using Netdev.Skbs;
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

/// <summary>A bench of its own: runs one program over one packet the way BPF_PROG_TEST_RUN does, without a process. No redirect is followed and nothing is dropped.</summary>
/// <remarks>
/// Direct packet access of CGROUP_SKB programs works, as it does in kernels from 6.13 on; before, test runs forgot to say where the packet ends.
/// Made once, used for many packets; a run allocates nothing. The packet of the last run can be looked at until the next one.
/// </remarks>
public sealed class ProgramTestRun : IDisposable
{
    /// <summary>Most bytes of an skb test run: a page less headroom and tailroom.</summary>
    public const int MaxSkbBytes = PacketRun.MaxSkbBytes;

    /// <summary>Most bytes of an XDP test run that stay linear.</summary>
    public const int MaxXdpBytes = PacketRun.MaxXdpBytes;

    private readonly NetDevice _loopback;
    private readonly PacketRun _run;

    /// <summary>Makes a bench with one simulated CPU, a loopback device and, for contexts that name it, nothing else.</summary>
    /// <param name="seed">Seed of the CPU's random numbers.</param>
    /// <param name="kernel">The kernel its programs were loaded into; null for one of its own, into which they are still to be loaded.</param>
    public ProgramTestRun(ulong seed = 1, BpfKernel? kernel = null)
    {
        Network = new Network(1, seed, kernel);
        _loopback = Network.Loopback(Network.Root);
        Cpu = Network.Cpus[0];
        _run = new PacketRun(Cpu);
    }

    /// <summary>The network around the program.</summary>
    public Network Network { get; }

    /// <summary>The simulated CPU programs run on.</summary>
    public NetContext Cpu { get; }

    /// <summary>The packet after the last run: from data on, metadata left out.</summary>
    public ReadOnlySpan<byte> Packet => Skb.Address == 0 ? default : Skb.Bytes;

    /// <summary>The metadata in front of it after the last run.</summary>
    public ReadOnlySpan<byte> Metadata => Skb.Address == 0 ? default : Native.Bytes(Skb.Fields.DataMeta, Skb.Fields.MetaLength);

    /// <summary>The packet's state after the last run.</summary>
    public Skb Skb => _run.Skb;

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

    /// <summary>True for a frame the kernel would give the program in several buffers, whether or not it said that it takes such (xdp.frags).</summary>
    /// <param name="program">The program.</param>
    /// <param name="bytes">Length of what is given.</param>
    /// <param name="context">Its context, which may say that some of it is metadata.</param>
    public static bool NeedsSeveralBuffers(ExecutableProgram program, int bytes, TestContext? context = null) =>
        program is { Type: ProgramType.Xdp, AttachType: not (AttachType.XdpDevMap or AttachType.XdpCpuMap) } && bytes - ((context as XdpTestContext)?.Data ?? 0L) > MaxXdpBytes;

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
        ArgumentNullException.ThrowIfNull(program);
        bool ofMap = program.AttachType is AttachType.XdpDevMap or AttachType.XdpCpuMap;
        if ((context is not null || data.Length > MaxXdpBytes || ofMap) && IsRefused(program, data.Length, context)) return new(Errno.EINVAL, 0, 0);
        var x = Cpu;
        x.Reader.Enter();
        TestRunResult result;
        try
        {
            Network.SetClock(x, timestampNs);
            result = _run.Run(program, _loopback, data, context, (uint)times);
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
        if (NeedsSeveralBuffers(program, bytes, context)) throw SeveralBuffers(program, bytes);
        return false;
    }

    /// <summary>What is said of a frame that would lie in several buffers.</summary>
    internal static NotSimulatedException SeveralBuffers(ExecutableProgram program, int bytes) => new(
        "packet", "", $"it has {bytes} bytes, and XDP frames in several buffers, those of more than {MaxXdpBytes} bytes, are not simulated: '{program.Name}' was not run");
}
