using Netdev.Wire;
using Vm.Btf;

namespace Sim.Scenarios;

/// <summary>Packets written in a scenario: as hexadecimal bytes or field by field, lengths and checksums filled in.</summary>
internal static class InlinePackets
{
    private const int MostRepeats = 100_000, MostVni = (1 << 24) - 1;

    public static InlinePacketList Read(IEnumerable<WrittenValue> nodes, string source)
    {
        var packets = new InlinePacketList();
        foreach (var node in nodes) Add(packets, node, source);
        return packets;
    }

    private static void Add(InlinePacketList packets, WrittenValue node, string source)
    {
        var section = new Section(node, source, "a packet");
        long? at = section.Node("at") is { } time ? ScenarioValues.TimeNs(section, time) : null;
        long repeat = section.Number("repeat", 1, MostRepeats) ?? 1;
        long? every = section.Node("every") is { } gap ? ScenarioValues.TimeNs(section, gap) : null;
        byte[] bytes = section.Node("hex") is { } hex ? ScenarioValues.Hex(section, hex) : Build(section);
        section.End();
        if (bytes.Length < 14) throw section.Bad(section.Where, $"the packet has {bytes.Length} bytes; an Ethernet header alone has 14");
        if (at is { } first && every is { } step && (long.MaxValue - first) / repeat < step) throw section.Bad(section.Where, "the times of its repeats run past the year 2262");
        if (!packets.TryAdd(new InlinePacket(bytes, at), (int)repeat, every)) throw section.Bad(section.Where, $"more than {InlinePacketList.MostPackets} packets in one replay; put them into a capture");
    }

    private static byte[] Build(Section section)
    {
        try
        {
            return AddLayers(section).Build();
        }
        catch (Exception refused) when (refused is ArgumentException or FormatException or InvalidOperationException)
        {
            throw section.Bad(section.Where, $"the packet cannot be built: {refused.Message}");
        }
    }

    private static PacketBuilder AddLayers(Section section)
    {
        var (source, destination) = Addresses(section);
        var builder = AddInside(section, PacketBuilder.Ethernet(source, destination));
        if (section.Number("pad_to", 0, ushort.MaxValue) is { } length) builder = builder.PadTo((int)length);
        return builder;
    }

    private static (string Source, string Destination) Addresses(Section section)
    {
        var eth = Inner(section, "eth");
        var addresses = (eth?.Text("src") ?? "02:00:00:00:00:aa", eth?.Text("dst") ?? "02:00:00:00:00:02");
        eth?.End();
        return addresses;
    }

    private static PacketBuilder AddInside(Section section, PacketBuilder builder)
    {
        if (Inner(section, "vlan") is { } vlan)
        {
            builder = builder.Vlan((int)(vlan.Number("id", 0, 4095) ?? 1), (int)(vlan.Number("priority", 0, 7) ?? 0));
            vlan.End();
        }
        if (Inner(section, "ipv4") is { } ip4)
        {
            builder = builder.Ipv4(ip4.RequiredText("src"), ip4.RequiredText("dst"), (byte)(ip4.Number("ttl", 0, byte.MaxValue) ?? 64), (byte)(ip4.Number("tos", 0, byte.MaxValue) ?? 0), (ushort)(ip4.Number("id", 0, ushort.MaxValue) ?? 0));
            ip4.End();
        }
        if (Inner(section, "ipv6") is { } ip6)
        {
            builder = builder.Ipv6(ip6.RequiredText("src"), ip6.RequiredText("dst"), (byte)(ip6.Number("hlim", 0, byte.MaxValue) ?? 64));
            ip6.End();
        }
        if (Inner(section, "tcp") is { } tcp)
        {
            var flags = TcpFlags.None;
            foreach (string name in tcp.Texts("flags"))
            {
                if (!Enum.TryParse<TcpFlags>(name, ignoreCase: true, out var flag) || !char.IsLetter(name[0])) throw tcp.Bad(tcp.Where, $"'{name}' is no TCP flag");
                flags |= flag;
            }
            builder = builder.Tcp(Port(tcp, "src"), Port(tcp, "dst"), flags == TcpFlags.None ? TcpFlags.Syn : flags, (uint)(tcp.Number("seq", 0, uint.MaxValue) ?? 0), (uint)(tcp.Number("ack", 0, uint.MaxValue) ?? 0));
            tcp.End();
        }
        if (Inner(section, "udp") is { } udp)
        {
            builder = builder.Udp(Port(udp, "src"), Port(udp, "dst"));
            udp.End();
        }
        if (Inner(section, "vxlan") is { } vxlan)
        {
            var (source, destination) = Addresses(vxlan);
            builder = AddInside(vxlan, builder.Vxlan((uint)(vxlan.Number("vni", 0, MostVni) ?? 1), source, destination));
            vxlan.End();
        }
        if (Inner(section, "echo") is { } echo)
        {
            builder = builder.Echo((ushort)(echo.Number("id", 0, ushort.MaxValue) ?? 1), (ushort)(echo.Number("seq", 0, ushort.MaxValue) ?? 1), echo.Flag("reply") ?? false);
            echo.End();
        }
        if (section.Node("payload") is { } payload) builder = builder.Payload(section.Scalar(payload, "payload").Text);
        if (section.Node("payload_hex") is { } raw) builder = builder.Payload(ScenarioValues.Hex(section, raw));
        return builder;
    }

    private static Section? Inner(Section section, string key) => section.Node(key) is { } node ? new Section(node, section.Source, $"'{key}'") : null;

    private static int Port(Section section, string key)
    {
        return (int)(section.Number(key, 0, ushort.MaxValue) ?? throw section.Bad(section.Where, $"the port '{key}' is missing"));
    }
}
