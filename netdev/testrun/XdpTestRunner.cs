using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Syscall;

namespace Netdev.TestRun;

/// <summary>BPF_PROG_TEST_RUN of XDP programs: one frame that goes nowhere, or live frames that do.</summary>
/// <remarks>Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_xdp.</remarks>
/// <param name="network">Where they run: on its first CPU, with the devices of the caller's namespace.</param>
public sealed class XdpTestRunner(Network network) : ITestRunner
{
    private const uint LiveFrames = 1 << 1, LargestBatch = 256, UsualBatch = 64;

    /// <summary>What the kernel keeps in front of each live frame: two struct xdp_buff.</summary>
    private const int LiveHeadBytes = 2 * 56;

    private const int PageBytes = 4096, MostFragments = 17;

    /// <inheritdoc/>
    /// <exception cref="NotSimulatedException">The frame would lie in several buffers.</exception>
    public Errno Run(TestRunCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (call.Prog.Code.AttachType is AttachType.XdpDevMap or AttachType.XdpCpuMap || (call.Flags & ~LiveFrames) != 0) return Errno.EINVAL;
        bool live = call.Flags != 0;
        if (live && call.BatchSize > LargestBatch) return Errno.E2BIG;
        if (!live && call.BatchSize != 0) return Errno.EINVAL;
        var errno = call.ReadContext(XdpContextImage.Bytes, out var image);
        if (errno != Errno.None) return errno;
        var context = new XdpTestContext();
        uint size = call.DataSizeIn, linear = size;
        if (image is not null)
        {
            context = XdpContextImage.Read(image, out linear);
            if (context.DataMeta != 0 || linear > size || context.Data > linear || (live && (call.DataOut | call.ContextOut) != 0) || !context.HasMetadataThatFits) return Errno.EINVAL;
        }
        linear = Math.Min(linear, PacketRun.MaxXdpBytes + context.Data - (live ? LiveHeadBytes : 0u));
        if ((live && size > linear) || size - context.Data < EthernetView.HeaderBytes) return Errno.EINVAL;
        var data = new byte[size];
        if (!call.TryRead(call.DataIn, data.AsSpan(0, (int)linear))) return Errno.EFAULT;
        var place = new TestRunPlace(network, call.Caller);
        errno = Place(place, context, out var device);
        if (errno != Errno.None) return errno;
        if (size > linear)
        {
            if (size - linear > MostFragments * PageBytes) return Errno.ENOMEM;
            if (!call.TryRead(call.DataIn + linear, data.AsSpan((int)linear))) return Errno.EFAULT;
            throw ProgramTestRun.SeveralBuffers(call.Prog.Code, (int)size);
        }
        return live
            ? place.OnCpu(call.Prog.Code, x => Flow(call, x, device, data, (int)context.Data))
            : place.Run(call, run => Once(call, place, run, data, context, image));
    }

    private static Errno Flow(TestRunCall call, NetContext x, NetDevice device, byte[] data, int metadata)
    {
        var errno = LiveRun.Run(x, device, call.Prog.Code, data, metadata, call.Repeat, call.BatchSize == 0 ? UsualBatch : call.BatchSize);
        return errno != Errno.None ? errno : call.Finish(data, 0);
    }

    private static Errno Once(TestRunCall call, TestRunPlace place, PacketRun run, byte[] data, XdpTestContext context, byte[]? image)
    {
        var result = run.Run(call.Prog.Code, place.Loopback, data, context, call.Repeat);
        if (result.Errno != Errno.None) return result.Errno;
        if (image is not null) XdpContextImage.Write(ref run.Skb.Fields, image);
        var errno = call.Finish(run.Skb.BytesWithMetadata, result.Retval);
        return errno != Errno.None || image is null ? errno : call.FinishContext(image);
    }

    private Errno Place(TestRunPlace place, XdpTestContext context, out NetDevice device)
    {
        device = place.Loopback;
        if (context.EgressIfindex != 0 || (context.IngressIfindex == 0 && context.RxQueueIndex != 0)) return Errno.EINVAL;
        if (context.IngressIfindex == 0) return Errno.None;
        if (!network.TryInterface(place.Space, context.IngressIfindex, out var there)) return Errno.ENODEV;
        device = there;
        return context.RxQueueIndex == 0 ? Errno.None : Errno.EINVAL;
    }
}
