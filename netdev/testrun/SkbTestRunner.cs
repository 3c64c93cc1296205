using Netdev.Devices;
using Netdev.Wire;
using Vm.Abi;
using Vm.Syscall;

namespace Netdev.TestRun;

/// <summary>BPF_PROG_TEST_RUN of programs that get a struct __sk_buff.</summary>
/// <remarks>Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_skb.</remarks>
/// <param name="network">Where they run: on its first CPU, with the devices of the caller's namespace.</param>
public sealed class SkbTestRunner(Network network) : ITestRunner
{
    private const uint ChecksumComplete = 1 << 2;

    /// <inheritdoc/>
    public Errno Run(TestRunCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if ((call.Flags & ~ChecksumComplete) != 0 || call.Cpu != 0 || call.BatchSize != 0) return Errno.EINVAL;
        if (call.DataSizeIn is < EthernetView.HeaderBytes or > PacketRun.MaxSkbBytes) return Errno.EINVAL;
        var data = new byte[call.DataSizeIn];
        if (!call.TryRead(call.DataIn, data)) return Errno.EFAULT;
        var errno = call.ReadContext(SkbContextImage.Bytes, out var image);
        if (errno != Errno.None) return errno;
        var place = new TestRunPlace(network, call.Caller);
        SkbTestContext? context = null;
        if (image is not null)
        {
            context = SkbContextImage.Read(image);
            if (context.Ifindex > 1 && !place.Space.TryDevice(context.Ifindex, out _)) return Errno.ENODEV;
            if (!SkbContextImage.IsTaken(image)) return Errno.EINVAL;
        }
        return place.Run(call, run =>
        {
            var result = run.Run(call.Prog.Code, place.Loopback, data, context, call.Repeat, call.Flags != 0);
            if (result.Errno != Errno.None) return result.Errno;
            if (image is not null) SkbContextImage.Write(ref run.Skb.Fields, image);
            errno = call.Finish(run.Skb.Bytes, result.Retval);
            return errno != Errno.None || image is null ? errno : call.FinishContext(image);
        });
    }
}
