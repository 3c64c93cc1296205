namespace Netdev.Pcap;

/// <summary>How many bytes of frame check sequence stand behind each captured packet.</summary>
/// <remarks>
/// The three places that state it count differently, and writers get it wrong: pcap's header in words of 16 bits, pcapng's interfaces in bits
/// (many write bytes), its packets in bytes. Ethernet's is 4 bytes however it is written down.
/// Source: IETF draft-ietf-opsawg-pcap, section 4; draft-ietf-opsawg-pcapng, sections 4.2 and 4.3.1.
/// </remarks>
internal static class FrameCheck
{
    private const int EthernetBytes = 4;

    /// <summary>From the upper half of the link type word of a pcap header.</summary>
    public static int OfHeader(LinkType type, uint linkTypeWord)
    {
        const uint present = 0x0400_0000;
        return (linkTypeWord & present) == 0 ? 0 : For(type, (int)(linkTypeWord >> 28) * 2);
    }

    /// <summary>From the option if_fcslen of a pcapng interface.</summary>
    public static int OfInterface(LinkType type, byte length) => For(type, length >= 8 ? length / 8 : length);

    /// <summary>From the option epb_flags of a pcapng packet; 0 when it does not say.</summary>
    public static int OfPacket(LinkType type, uint flags) => For(type, (int)(flags >> 5 & 0xf));

    private static int For(LinkType type, int stated) => stated > 0 && type == LinkType.Ethernet ? EthernetBytes : stated;
}
