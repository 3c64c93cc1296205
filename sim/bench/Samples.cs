namespace Sim.Bench;

/// <summary>Times of batches, kept as ns per packet; percentiles at the end.</summary>
/// <param name="capacity">Most batches kept; further ones count towards the total only.</param>
internal sealed class Samples(int capacity)
{
    private readonly float[] _perPacketNs = new float[capacity];
    private int _count;
    private bool _sorted;

    /// <summary>Packets in all.</summary>
    public long Packets { get; private set; }

    /// <summary>Time in all, ns.</summary>
    public double TotalNs { get; private set; }

    /// <summary>Bytes allocated in all.</summary>
    public long AllocatedBytes { get; set; }

    /// <summary>Adds one batch.</summary>
    public void Add(int packets, double elapsedNs)
    {
        Packets += packets;
        TotalNs += elapsedNs;
        _sorted = false;
        if (_count < _perPacketNs.Length) _perPacketNs[_count++] = (float)(elapsedNs / packets);
    }

    /// <summary>The value below which a share of the batches lies.</summary>
    /// <param name="share">0 to 1.</param>
    public double Percentile(double share)
    {
        if (_count == 0) return 0;
        if (!_sorted) Array.Sort(_perPacketNs, 0, _count);
        _sorted = true;
        return _perPacketNs[Math.Clamp((int)Math.Ceiling(share * _count) - 1, 0, _count - 1)];
    }

    /// <summary>Million packets a second, over everything.</summary>
    public double Mpps => TotalNs == 0 ? 0 : Packets * 1000.0 / TotalNs;

    /// <summary>Bytes allocated for each packet.</summary>
    public double BytesPerPacket => Packets == 0 ? 0 : (double)AllocatedBytes / Packets;
}
