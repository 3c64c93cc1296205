using System.Buffers.Binary;
using Netdev.Wire;
using Vm.Abi;

namespace Sim.Live.Net;

/// <summary>A frame as a packet socket saw it.</summary>
/// <param name="Bytes">From the Ethernet header on, its VLAN tag in place.</param>
/// <param name="Mark">The mark of the skb.</param>
internal sealed record SeenFrame(byte[] Bytes, uint Mark);

/// <summary>An AF_PACKET socket on one device: puts frames in as its host would, or sees those that come in.</summary>
/// <remarks>
/// A socket for every protocol sees frames before tcx ingress; one for a single protocol is a receiver like IP and sees what tcx let
/// through, the outermost VLAN tag taken off. Source: Linux 6.12 net/packet/af_packet.c, packet_rcv; net/core/dev.c, __netif_receive_skb_core.
/// </remarks>
internal sealed class PacketSocket : IDisposable
{
    /// <summary>ETH_P_ALL.</summary>
    public const ushort AllProtocols = 3;

    private const int Family = 17, SocketLevel = 1, PacketLevel = 263, AuxiliaryData = 8, IgnoreOutgoing = 23, ReceiveMark = 75, MarkMessage = 36;
    private const int FrameBytes = 1 << 17, ControlBytes = 256, HeaderBytes = 56, ControlLengthOffset = 40, ControlHeaderBytes = 16;
    private const uint VlanValid = 0x10, VlanProtocolValid = 0x40;

    private readonly RawSocket _socket;
    private readonly PinnedBytes _frame = new(FrameBytes), _control = new(ControlBytes), _vector = new(16), _header = new(HeaderBytes);

    private PacketSocket(int ifindex, ushort protocol, string device)
    {
        // Protocol 0 until it is bound: nothing of other devices is ever queued.
        _socket = RawSocket.Open(Family, 0, "a packet socket");
        BinaryPrimitives.WriteUInt64LittleEndian(_vector.Bytes, _frame.Address);
        BinaryPrimitives.WriteUInt64LittleEndian(_vector.Bytes.AsSpan(8), FrameBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(_header.Bytes.AsSpan(16), _vector.Address);
        BinaryPrimitives.WriteUInt64LittleEndian(_header.Bytes.AsSpan(24), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(_header.Bytes.AsSpan(32), _control.Address);
        if (protocol != 0)
        {
            _socket.Set(PacketLevel, AuxiliaryData, 1, "VLAN tags of a packet socket");
            _socket.Set(PacketLevel, IgnoreOutgoing, 1, "a packet socket for incoming frames");
            _socket.Set(SocketLevel, ReceiveMark, 1, "marks of a packet socket");
        }
        var address = new byte[20];
        BinaryPrimitives.WriteUInt16LittleEndian(address, Family);
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), protocol);
        BinaryPrimitives.WriteInt32LittleEndian(address.AsSpan(4), ifindex);
        _socket.Bind(address, $"a packet socket on device '{device}'");
    }

    /// <summary>A socket that only sends; to be opened in the device's namespace.</summary>
    public static PacketSocket Sender(int ifindex, string device) => new(ifindex, 0, device);

    /// <summary>A socket that sees what comes in; to be opened in the device's namespace.</summary>
    /// <param name="ifindex">Interface number.</param>
    /// <param name="protocol">EtherType, or <see cref="AllProtocols"/>.</param>
    /// <param name="device">Name for errors.</param>
    public static PacketSocket Listener(int ifindex, ushort protocol, string device) => new(ifindex, protocol, device);

    /// <summary>Sends a frame; on return it has usually been received on the other side already.</summary>
    /// <returns>None, or why the kernel does not take it: EMSGSIZE, EINVAL, ENETDOWN, ENOBUFS when a program drops it.</returns>
    public Errno Send(byte[] frame) => _socket.Send(frame, frame.Length);

    /// <summary>The next frame that was seen; false when there is none now.</summary>
    public bool TryReceive(out SeenFrame frame)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_header.Bytes.AsSpan(ControlLengthOffset), ControlBytes);
        int bytes = _socket.ReceiveMessage(_header);
        if (bytes < 0)
        {
            frame = null!;
            return false;
        }
        uint mark = 0, vlan = 0;
        int controlBytes = (int)BinaryPrimitives.ReadUInt64LittleEndian(_header.Bytes.AsSpan(ControlLengthOffset));
        for (var rest = _control.Bytes.AsSpan(0, Math.Min(controlBytes, ControlBytes)); rest.Length >= ControlHeaderBytes;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            if (length < ControlHeaderBytes || length > rest.Length) break;
            int level = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]), type = BinaryPrimitives.ReadInt32LittleEndian(rest[12..]);
            var data = rest[ControlHeaderBytes..length];
            if (level == PacketLevel && type == AuxiliaryData) vlan = Tag(data);
            if (level == SocketLevel && type == MarkMessage) mark = BinaryPrimitives.ReadUInt32LittleEndian(data);
            rest = rest[Math.Min((length + 7) & ~7, rest.Length)..];
        }
        frame = new SeenFrame(WithTag(_frame.Bytes.AsSpan(0, bytes), vlan), mark);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // struct tpacket_auxdata: status, length, captured length, two offsets, tag, tag protocol.
    private static uint Tag(ReadOnlySpan<byte> data)
    {
        uint status = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if ((status & VlanValid) == 0) return 0;
        uint protocol = (status & VlanProtocolValid) != 0 ? BinaryPrimitives.ReadUInt16LittleEndian(data[18..]) : (uint)EtherType.Vlan;
        return protocol << 16 | BinaryPrimitives.ReadUInt16LittleEndian(data[16..]);
    }

    private static byte[] WithTag(ReadOnlySpan<byte> frame, uint tag)
    {
        const int addressBytes = 12;
        if (tag == 0 || frame.Length < addressBytes) return frame.ToArray();
        byte[] tagged = [.. frame[..addressBytes], 0, 0, 0, 0, .. frame[addressBytes..]];
        BinaryPrimitives.WriteUInt32BigEndian(tagged.AsSpan(addressBytes), tag);
        return tagged;
    }
}
