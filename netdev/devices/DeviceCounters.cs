using Netdev.Skbs;

namespace Netdev.Devices;

/// <summary>What one device counted on one CPU. Sums over CPUs come from <see cref="NetDevice.Counters"/>.</summary>
public sealed class DeviceCounters
{
    /// <summary>Number of drop reasons.</summary>
    public const int Reasons = (int)DropReason.LoopBudget + 1;

    private readonly long[] _drops = new long[Reasons];

    /// <summary>Frames received.</summary>
    public long RxPackets;

    /// <summary>Bytes received.</summary>
    public long RxBytes;

    /// <summary>Frames that were lost on reception before any program saw them.</summary>
    public long RxDropped;

    /// <summary>Frames sent.</summary>
    public long TxPackets;

    /// <summary>Bytes sent.</summary>
    public long TxBytes;

    /// <summary>Frames that could not be sent.</summary>
    public long TxDropped;

    /// <summary>Packets handed to the stack.</summary>
    public long Delivered;

    /// <summary>Bytes handed to the stack.</summary>
    public long DeliveredBytes;

    /// <summary>Frames that left on the wire (not over a veth).</summary>
    public long Transmitted;

    /// <summary>Packets that ended here for a reason.</summary>
    public long DropsFor(DropReason reason) => _drops[(int)reason];

    /// <summary>Packets that ended here for any reason.</summary>
    public long Drops => _drops.Sum();

    internal void CountDrop(DropReason reason) => _drops[(int)reason]++;

    internal void Add(DeviceCounters other)
    {
        RxPackets += other.RxPackets;
        RxBytes += other.RxBytes;
        RxDropped += other.RxDropped;
        TxPackets += other.TxPackets;
        TxBytes += other.TxBytes;
        TxDropped += other.TxDropped;
        Delivered += other.Delivered;
        DeliveredBytes += other.DeliveredBytes;
        Transmitted += other.Transmitted;
        for (int i = 0; i < Reasons; i++) _drops[i] += other._drops[i];
    }
}
