namespace Vm.Abi;

/// <summary>Reads whole files of bounded size: the one way an input that is not streamed comes into memory.</summary>
public static class InputFile
{
    /// <summary>Reads a regular file.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="mostBytes">More is refused before it is read.</param>
    /// <param name="wrong">Makes the format's own exception from what is wrong and the error number.</param>
    /// <exception cref="BadInputException">It is not there, is no regular file (a pipe may block and a device may never end), is too long, or cannot be read.</exception>
    public static byte[] Read(string path, long mostBytes, Func<string, Errno, BadInputException> wrong)
    {
        ArgumentNullException.ThrowIfNull(wrong);
        switch (FileKinds.Of(path))
        {
            case FileKind.None:
                throw wrong("there is no such file", Errno.ENOENT);
            case FileKind.Folder:
                throw wrong("this is a folder; give a file in it", Errno.EISDIR);
            case FileKind.Other:
                throw wrong("this is no regular file but a pipe, a device or a socket; copy what it gives to a file first", Errno.EINVAL);
        }
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (file.Length > mostBytes) throw wrong($"it has {file.Length:N0} bytes; at most {mostBytes:N0} are read", Errno.EFBIG);
            return ReadToEnd(file, mostBytes) ?? throw wrong($"it has more than {mostBytes:N0} bytes, which are the most that are read", Errno.EFBIG);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw wrong($"it cannot be read: {refused.Message}", Errno.EIO);
        }
    }

    /// <summary>The same as text: UTF-8, or what a byte order mark says.</summary>
    public static string ReadText(string path, long mostBytes, Func<string, Errno, BadInputException> wrong)
    {
        using var reader = new StreamReader(new MemoryStream(Read(path, mostBytes, wrong)));
        return reader.ReadToEnd();
    }

    // Files of /proc and /sys say that they are empty and are not; one that grows while it is read ends at the limit.
    private static byte[]? ReadToEnd(FileStream file, long mostBytes)
    {
        byte[] bytes = new byte[file.Length];
        int got = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (got < bytes.Length) return bytes[..got];
        var more = new MemoryStream();
        byte[] chunk = new byte[4096];
        while (file.Read(chunk) is > 0 and var count)
        {
            if (bytes.Length + more.Length + count > mostBytes) return null;
            more.Write(chunk, 0, count);
        }
        return more.Length == 0 ? bytes : [.. bytes, .. more.ToArray()];
    }
}
