using Vm.Abi;

namespace Sim.Output;

/// <summary>A file that cannot be written: no room, no right, no such folder. One sentence for the user.</summary>
internal sealed class OutputException(string path, string why, Exception? inner = null) : Exception($"{path}: cannot be written: {why}", inner);

/// <summary>A file being written: beside its place under a name of its own, until it is whole and takes the place in one step.</summary>
/// <remarks>
/// Whoever looks at the place sees the old file or the new one, whole, whatever happens in between. Without <see cref="Commit"/> nothing is
/// left. Two writers at once do not meet: the last one to finish wins. <c>-</c> is standard output, and what is no regular file (a device, a
/// pipe) is written directly.
/// </remarks>
internal sealed class OutputFile : IDisposable
{
    private static readonly Lock s_gate = new();
    private static readonly HashSet<string> s_unfinished = [];

    private readonly string _path;
    private readonly string? _beside;
    private readonly Sink _sink;
    private bool _done;

    private OutputFile(string path, string? beside, Stream stream)
    {
        _path = path;
        _beside = beside;
        _sink = new Sink(path, stream);
    }

    /// <summary>Where to write. Closing it does not close the file; its failures are <see cref="OutputException"/>.</summary>
    public Stream Stream => _sink;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Its place, as the user wrote it; <c>-</c> for standard output.</param>
    /// <exception cref="OutputException">Nothing can be written there.</exception>
    public static OutputFile Create(string path)
    {
        if (path == "-") return new OutputFile("standard output", null, Terminal.Current.Bytes());
        try
        {
            var kind = FileKinds.Of(path);
            if (kind == FileKind.Folder) throw new OutputException(path, "it is a folder");
            if (kind == FileKind.Other) return new OutputFile(path, null, new FileStream(path, FileMode.Open, FileAccess.Write));
            // A link stays a link: what it leads to is replaced.
            string place = (kind == FileKind.Regular ? File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);
            string beside = Path.Combine(Path.GetDirectoryName(place)!, $".{Path.GetFileName(place)}.{Environment.ProcessId}-{Path.GetRandomFileName()}");
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows() && kind == FileKind.Regular) options.UnixCreateMode = File.GetUnixFileMode(place);
            lock (s_gate) s_unfinished.Add(beside);
            return new OutputFile(place, beside, new FileStream(beside, options));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new OutputException(path, Sink.Reason(refused), refused);
        }
    }

    /// <summary>Says that the file is whole: it takes its place.</summary>
    /// <exception cref="OutputException">It could not be finished; nothing has changed.</exception>
    public void Commit()
    {
        _sink.Finish(toDisk: _beside is not null);
        if (_beside is not null) _sink.Guarded(() => File.Move(_beside, _path, overwrite: true));
        _done = true;
        Forget();
    }

    /// <summary>Closes the file; without <see cref="Commit"/> it is as if it had never been begun.</summary>
    public void Dispose()
    {
        _sink.Close();
        if (_done || _beside is null) return;
        Delete(_beside);
        Forget();
    }

    /// <summary>Deletes what was begun and not finished: for a process that ends without unwinding.</summary>
    internal static void DropUnfinished()
    {
        lock (s_gate)
        {
            foreach (string file in s_unfinished) Delete(file);
            s_unfinished.Clear();
        }
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Its folder has gone or may not be changed any more: there is nothing to tidy up with.
        }
    }

    private void Forget()
    {
        lock (s_gate) s_unfinished.Remove(_beside ?? "");
    }

    /// <summary>Passes bytes on and turns failures into sentences.</summary>
    private sealed class Sink(string path, Stream inner) : Stream
    {
        private bool _open = true;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => _open;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        // .NET puts the path behind the reason; the sentence has it in front.
        public static string Reason(Exception refused) => refused is DirectoryNotFoundException ? "there is no such folder" : refused.Message.Split(" : '")[0].TrimEnd('.');

        public void Guarded(Action action)
        {
            try
            {
                action();
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                throw new OutputException(path, Reason(refused), refused);
            }
        }

        public void Finish(bool toDisk) => Guarded(() =>
        {
            if (toDisk && inner is FileStream file) file.Flush(flushToDisk: true);
            else inner.Flush();
            _open = false;
            inner.Dispose();
        });

        /// <summary>Closes without caring for what is lost: the file is given up.</summary>
        public new void Close()
        {
            if (!_open) return;
            _open = false;
            try
            {
                inner.Dispose();
            }
            catch (IOException)
            {
                // What it could not write any more belongs to a file nobody will see.
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            // A writer that is disposed after the file was finished has nothing left to say.
            if (buffer.IsEmpty) return;
            try
            {
                inner.Write(buffer);
            }
            catch (IOException refused)
            {
                throw new OutputException(path, Reason(refused), refused);
            }
        }

        public override void Flush()
        {
            if (_open) Guarded(inner.Flush);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
