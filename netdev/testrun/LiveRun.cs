using Netdev.Devices;
using Netdev.Skbs;
using Vm.Abi;
using Vm.Runtime;

namespace Netdev.TestRun;

/// <summary>Live XDP frames: the program runs over as many frames as are asked for, and what it decides is done.</summary>
/// <remarks>
/// A batch runs whole before the frames it passed go up the stack of their device. In the kernel a frame's memory comes back in later batches
/// with what the program wrote into it; here each frame is as given. Source: Linux 6.12 net/bpf/test_run.c, xdp_test_run_batch.
/// </remarks>
internal static class LiveRun
{
    /// <summary>Runs them.</summary>
    /// <param name="x">The CPU; the caller has begun its section.</param>
    /// <param name="device">Where the frames come in.</param>
    /// <param name="program">The program.</param>
    /// <param name="data">Metadata and frame.</param>
    /// <param name="metadata">Bytes of the metadata.</param>
    /// <param name="frames">How many.</param>
    /// <param name="batch">How many in one go.</param>
    /// <returns>ENOMEM when there is no packet left on the CPU.</returns>
    public static Errno Run(NetContext x, NetDevice device, ExecutableProgram program, ReadOnlySpan<byte> data, int metadata, uint frames, uint batch)
    {
        var slot = new XdpSlot(program.For<XdpContext>());
        var passed = new Queue<Skb>((int)Math.Min(frames, batch));
        for (uint left = frames; left > 0;)
        {
            uint size = Math.Min(left, batch);
            left -= size;
            var errno = RunBatch(x, device, slot, data, metadata, size, passed);
            while (passed.TryDequeue(out var skb)) ReceivePath.Process(x, device, skb);
            ReceivePath.Drain(x);
            if (errno != Errno.None) return errno;
        }
        return Errno.None;
    }

    private static Errno RunBatch(NetContext x, NetDevice device, XdpSlot slot, ReadOnlySpan<byte> data, int metadata, uint size, Queue<Skb> passed)
    {
        for (uint i = 0; i < size; i++)
        {
            if (!ReceivePath.TryMake(x, device, data[metadata..], 0, out var skb)) return Errno.ENOMEM;
            skb.ClearHeadroom();
            skb.TakeMetadata(data[..metadata]);
            skb.Fields.IsXdp = 1;
            if (XdpPath.TryPassLive(x, device, slot, skb)) passed.Enqueue(skb);
        }
        return Errno.None;
    }
}
