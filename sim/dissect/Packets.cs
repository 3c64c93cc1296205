using System.Diagnostics.CodeAnalysis;
using PacketDotNet;

namespace Sim.Dissect;

/// <summary>PacketDotNet on bytes that may be anything: it parses layers when they are asked for, and gives up on damaged ones by exception.</summary>
internal static class Packets
{
    private const int EthernetBytes = 14;

    /// <summary>The outermost layer of a frame; null when it has none.</summary>
    public static Packet? Parse(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetBytes) return null;
        byte[] bytes = frame.ToArray();
        return TryRead(bytes, all => Packet.ParsePacket(LinkLayers.Ethernet, all), out Packet? packet) ? packet : null;
    }

    /// <summary>The layer inside another; null when there is none, or it is damaged.</summary>
    public static Packet? Payload(Packet layer) => TryRead(layer, packet => packet.PayloadPacket, out var inner) ? inner : null;

    /// <summary>A value out of a layer; false when the layer is too damaged to have it.</summary>
    public static bool TryRead<TFrom, TValue>(TFrom from, Func<TFrom, TValue> read, [MaybeNullWhen(false)] out TValue value)
    {
        try
        {
            value = read(from);
            return true;
        }
        // For malformed OSPF it throws an exception of no class of its own.
        catch (Exception damaged) when (damaged.GetType() == typeof(Exception) || damaged is ArgumentException or InvalidOperationException or IndexOutOfRangeException or OverflowException or FormatException or NotImplementedException or NotSupportedException or InvalidCastException or NullReferenceException)
        {
            value = default;
            return false;
        }
    }
}
