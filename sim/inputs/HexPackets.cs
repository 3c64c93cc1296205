using System.Globalization;
using Netdev.Pcap;
using Sim.Output;
using Vm.Abi;

namespace Sim.Inputs;

/// <summary>Packets as text: one a line, in hexadecimal; blanks, <c>:</c> and <c>-</c> between digits are skipped, <c>#</c> begins a remark.</summary>
internal static class HexPackets
{
    /// <summary>Reads a file, line by line.</summary>
    /// <param name="path">The file; <c>-</c> for standard input.</param>
    /// <exception cref="CaptureFormatException">It cannot be opened, or a line is something else.</exception>
    public static IEnumerable<byte[]> Read(string path)
    {
        if (path == "-") return Read(Terminal.Current.In, "standard input");
        return FileKinds.Of(path) switch
        {
            FileKind.Regular => Open(path),
            FileKind.None => throw new CaptureFormatException(path, "", "there is no such file", Errno.ENOENT),
            FileKind.Folder => throw new CaptureFormatException(path, "", "this is a folder; give a file in it", Errno.EISDIR),
            _ => throw new CaptureFormatException(path, "", "this is no regular file but a pipe, a device or a socket; read it by standard input: --hex -"),
        };
    }

    /// <summary>Reads a text; memory use does not depend on its length.</summary>
    public static IEnumerable<byte[]> Read(TextReader text, string name)
    {
        var digits = new List<char>();
        bool remark = false;
        for (int line = 1; ;)
        {
            int next = text.Read();
            if (next is -1 or '\n')
            {
                if (digits.Count % 2 != 0) throw Wrong(name, line, "an odd number of digits; bytes have two each");
                if (digits.Count > 0) yield return Convert.FromHexString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(digits));
                if (next < 0) yield break;
                digits.Clear();
                remark = false;
                line++;
                continue;
            }
            char c = (char)next;
            remark |= c == '#';
            if (remark || char.IsWhiteSpace(c) || c is ':' or '-') continue;
            if (!char.IsAsciiHexDigit(c)) throw Wrong(name, line, $"'{c}' is no hexadecimal digit; a packet is a line of pairs of them, and # begins a remark");
            if (digits.Count == 2 * CaptureReader.MaxPacketBytes) throw Wrong(name, line, $"a packet has at most {CaptureReader.MaxPacketBytes} bytes");
            digits.Add(c);
        }
    }

    private static IEnumerable<byte[]> Open(string path)
    {
        using var reader = new StreamReader(path);
        foreach (byte[] packet in Read(reader, path)) yield return packet;
    }

    private static CaptureFormatException Wrong(string name, int line, string what) => new(name, string.Create(CultureInfo.InvariantCulture, $"line {line}"), what);
}
