using Netdev.Skbs;

namespace Netdev.TestRun;

/// <summary>The fields of xdp_md a test run takes. data_end is the length of what was given: frames with fragments are not simulated.</summary>
/// <remarks>Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_xdp, xdp_convert_md_to_buff.</remarks>
public sealed record XdpTestContext : TestContext
{
    /// <summary>Most bytes of metadata: the headroom less the kernel's struct xdp_frame.</summary>
    public const int MaxMetadataBytes = SkbPool.Headroom - 40;

    /// <summary>How many of the bytes given are metadata; the frame begins after them. A multiple of 4, at most <see cref="MaxMetadataBytes"/>.</summary>
    public uint Data { get; init; }

    /// <summary>Nothing can stand in front of the metadata: 0.</summary>
    public uint DataMeta { get; init; }

    /// <summary>Interface the frame came in by; 0 for loopback.</summary>
    public uint IngressIfindex { get; init; }

    /// <summary>Receive queue of that interface; devices here have one, so 0.</summary>
    public uint RxQueueIndex { get; init; }

    /// <summary>Frames that come in have no way out yet: 0.</summary>
    public uint EgressIfindex { get; init; }

    /// <summary>True when a test run takes it with so many bytes; EINVAL otherwise.</summary>
    internal bool Fits(int bytes) =>
        DataMeta == 0 && EgressIfindex == 0 && HasMetadataThatFits && Data <= bytes && (IngressIfindex != 0 || RxQueueIndex == 0);

    /// <summary>True when the headroom takes so much metadata.</summary>
    internal bool HasMetadataThatFits => Data % 4 == 0 && Data <= MaxMetadataBytes;

    /// <inheritdoc/>
    private protected override string FieldNames => "data (bytes of metadata each packet begins with), data_meta, ingress_ifindex, rx_queue_index, egress_ifindex";

    /// <inheritdoc/>
    private protected override TestContext? With(string field, ulong value) => field switch
    {
        "data" => this with { Data = (uint)value },
        "data_meta" => this with { DataMeta = (uint)value },
        "ingress_ifindex" => this with { IngressIfindex = (uint)value },
        "rx_queue_index" => this with { RxQueueIndex = (uint)value },
        "egress_ifindex" => this with { EgressIfindex = (uint)value },
        _ => null,
    };
}
