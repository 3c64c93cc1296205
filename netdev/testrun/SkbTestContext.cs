using Vm.Abi;

namespace Netdev.TestRun;

/// <summary>The fields of __sk_buff a test run may set; everything else must stay zero.</summary>
/// <remarks>Source: Linux 6.12 net/bpf/test_run.c, convert___skb_to_skb.</remarks>
public sealed record SkbTestContext : TestContext
{
    /// <summary>skb mark.</summary>
    public uint Mark { get; init; }

    /// <summary>skb priority.</summary>
    public uint Priority { get; init; }

    /// <summary>Interface the packet came in by.</summary>
    public uint IngressIfindex { get; init; }

    /// <summary>Interface the packet is on: 0 and 1 are loopback.</summary>
    public uint Ifindex { get; init; }

    /// <summary>cb[0] to cb[4].</summary>
    public (uint C0, uint C1, uint C2, uint C3, uint C4) Cb { get; init; }

    /// <summary>Time stamp in ns.</summary>
    public ulong Timestamp { get; init; }

    /// <summary>Length on the wire; 0 takes the packet's.</summary>
    public uint WireLength { get; init; }

    /// <summary>Segments of a super-packet.</summary>
    public uint GsoSegments { get; init; }

    /// <summary>Segment size of a super-packet; cut to 16 bits.</summary>
    public uint GsoSize { get; init; }

    /// <summary>Hardware time stamp in ns.</summary>
    public ulong HardwareTimestamp { get; init; }

    /// <summary>Reads <c>mark=1,cb[0]=7,ifindex=2</c>; values decimal or 0x hex.</summary>
    /// <returns>False, with what is wrong, for an unknown field or a bad number.</returns>
    public static bool TryParse(string text, out SkbTestContext context, out string problem)
    {
        bool read = TryParse(ProgramType.SchedCls, text, out var any, out problem);
        context = (SkbTestContext)any;
        return read;
    }

    /// <inheritdoc/>
    private protected override string FieldNames => "mark, priority, ingress_ifindex, ifindex, cb[0]..cb[4], tstamp, wire_len, gso_segs, gso_size, hwtstamp";

    /// <inheritdoc/>
    private protected override TestContext? With(string field, ulong value) => field switch
    {
        "mark" => this with { Mark = (uint)value },
        "priority" => this with { Priority = (uint)value },
        "ingress_ifindex" => this with { IngressIfindex = (uint)value },
        "ifindex" => this with { Ifindex = (uint)value },
        "cb[0]" => this with { Cb = Cb with { C0 = (uint)value } },
        "cb[1]" => this with { Cb = Cb with { C1 = (uint)value } },
        "cb[2]" => this with { Cb = Cb with { C2 = (uint)value } },
        "cb[3]" => this with { Cb = Cb with { C3 = (uint)value } },
        "cb[4]" => this with { Cb = Cb with { C4 = (uint)value } },
        "tstamp" => this with { Timestamp = value },
        "wire_len" => this with { WireLength = (uint)value },
        "gso_segs" => this with { GsoSegments = (uint)value },
        "gso_size" => this with { GsoSize = (uint)value },
        "hwtstamp" => this with { HardwareTimestamp = value },
        _ => null,
    };
}
