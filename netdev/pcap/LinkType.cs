namespace Netdev.Pcap;

/// <summary>What the first bytes of a captured packet are; the numbers of the tcpdump LINKTYPE_ registry.</summary>
/// <remarks>
/// A capture may carry any 16-bit number. <see cref="LinkHeaders"/> says which of them can be replayed on an Ethernet device; the others have
/// their names here for messages.
/// </remarks>
public enum LinkType : ushort
{
    /// <summary>BSD loopback: a 4-byte address family in the byte order of the capturing host.</summary>
    Null = 0,

    /// <summary>Ethernet from the destination address on, without preamble.</summary>
    Ethernet = 1,

    /// <summary>IBM token ring.</summary>
    Ieee8025 = 6,

    /// <summary>ARCNET with BSD headers.</summary>
    ArcnetBsd = 7,

    /// <summary>Serial line IP.</summary>
    Slip = 8,

    /// <summary>PPP, with address and control bytes or without.</summary>
    Ppp = 9,

    /// <summary>FDDI.</summary>
    Fddi = 10,

    /// <summary>Raw IP, as BSD's DLT_RAW has it; no file should, and some do.</summary>
    RawBsd = 12,

    /// <summary>Raw IP, as OpenBSD's DLT_RAW has it.</summary>
    RawOpenBsd = 14,

    /// <summary>PPP in HDLC-like framing, or Cisco's HDLC.</summary>
    PppHdlc = 50,

    /// <summary>PPPoE session packets without their Ethernet header.</summary>
    PppEther = 51,

    /// <summary>An IPv4 or IPv6 header comes first; the version nibble tells which.</summary>
    Raw = 101,

    /// <summary>Cisco's HDLC.</summary>
    CiscoHdlc = 104,

    /// <summary>Wireless frames without radio information.</summary>
    Ieee80211 = 105,

    /// <summary>Frame relay.</summary>
    FrameRelay = 107,

    /// <summary>OpenBSD loopback: a 4-byte address family in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture, version 1 (16-byte header).</summary>
    LinuxSll = 113,

    /// <summary>Wireless frames with Prism's radio information.</summary>
    Ieee80211Prism = 119,

    /// <summary>Wireless frames behind a radiotap header.</summary>
    Ieee80211Radiotap = 127,

    /// <summary>Wireless frames with AVS's radio information.</summary>
    Ieee80211Avs = 163,

    /// <summary>USB with Linux's header.</summary>
    UsbLinux = 189,

    /// <summary>Per-packet information of several link types.</summary>
    Ppi = 192,

    /// <summary>Low-rate wireless with its check sequence.</summary>
    Ieee802154 = 195,

    /// <summary>Bluetooth HCI with a direction.</summary>
    BluetoothHciH4WithPhdr = 201,

    /// <summary>USB with Linux's padded header.</summary>
    UsbLinuxMmapped = 220,

    /// <summary>CAN bus in Linux's form.</summary>
    CanSocketCan = 227,

    /// <summary>An IPv4 header comes first.</summary>
    Ipv4 = 228,

    /// <summary>An IPv6 header comes first.</summary>
    Ipv6 = 229,

    /// <summary>Linux netfilter log messages.</summary>
    Nflog = 239,

    /// <summary>Netlink messages.</summary>
    Netlink = 253,

    /// <summary>Linux "cooked" capture, version 2 (20-byte header).</summary>
    LinuxSll2 = 276,
}
