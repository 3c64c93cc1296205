using ZstdSharp;

namespace Netdev.Pcap;

/// <summary>The bytes a decompressor of a library gives, its own exceptions turned into the one that readers expect.</summary>
internal sealed class DecodedInput(string name, Stream decoder) : PullStream
{
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return decoder.Read(buffer);
        }
        catch (Exception damage) when (damage is ZstdException or EndOfStreamException or ArgumentException or InvalidOperationException or NotImplementedException or NotSupportedException)
        {
            throw new InvalidDataException($"the {name} data is damaged, or compressed in a way that is not read: {damage.Message}", damage);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) decoder.Dispose();
        base.Dispose(disposing);
    }
}
