using Redouble.Core.Platform;

namespace Redouble.Server.Rehearsal;

/// <summary>Files in memory.</summary>
internal sealed class MemoryFiles : IFileSystem
{
    private readonly Dictionary<string, MemoryStream> _files = [];

    public ISpoolFile Create(string path)
    {
        var bytes = new MemoryStream();
        _files[path] = bytes;
        return new OpenFile(bytes);
    }

    public ISpoolFile CreateUnlinked(string directory) => new OpenFile(new MemoryStream());

    public IAppendFile OpenAppend(string path)
    {
        if (!_files.TryGetValue(path, out var bytes)) _files[path] = bytes = new MemoryStream();
        bytes.Position = bytes.Length;
        return new OpenFile(bytes);
    }

    public void CreateDirectory(string path)
    {
        // A path is a name like any other.
    }

    public IReadableFile? OpenRead(string path) => _files.TryGetValue(path, out var bytes) ? new OpenFile(bytes) : null;

    public void Rename(string from, string to)
    {
        if (_files.Remove(from, out var bytes)) _files[to] = bytes;
    }

    public void Delete(string path) => _files.Remove(path);

    public bool Exists(string path) => _files.ContainsKey(path);

    private sealed class OpenFile(MemoryStream bytes) : ISpoolFile, IAppendFile, IReadableFile
    {
        private long _position;

        public long Length => bytes.Length;

        public void Write(ReadOnlySpan<byte> written) => bytes.Write(written);

        public void Sync()
        {
            // It is where it will stay.
        }

        public void Truncate(long length) => bytes.SetLength(length);

        public int ReadAt(long offset, Span<byte> buffer)
        {
            var rest = bytes.GetBuffer().AsSpan(0, (int)bytes.Length)[(int)offset..];
            var part = Math.Min(rest.Length, buffer.Length);
            rest[..part].CopyTo(buffer);
            return part;
        }

        public int Read(Span<byte> buffer)
        {
            var read = ReadAt(_position, buffer);
            _position += read;
            return read;
        }

        public void Dispose()
        {
            // The stream is memory, and the file stays in the table.
        }
    }
}
