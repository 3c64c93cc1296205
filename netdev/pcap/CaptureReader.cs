using System.Runtime.CompilerServices;
using Vm.Abi;

namespace Netdev.Pcap;

/// <summary>Reads the packets of a capture one after another: pcap or pcapng, plain or compressed with gzip, zstd or LZ4, of any size.</summary>
/// <remarks>
/// The format is told by the first bytes, never by the name. Memory use does not depend on the size of the file, and
/// reading a packet allocates nothing. A damaged or truncated file gives every whole packet before the damage, then
/// one <see cref="CaptureFormatException"/>; after it the reader is at its end.
/// Not thread-safe: one reader, one thread.
/// </remarks>
public abstract class CaptureReader : IDisposable
{
    /// <summary>Most bytes a captured packet may have, as in libpcap (MAXIMUM_SNAPLEN); more is damage.</summary>
    public const int MaxPacketBytes = 262144;

    private protected CaptureReader(CaptureSource source, ByteWindow window)
    {
        Source = source;
        Window = window;
    }

    /// <summary>The file's name as the user wrote it.</summary>
    public string Name => Source.Name;

    /// <summary>What the file is, for people: <c>pcap</c> or <c>pcapng</c>, with <c>, gzip</c> or its like when compressed.</summary>
    public string Format => Source.Compression is { } compression ? $"{FormatName}, {compression.Name}" : FormatName;

    /// <summary>The interfaces met so far; pcapng may add some between packets.</summary>
    public abstract IReadOnlyList<CaptureInterface> Interfaces { get; }

    /// <summary>Packets delivered so far.</summary>
    public long PacketsRead { get; private protected set; }

    private protected abstract string FormatName { get; }

    private protected CaptureSource Source { get; }

    private protected ByteWindow Window { get; }

    /// <summary>Opens a capture file.</summary>
    /// <param name="path">File name, or <c>-</c> for standard input.</param>
    /// <exception cref="CaptureFormatException">The file cannot be opened, is empty or is not a capture.</exception>
    public static CaptureReader Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return CaptureSource.OpenReader(path);
    }

    /// <summary>Reads a capture from a stream, which is closed with the reader.</summary>
    /// <param name="stream">The bytes of the capture, from its first; need not be seekable.</param>
    /// <param name="name">How errors name it.</param>
    /// <exception cref="CaptureFormatException">The stream is empty or is not a capture.</exception>
    public static CaptureReader Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        return CaptureSource.OpenReader(stream, name);
    }

    /// <summary>Moves to the next packet.</summary>
    /// <param name="packet">The packet; its bytes are valid until the next call.</param>
    /// <returns>False at the end of the capture.</returns>
    /// <exception cref="CaptureFormatException">The capture is damaged here. Thrown once; then the capture has ended.</exception>
    /// <remarks>O(bytes of the packet); allocates nothing.</remarks>
    public bool TryRead(out CapturedPacket packet)
    {
        try
        {
            return TryReadNext(out packet);
        }
        catch (Exception problem) when (problem is IOException or InvalidDataException)
        {
            throw Damage(Window.Offset, $"the bytes cannot be read: {problem.Message}", Errno.EIO, problem);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the stream.</summary>
    /// <param name="disposing">True when called from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) Window.Dispose();
    }

    private protected abstract bool TryReadNext(out CapturedPacket packet);

    /// <summary>Ends the capture here and makes the one error that says why.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private protected CaptureFormatException Damage(long offset, string what, Errno errno = Errno.EINVAL, Exception? inner = null)
    {
        Window.Close();
        var advice = PacketsRead == 0
            ? "no packet could be read; get the file again from where it came"
            : $"the {PacketsRead} packet{(PacketsRead == 1 ? "" : "s")} before it are whole; get the file again from where it came, " +
              $"or keep those with 'editcap -r <file> <new file> 1-{PacketsRead}'";
        return Source.Error(offset, $"{what} ({advice})", errno, inner);
    }
}
