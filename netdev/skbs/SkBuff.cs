using System.Runtime.InteropServices;

namespace Netdev.Skbs;

/// <summary>A packet's state in native memory: what R1 of a packet program points at. One struct serves skb and xdp programs.</summary>
/// <remarks>
/// Programs never see this layout: the context tables map the uapi fields onto it. Packets are linear, so the packet is always the
/// bytes from <see cref="Data"/> to <see cref="DataEnd"/>. Header positions count from <see cref="Head"/>, as in the kernel, so they
/// survive a move to a bigger buffer. What a program reads most is in the first two cache lines.
/// Source: Linux 6.12 include/linux/skbuff.h, struct sk_buff; include/net/sch_generic.h, struct qdisc_skb_cb.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct SkBuff
{
    /// <summary>Bytes of the struct.</summary>
    public const int SizeBytes = 256;

    /// <summary>Header position that was never set.</summary>
    public const int Unset = -1;

    /// <summary>Address of the first packet byte (the Ethernet header inside hooks).</summary>
    [FieldOffset(0)] public ulong Data;

    /// <summary>One past the last packet byte.</summary>
    [FieldOffset(8)] public ulong DataEnd;

    /// <summary>Start of the metadata in front of the packet; equals <see cref="Data"/> when there is none.</summary>
    [FieldOffset(16)] public ulong DataMeta;

    /// <summary>First byte of the buffer.</summary>
    [FieldOffset(24)] public ulong Head;

    /// <summary>One past the last byte of the buffer.</summary>
    [FieldOffset(32)] public ulong Limit;

    /// <summary>Packet length in bytes: <see cref="DataEnd"/> - <see cref="Data"/>.</summary>
    [FieldOffset(40)] public uint Length;

    /// <summary>skb-&gt;mark.</summary>
    [FieldOffset(44)] public uint Mark;

    /// <summary>skb-&gt;priority.</summary>
    [FieldOffset(48)] public uint Priority;

    /// <summary>Interface the packet came in on; 0 for none.</summary>
    [FieldOffset(52)] public uint IngressIfindex;

    /// <summary>Interface it is on.</summary>
    [FieldOffset(56)] public uint Ifindex;

    /// <summary>Flow hash; 0 until somebody computes it.</summary>
    [FieldOffset(60)] public uint Hash;

    /// <summary>Control block words 0 and 1; all five together are the uapi field <c>cb</c>.</summary>
    [FieldOffset(64)] public ulong Cb01;

    /// <summary>Control block words 2 and 3.</summary>
    [FieldOffset(72)] public ulong Cb23;

    /// <summary>Control block word 4.</summary>
    [FieldOffset(80)] public uint Cb4;

    /// <summary>Length on the wire as the hook noted it (qdisc cb pkt_len): without Ethernet header at ingress.</summary>
    [FieldOffset(84)] public uint WireLength;

    /// <summary>Traffic class id of the control block.</summary>
    [FieldOffset(88)] public ushort TcClassId;

    /// <summary>skb-&gt;tc_index.</summary>
    [FieldOffset(90)] public ushort TcIndex;

    /// <summary>skb-&gt;queue_mapping.</summary>
    [FieldOffset(92)] public ushort QueueMapping;

    /// <summary>EtherType as its two bytes lie on the wire.</summary>
    [FieldOffset(94)] public ushort Protocol;

    /// <summary>Both halves of the VLAN tag at once; not 0 when there is a tag.</summary>
    [FieldOffset(96)] public uint Vlan;

    /// <summary>Tag protocol of the VLAN tag kept beside the packet, wire order; 0 for no tag.</summary>
    [FieldOffset(96)] public ushort VlanProtocol;

    /// <summary>Tag control word of that tag, host order.</summary>
    [FieldOffset(98)] public ushort VlanTci;

    /// <summary>Payload bytes of each segment; 0 when the packet is no super-packet.</summary>
    [FieldOffset(100)] public ushort GsoSize;

    /// <summary>Segments of a super-packet.</summary>
    [FieldOffset(102)] public ushort GsoSegments;

    /// <summary>Kind of super-packet.</summary>
    [FieldOffset(104)] public GsoTypes GsoType;

    /// <summary>For <see cref="ChecksumState.Complete"/>: unfolded sum of everything after the Ethernet header (at ingress).</summary>
    [FieldOffset(108)] public uint Csum;

    /// <summary>skb-&gt;tstamp in ns; its clock is <see cref="TimestampType"/>.</summary>
    [FieldOffset(112)] public long Timestamp;

    /// <summary>Hardware time stamp in ns; 0 for none.</summary>
    [FieldOffset(120)] public long HardwareTimestamp;

    /// <summary>Whom the frame is for.</summary>
    [FieldOffset(128)] public PacketType PacketType;

    /// <summary>0 realtime, 1 monotonic, 2 TAI.</summary>
    [FieldOffset(129)] public byte TimestampType;

    /// <summary>What is known of the checksum.</summary>
    [FieldOffset(130)] public ChecksumState IpSummed;

    /// <summary>For <see cref="ChecksumState.Unnecessary"/>: checksums verified beyond the first, 0-3.</summary>
    [FieldOffset(131)] public byte CsumLevel;

    /// <summary>1 while at a tc ingress hook.</summary>
    [FieldOffset(132)] public byte AtIngress;

    /// <summary>1 when <see cref="Hash"/> is valid.</summary>
    [FieldOffset(133)] public byte HasHash;

    /// <summary>1 when tunnel headers were pushed and the inner ones are remembered.</summary>
    [FieldOffset(134)] public byte Encapsulation;

    /// <summary>1 while an XDP program has the packet.</summary>
    [FieldOffset(135)] public byte IsXdp;

    /// <summary>Ethernet header, from <see cref="Head"/>; <see cref="Unset"/> when unset.</summary>
    [FieldOffset(136)] public int MacHeader;

    /// <summary>Network header, from <see cref="Head"/>.</summary>
    [FieldOffset(140)] public int NetworkHeader;

    /// <summary>Transport header, from <see cref="Head"/>; <see cref="Unset"/> when unset.</summary>
    [FieldOffset(144)] public int TransportHeader;

    /// <summary>Length of the link layer header.</summary>
    [FieldOffset(148)] public int MacLength;

    /// <summary>For <see cref="ChecksumState.Partial"/>: where summing starts, from <see cref="Head"/>.</summary>
    [FieldOffset(152)] public int CsumStart;

    /// <summary>For <see cref="ChecksumState.Partial"/>: where the sum goes, from <see cref="CsumStart"/>.</summary>
    [FieldOffset(156)] public int CsumOffset;

    /// <summary>Number of the packet, from 1 in order of injection and cloning on its CPU; for traces.</summary>
    [FieldOffset(160)] public ulong Id;

    /// <summary>Packet this one was cloned from; 0 for an original.</summary>
    [FieldOffset(168)] public ulong ParentId;

    /// <summary>Place of its device in the network's table.</summary>
    [FieldOffset(176)] public int Device;

    /// <summary>Receive queues crossed so far; bounded so that forwarding loops end.</summary>
    [FieldOffset(180)] public int Hops;

    /// <summary>Big buffer in use, counted from 1; 0 for the slot's own.</summary>
    [FieldOffset(184)] public int BigBuffer;

    /// <summary>Entry of its tunnel metadata in the CPU's <see cref="TunnelTable"/>; 0 for none.</summary>
    [FieldOffset(188)] public int Tunnel;

    /// <summary><see cref="BigBuffer"/> and <see cref="Tunnel"/> at once: 0 when there is nothing to give back with the packet.</summary>
    [FieldOffset(184)] internal ulong Holds;

    /// <summary>Bytes of metadata in front of the packet.</summary>
    [FieldOffset(192)] public int MetaLength;

    /// <summary>Receive queue, for XDP programs.</summary>
    [FieldOffset(196)] public uint ReceiveQueue;

    /// <summary>
    /// Where a kernel's buffer would begin, from <see cref="Head"/>: our headroom is larger, and a program can tell when the kernel
    /// has to move a packet for more (see <see cref="SkbPool.TryReserve"/>).
    /// </summary>
    [FieldOffset(200)] public int KernelHead;

    /// <summary>1 when a test run hung a socket on it that has the packet's addresses.</summary>
    [FieldOffset(208)] public byte HasTestSocket;
}
