using System.Runtime.CompilerServices;
using Vm.Memory;

namespace Netdev.Skbs;

/// <summary>The packets of one simulated CPU: structs and buffers in native memory, taken and given back without allocating.</summary>
/// <remarks>
/// A slot is one page: 256 bytes of state, then a frame laid out as drivers lay it out for XDP (256 bytes of headroom, 320 bytes
/// reserved at the end of 4096). A packet that does not fit, or grows out of its slot, moves to a big buffer; its address as a
/// context never changes. The last slot given back is the next one taken, so a single packet in flight stays in the cache.
/// Not thread-safe: one pool, one CPU.
/// </remarks>
public sealed class SkbPool : IGuestMemory, IDisposable
{
    /// <summary>Free bytes in front of a fresh packet. Source: Linux 6.12 include/uapi/linux/bpf.h, XDP_PACKET_HEADROOM.</summary>
    public const int Headroom = 256;

    /// <summary>Headroom of the kernel's skbs, NET_SKB_PAD of x86-64. Source: Linux 6.12 include/linux/skbuff.h.</summary>
    public const int KernelHeadroom = 64;

    /// <summary>Longest packet that can be taken in.</summary>
    public const int MaxPacketBytes = 65535;

    /// <summary>Usable bytes of a slot's own buffer: a 4096-byte frame without the 320 bytes kept for skb_shared_info.</summary>
    public const int SmallBufferBytes = 4096 - 320;

    /// <summary>Bytes of a big buffer.</summary>
    public const int BigBufferBytes = 128 * 1024;

    private const int SlotBytes = 4096;

    private readonly NativeBlock _slots;
    private readonly NativeBlock _bigBuffers;
    private readonly int _slotCount;
    private readonly int[] _freeBig;
    private readonly ulong[] _bigOwner;
    private ulong _free;
    private int _used;
    private int _inUse;
    private int _freeBigCount;

    /// <summary>Makes a pool.</summary>
    /// <param name="slots">Packets that can exist at once.</param>
    /// <param name="bigBuffers">How many of them can be longer than about 3500 bytes.</param>
    public SkbPool(int slots = 2048, int bigBuffers = 128)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bigBuffers, 1);
        _slots = new NativeBlock((long)slots * SlotBytes);
        _bigBuffers = new NativeBlock((long)bigBuffers * BigBufferBytes);
        _slotCount = slots;
        _freeBig = new int[bigBuffers];
        _bigOwner = new ulong[bigBuffers];
        for (int i = 0; i < bigBuffers; i++) _freeBig[i] = bigBuffers - i;
        _freeBigCount = bigBuffers;
    }

    /// <summary>Tunnel metadata of its packets.</summary>
    public TunnelTable Tunnels { get; } = new();

    /// <summary>Packets that exist now.</summary>
    public int InUse => _inUse;

    /// <summary>Big buffers in use now.</summary>
    public int BigInUse => _bigOwner.Length - _freeBigCount;

    /// <summary>Takes a packet whose state is zero, header positions unset, with room for <paramref name="bytes"/> bytes that the caller fills.</summary>
    /// <returns>False when the pool is empty or the packet is too long.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(int bytes, out Skb skb)
    {
        ulong address = _free;
        if (address == 0 || (uint)bytes > SmallBufferBytes - Headroom) return TryTakeElse(bytes, out skb);
        _free = NextFree(address);
        skb = Begin(address, address + SkBuff.SizeBytes, SmallBufferBytes, bytes);
        return true;
    }

    /// <summary>Gives a packet back; its address is dead from here on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release(Skb skb)
    {
        ref var fields = ref skb.Fields;
        if (fields.Holds != 0) LetGo(skb);
        // A dead packet has no bytes: nothing is allowed to touch it.
        fields.DataEnd = 0;
        NextFree(skb.Address) = _free;
        _free = skb.Address;
        _inUse--;
    }

    /// <summary>Copies a packet with its state, metadata and room (skb_copy; the kernel's skb_clone shares bytes until somebody writes).</summary>
    /// <returns>False when the pool is empty.</returns>
    public bool TryClone(Skb original, out Skb clone)
    {
        ref var from = ref original.Fields;
        int needed = from.BigBuffer != 0 ? SmallBufferBytes : 0;
        if (!TryTake(needed, out clone)) return false;
        ref var to = ref clone.Fields;
        var (head, limit, big) = (to.Head, to.Limit, to.BigBuffer);
        to = from;
        (to.Head, to.Limit, to.BigBuffer) = (head, limit, big);
        ulong moved = head - from.Head;
        to.Data += moved;
        to.DataEnd += moved;
        to.DataMeta += moved;
        Native.Copy(from.DataMeta, to.DataMeta, (int)(from.DataEnd - from.DataMeta));
        if (to.Tunnel != 0) Tunnels.Share(clone);
        return true;
    }

    /// <summary>Makes sure of free bytes in front of and behind a packet, moving it when needed; headers keep their bytes.</summary>
    /// <returns>False when no buffer is big enough or left (ENOMEM).</returns>
    /// <remarks>
    /// When the kernel moves a packet to get headroom it shifts all header positions, the unset transport header (0xffff, 16 bits)
    /// too: it wraps round to the byte in front of the old buffer and counts as set from then on. bpf_skb_change_tail shows it. Only
    /// test runs get there; the receive path sets the transport header before any program sees the packet.
    /// Source: Linux 6.12 net/core/skbuff.c, pskb_expand_head, skb_headers_offset_update; include/linux/skbuff.h, __skb_cow.
    /// </remarks>
    public bool TryReserve(Skb skb, int front, int back)
    {
        ref var fields = ref skb.Fields;
        bool kernelMoves = fields.Data < fields.Head + (ulong)(fields.KernelHead + front);
        if (kernelMoves && fields.TransportHeader == SkBuff.Unset) fields.TransportHeader = fields.KernelHead - 1;
        ulong first = fields.Data - (ulong)fields.MetaLength;
        if (first - fields.Head >= (ulong)front && fields.Limit - fields.DataEnd >= (ulong)back) return true;
        return TryMove(skb, front, back);
    }

    /// <inheritdoc/>
    public bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        ulong owner;
        if (_slots.Contains(address, bytes)) owner = address - (address - _slots.Address) % SlotBytes;
        else if (_bigBuffers.Contains(address, bytes)) owner = _bigOwner[(int)((address - _bigBuffers.Address) / BigBufferBytes)];
        else return false;
        if (owner == 0) return false;
        ref var fields = ref new Skb(owner).Fields;
        return address >= fields.DataMeta && address + (ulong)bytes <= fields.DataEnd;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
        _bigBuffers.Dispose();
    }

    private bool TryMove(Skb skb, int front, int back)
    {
        ref var fields = ref skb.Fields;
        ulong first = fields.Data - (ulong)fields.MetaLength;
        int used = (int)(fields.DataEnd - first), old = fields.BigBuffer, big = old;
        int newFront = front + Headroom;
        if (newFront + used + back > BigBufferBytes) return false;
        if (old == 0 && !TryTakeBig(skb.Address, out big)) return false;
        // Header positions count from the head and may lie before the data by at most the front room they were pushed into.
        ulong head = BigAddress(big), start = head + (ulong)newFront;
        int shift = newFront - (int)(first - fields.Head);
        Native.Copy(first, start, used);
        fields.Data = start + (ulong)fields.MetaLength;
        fields.DataMeta = start;
        fields.DataEnd = start + (ulong)used;
        fields.Head = head;
        fields.Limit = head + BigBufferBytes;
        fields.BigBuffer = big;
        if (fields.MacHeader != SkBuff.Unset) fields.MacHeader += shift;
        if (fields.TransportHeader != SkBuff.Unset) fields.TransportHeader += shift;
        fields.NetworkHeader += shift;
        fields.KernelHead += shift;
        fields.CsumStart += shift;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LetGo(Skb skb)
    {
        if (skb.Fields.BigBuffer != 0) ReleaseBig(skb.Fields.BigBuffer);
        if (skb.Fields.Tunnel != 0) Tunnels.Drop(skb);
    }

    // The slot given back last is the next one taken; those never used follow when there is none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryTakeElse(int bytes, out Skb skb)
    {
        skb = default;
        if ((uint)bytes > MaxPacketBytes || _inUse == _slotCount) return false;
        ulong address = _free == 0 ? _slots.Address + (ulong)_used * SlotBytes : _free;
        int big = 0;
        if (bytes > SmallBufferBytes - Headroom && !TryTakeBig(address, out big)) return false;
        if (_free == 0) _used++;
        else _free = NextFree(address);
        skb = big == 0 ? Begin(address, address + SkBuff.SizeBytes, SmallBufferBytes, bytes) : Begin(address, BigAddress(big), BigBufferBytes, bytes);
        skb.Fields.BigBuffer = big;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Skb Begin(ulong address, ulong head, int bufferBytes, int bytes)
    {
        var skb = new Skb(address);
        ref var fields = ref skb.Fields;
        ulong data = head + Headroom;
        fields = default;
        fields.Data = data;
        fields.DataEnd = data + (uint)bytes;
        fields.DataMeta = data;
        fields.Head = head;
        fields.Limit = head + (uint)bufferBytes;
        fields.Length = (uint)bytes;
        fields.MacHeader = SkBuff.Unset;
        fields.TransportHeader = SkBuff.Unset;
        fields.KernelHead = Headroom - KernelHeadroom;
        _inUse++;
        return skb;
    }

    /// <summary>While a slot is free, its first word says which one is the next.</summary>
    private static ref ulong NextFree(ulong slot) => ref Native.Ref<ulong>(slot);

    private ulong BigAddress(int big) => _bigBuffers.Address + (ulong)(big - 1) * BigBufferBytes;

    private bool TryTakeBig(ulong owner, out int big)
    {
        big = 0;
        if (_freeBigCount == 0) return false;
        big = _freeBig[--_freeBigCount];
        _bigOwner[big - 1] = owner;
        return true;
    }

    private void ReleaseBig(int big) => _freeBig[_freeBigCount++] = big;
}
