namespace Netdev.Skbs;

/// <summary>Tunnel metadata of a CPU's packets. <see cref="SkBuff.Tunnel"/> says which entry is a packet's; 0 is none.</summary>
/// <remarks>
/// Entry 1 is the CPU's own: every bpf_skb_set_tunnel_key on the CPU writes it, so of two packets that wait for each other the first
/// leaves with what the second was given, as in the kernel. The others belong to packets that came out of a tunnel; clones share them.
/// Source: Linux 6.12 net/core/filter.c, md_dst; include/net/dst_metadata.h, tun_rx_dst.
/// </remarks>
public sealed class TunnelTable
{
    private const int Own = 1;

    private TunnelInfo[] _entries = new TunnelInfo[Own + 1];
    private int[] _references = new int[Own + 1];
    private int[] _free = new int[Own + 1];
    private int _freeCount, _used = Own + 1;

    /// <summary>Entries packets hold, the CPU's own left out.</summary>
    public int InUse => _used - Own - 1 - _freeCount;

    /// <summary>The metadata of a packet that has some.</summary>
    public ref TunnelInfo Of(Skb skb) => ref _entries[skb.Fields.Tunnel];

    /// <summary>True when a packet has metadata.</summary>
    public static bool Has(Skb skb) => skb.Fields.Tunnel != 0;

    /// <summary>True when a packet has the CPU's own, which alone a program may add options to.</summary>
    public static bool HasOwn(Skb skb) => skb.Fields.Tunnel == Own;

    /// <summary>Gives a packet the CPU's own entry, emptied.</summary>
    public ref TunnelInfo TakeOwn(Skb skb)
    {
        Drop(skb);
        skb.Fields.Tunnel = Own;
        _entries[Own] = default;
        return ref _entries[Own];
    }

    /// <summary>Gives a packet an entry of its own, emptied. Allocates only while the number in use grows to what it never was.</summary>
    public ref TunnelInfo TakeNew(Skb skb)
    {
        Drop(skb);
        if (_freeCount == 0 && _used == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * _used);
            Array.Resize(ref _references, 2 * _used);
            Array.Resize(ref _free, 2 * _used);
        }
        int entry = _freeCount > 0 ? _free[--_freeCount] : _used++;
        _references[entry] = 1;
        _entries[entry] = default;
        skb.Fields.Tunnel = entry;
        return ref _entries[entry];
    }

    /// <summary>A clone shares its original's metadata.</summary>
    public void Share(Skb clone) => _references[clone.Fields.Tunnel]++;

    /// <summary>Takes a packet's metadata away, if it has any.</summary>
    public void Drop(Skb skb)
    {
        int entry = skb.Fields.Tunnel;
        skb.Fields.Tunnel = 0;
        if (entry > Own && --_references[entry] == 0) _free[_freeCount++] = entry;
    }
}
