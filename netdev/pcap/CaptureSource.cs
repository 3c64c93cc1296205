using System.Buffers.Binary;
using Vm.Abi;

namespace Netdev.Pcap;

/// <summary>Where a capture's bytes come from, how errors name the place, and which format the first bytes announce.</summary>
internal sealed class CaptureSource
{
    private const int MagicBytes = 4;
    private const uint PcapMagicModified = 0xa1b2cd34; // Kuznetzov's patch: longer packet headers
    private const uint PcapngSectionHeader = 0x0a0d0d0a;

    private CaptureSource(string name, Compression? compression)
    {
        Name = name;
        Compression = compression;
    }

    public string Name { get; }

    /// <summary>What the file is compressed with; null for nothing.</summary>
    public Compression? Compression { get; }

    public static CaptureReader OpenReader(string path)
    {
        if (path == "-") return OpenReader(Console.OpenStandardInput(), "standard input");
        return OpenReader(OpenFile(path), path);
    }

    public static CaptureReader OpenReader(Stream stream, string name)
    {
        Compression? compression = null;
        try
        {
            var bytes = new PeekedStream(stream, MagicBytes);
            compression = Compression.Find(bytes.First);
            var source = new CaptureSource(name, compression);
            if (compression is not null) bytes = new PeekedStream(compression.Open(bytes), MagicBytes);
            return source.Recognise(bytes);
        }
        catch (Exception problem) when (problem is IOException or InvalidDataException)
        {
            stream.Dispose();
            throw new CaptureSource(name, compression).Error(0, $"the bytes cannot be read: {problem.Message}", Errno.EIO, problem);
        }
        catch (CaptureFormatException)
        {
            stream.Dispose();
            throw;
        }
    }

    public CaptureFormatException Error(long offset, string what, Errno errno = Errno.EINVAL, Exception? inner = null) =>
        new(Name, Compression is not null ? $"offset 0x{offset:x} of the uncompressed stream" : $"offset 0x{offset:x}", what, errno, inner);

    private CaptureReader Recognise(PeekedStream bytes)
    {
        var first = bytes.First;
        if (first.IsEmpty) throw Error(0, "the file is empty; a capture begins with a pcap or pcapng header");
        if (first.Length < MagicBytes)
            throw Error(0, $"the file has only {first.Length} bytes; a capture begins with a pcap or pcapng header");

        var magic = BinaryPrimitives.ReadUInt32LittleEndian(first);
        if (magic == PcapngSectionHeader) return new PcapngReader(this, new ByteWindow(bytes));
        if (PcapReader.IsMagic(magic)) return new PcapReader(this, new ByteWindow(bytes));
        if (magic == PcapMagicModified || BinaryPrimitives.ReverseEndianness(magic) == PcapMagicModified)
            throw Error(0, "this is the modified pcap of old libpcap patches; convert it with 'editcap -F pcap <file> <new file>'");
        throw Error(0, $"not a capture: it begins with {Convert.ToHexStringLower(first)}; give a pcap or pcapng file, plain or compressed with {Compression.Known}{Compression.Hint(first)}");
    }

    private static FileStream OpenFile(string path)
    {
        if (Directory.Exists(path)) throw new CaptureFormatException(path, "", "this is a directory; give a capture file in it");
        // Opening a pipe nobody writes to would wait for ever.
        if (FileKinds.Of(path) == FileKind.Other) throw new CaptureFormatException(path, "", "this is no regular file but a pipe, a device or a socket; read it by standard input: '-' as the file, and < in front of this one");
        try
        {
            // The pipe has the buffer; a second one in the stream would only copy.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CaptureFormatException(path, "", "there is no such file", Errno.ENOENT, problem);
        }
        catch (Exception problem) when (problem is UnauthorizedAccessException or IOException or ArgumentException or NotSupportedException)
        {
            throw new CaptureFormatException(path, "", $"the file cannot be opened: {problem.Message}", Errno.EACCES, problem);
        }
    }
}
