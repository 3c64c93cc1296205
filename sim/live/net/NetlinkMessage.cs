using System.Buffers.Binary;
using System.Text;
using Vm.Abi;

namespace Sim.Live.Net;

/// <summary>One rtnetlink request being written: header, the family's struct, attributes, some of them nested.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/netlink.h, struct nlmsghdr, struct nlattr.</remarks>
internal sealed class NetlinkMessage
{
    private const int HeaderBytes = 16, AttributeHeaderBytes = 4;
    private const ushort Request = 1, Acknowledge = 4;

    private readonly byte[] _bytes = new byte[4096];
    private readonly ushort _type, _flags;

    /// <summary>Starts one.</summary>
    /// <param name="type">RTM_ number.</param>
    /// <param name="flags">NLM_F_ flags beside REQUEST and ACK.</param>
    /// <param name="family">The struct behind the header, such as struct ifinfomsg.</param>
    public NetlinkMessage(ushort type, ushort flags, ReadOnlySpan<byte> family)
    {
        (_type, _flags) = (type, flags);
        family.CopyTo(_bytes.AsSpan(HeaderBytes));
        Length = Aligned(HeaderBytes + family.Length);
    }

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>Adds an attribute.</summary>
    public NetlinkMessage Put(ushort type, ReadOnlySpan<byte> value)
    {
        value.CopyTo(_bytes.AsSpan(Length + AttributeHeaderBytes));
        WriteHeader(Length, type, AttributeHeaderBytes + value.Length);
        Length += Aligned(AttributeHeaderBytes + value.Length);
        return this;
    }

    /// <summary>Adds a number of 32 bits in this machine's order.</summary>
    public NetlinkMessage Put(ushort type, uint value) => Put(type, BitConverter.GetBytes(value));

    /// <summary>Adds a text with its NUL.</summary>
    public NetlinkMessage Put(ushort type, string value) => Put(type, [.. Encoding.UTF8.GetBytes(value), 0]);

    /// <summary>Adds bytes that are no attribute: the struct a nested one starts with.</summary>
    public NetlinkMessage PutStruct(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_bytes.AsSpan(Length));
        Length += Aligned(value.Length);
        return this;
    }

    /// <summary>Adds an attribute made of what <paramref name="fill"/> adds.</summary>
    public NetlinkMessage Nest(ushort type, Action<NetlinkMessage> fill)
    {
        int start = Length;
        Length += AttributeHeaderBytes;
        fill(this);
        WriteHeader(start, type, Length - start);
        return this;
    }

    /// <summary>The finished request.</summary>
    public byte[] Finish(uint sequence)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, Length);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(4), _type);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(6), (ushort)(_flags | Request | Acknowledge));
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(8), sequence);
        return _bytes;
    }

    /// <summary>Finds an attribute among those of an answer.</summary>
    public static bool TryFind(ReadOnlySpan<byte> attributes, ushort type, out ReadOnlySpan<byte> value)
    {
        while (attributes.Length >= AttributeHeaderBytes)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (length < AttributeHeaderBytes || length > attributes.Length) break;
            value = attributes[AttributeHeaderBytes..length];
            if (BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) == type && !value.IsEmpty) return true;
            attributes = attributes[Math.Min(Aligned(length), attributes.Length)..];
        }
        value = default;
        return false;
    }

    private static int Aligned(int bytes) => (bytes + 3) & ~3;

    private void WriteHeader(int at, ushort type, int bytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(at), (ushort)bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(at + 2), type);
    }
}

/// <summary>The rtnetlink socket of one network namespace.</summary>
/// <remarks>Source: Linux 6.12 net/core/rtnetlink.c; include/uapi/linux/rtnetlink.h.</remarks>
internal sealed class NetlinkSocket : IDisposable
{
    private const int Family = 16, RouteProtocol = 0, HeaderBytes = 16, ErrorType = 2, MaxBytes = 65536;

    private readonly RawSocket _socket = RawSocket.Open(Family, RouteProtocol, "a socket to configure a network namespace");
    private readonly byte[] _answer = new byte[MaxBytes];
    private uint _sequence;

    /// <summary>Sends a request and waits for the acknowledgement.</summary>
    /// <returns>None, or the kernel's answer.</returns>
    public Errno Ask(NetlinkMessage request)
    {
        byte[] bytes = request.Finish(++_sequence);
        var errno = _socket.Send(bytes, request.Length);
        return errno != Errno.None ? errno : Acknowledged(null);
    }

    /// <summary>Sends a request and hands each message of the answer (without its header) to <paramref name="take"/>.</summary>
    public Errno Ask(NetlinkMessage request, Action<byte[]> take)
    {
        byte[] bytes = request.Finish(++_sequence);
        var errno = _socket.Send(bytes, request.Length);
        return errno != Errno.None ? errno : Acknowledged(take);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private Errno Acknowledged(Action<byte[]>? take)
    {
        while (true)
        {
            int bytes = _socket.Receive(_answer);
            if (bytes < HeaderBytes) return Errno.EIO;
            for (int at = 0; at + HeaderBytes <= bytes;)
            {
                var header = _answer.AsSpan(at);
                int length = BinaryPrimitives.ReadInt32LittleEndian(header);
                if (length < HeaderBytes || at + length > bytes) return Errno.EIO;
                // An error message of 0 is the acknowledgement.
                if (BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) == ErrorType) return (Errno)(-BinaryPrimitives.ReadInt32LittleEndian(header[HeaderBytes..]));
                take?.Invoke(header[HeaderBytes..length].ToArray());
                at += (length + 3) & ~3;
            }
        }
    }
}
