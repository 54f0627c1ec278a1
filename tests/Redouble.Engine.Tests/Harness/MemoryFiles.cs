using Redouble.Core.Platform;

namespace Redouble.Engine.Tests.Harness;

/// <summary>Files in memory; may be told to be full.</summary>
internal sealed class MemoryFiles : IFileSystem
{
    private readonly Dictionary<string, string> _renamed = [];
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly List<AppendFile> _unsettled = [];
    private readonly HashSet<string> _removed = [];

    /// <summary>Whoever looks gets files as they are now: what is appended is put together here, not at each write.</summary>
    public Dictionary<string, byte[]> Files
    {
        get
        {
            foreach (var file in _unsettled) file.Settle();
            _unsettled.Clear();
            return _files;
        }
    }

    /// <summary>How much of a file that is appended to has been synced, bytes.</summary>
    public Dictionary<string, int> Synced { get; } = [];

    public bool IsFull { get; set; }

    /// <summary>Bytes that files with a name take in all.</summary>
    public long RoomMax { get; set; } = long.MaxValue;

    /// <summary>Whether files that are appended to take nothing, and others do.</summary>
    public bool AppendsFail { get; set; }

    /// <summary>The operation on files with a name that is refused: create, openread, read, write, sync, rename; empty for none.</summary>
    public string FailsAt { get; set; } = "";

    /// <summary>End of the names that "openread" refuses, and for which renaming takes effect and is not durable ("syncdir").</summary>
    public string FailsFor { get; set; } = "";

    /// <summary>What is refused from then on, when a rename has failed in this way.</summary>
    public string FailsNext { get; set; } = "";

    /// <summary>Times that a file without a name was read.</summary>
    public int SpoolReads { get; private set; }

    /// <summary>Times that a file was begun to be written to the disk before its end.</summary>
    public int WriteBacks { get; private set; }

    /// <summary>Operations on files with a name, and such that make files.</summary>
    public int Operations { get; private set; }

    /// <summary>Bytes that files without a name take in all before the disk is full.</summary>
    public long SpoolMax { get; set; } = long.MaxValue;

    /// <summary>Bytes written to files without a name.</summary>
    public long Spooled { get; private set; }

    /// <summary>Files without a name that are open.</summary>
    public int OpenSpools { get; private set; }

    /// <summary>Whether what is read back from files without a name is wrong.</summary>
    public bool SpoolsAreDamaged { get; set; }

    public ISpoolFile Create(string path)
    {
        Attempt("create");
        RequireDirectory(path);
        Files[path] = [];
        return new MemoryFile(this, path);
    }

    public ISpoolFile CreateUnlinked(string directory)
    {
        Operations++;
        OpenSpools++;
        return new MemoryFile(this, null);
    }

    public IAppendFile OpenAppend(string path)
    {
        Attempt("open");
        RequireDirectory(path);
        Files.TryAdd(path, []);
        return new AppendFile(this, path);
    }

    public void CreateDirectory(string path)
    {
        Attempt("mkdir");
        _removed.Remove(path);
    }

    /// <summary>Somebody deletes a directory with what is in it: no file can be made there before it is made again.</summary>
    public void RemoveDirectory(string path)
    {
        _removed.Add(path);
        foreach (var file in Files.Keys.Where(file => Path.GetDirectoryName(file) == path).ToArray()) Files.Remove(file);
    }

    public IReadableFile? OpenRead(string path)
    {
        if (FailsAt == "openread" && path.EndsWith(FailsFor, StringComparison.Ordinal)) throw new IOException("Too many open files");
        return !Files.TryGetValue(path, out var bytes) ? null : FailsAt == "read" ? new UnreadableFile(bytes.Length) : new BytesReader(bytes);
    }

    public void Rename(string from, string to)
    {
        Attempt("rename");
        if (!Files.Remove(from, out var bytes)) throw new FileNotFoundException($"Could not find file '{from}'.");
        Files[to] = bytes;
        _renamed[from] = to;
        if (FailsAt != "syncdir" || !to.EndsWith(FailsFor, StringComparison.Ordinal)) return;
        if (FailsNext.Length > 0) FailsAt = FailsNext;
        throw new IOException("Input/output error");
    }

    public void Delete(string path) => Files.Remove(path);

    public bool Exists(string path) => Files.ContainsKey(path);

    private sealed class UnreadableFile(long length) : IReadableFile
    {
        public long Length => length;

        public int Read(Span<byte> buffer) => throw new IOException("Input/output error");

        public void Dispose()
        {
        }
    }

    private bool HasRoom(long bytes) => RoomMax == long.MaxValue || Files.Values.Sum(static file => (long)file.Length) + bytes <= RoomMax;

    private void RequireDirectory(string path)
    {
        if (_removed.Contains(Path.GetDirectoryName(path)!)) throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
    }

    private void Attempt(string operation)
    {
        Operations++;
        if (FailsAt == operation) throw new IOException("Permission denied");
    }

    private sealed class MemoryFile(MemoryFiles files, string? path) : ISpoolFile
    {
        private readonly MemoryStream _bytes = new();

        public long Length => _bytes.Length;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (path != null) files.Attempt("write");
            if (files.IsFull || (path == null && files.Spooled + bytes.Length > files.SpoolMax)) throw new IOException("No space left on device");
            if (path != null && !files.HasRoom(_bytes.Length + bytes.Length)) throw new IOException("No space left on device");
            if (path == null) files.Spooled += bytes.Length;
            _bytes.Write(bytes);
        }

        public int ReadAt(long offset, Span<byte> buffer)
        {
            if (path == null) files.SpoolReads++;
            var all = _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length)[(int)offset..];
            var part = Math.Min(all.Length, buffer.Length);
            all[..part].CopyTo(buffer);
            if (files.SpoolsAreDamaged) buffer[part / 2] ^= 1;
            return part;
        }

        public void WriteBack() => files.WriteBacks++;

        public void Sync()
        {
            if (path != null) files.Attempt("sync");
            if (path != null) files.Files[path] = _bytes.ToArray();
        }

        public void Dispose()
        {
            if (path == null) files.OpenSpools--;
            if (path != null && files.Files.TryGetValue(path, out var there) && there.Length != _bytes.Length) files.Files[path] = _bytes.ToArray();
        }
    }

    /// <summary>What a process that dies leaves: every byte that was written, whether or not it was synced.</summary>
    private sealed class AppendFile(MemoryFiles files, string path) : IAppendFile
    {
        private readonly MemoryStream _appended = new();
        private string _path = path;
        private long _end = files.Files[path].Length; // of what a write that failed has left, too

        public long Length { get; private set; } = files.Files[path].Length;

        private byte[] Content
        {
            get
            {
                if (!files.Files.ContainsKey(_path)) _path = files._renamed.GetValueOrDefault(_path, _path);
                return files.Files.GetValueOrDefault(_path) ?? [];
            }
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            var isFull = files.IsFull || !files.HasRoom(bytes.Length);
            var room = isFull ? bytes.Length / 2 : bytes.Length; // a full disk takes a part
            if (_end > Length) Cut(Length);
            if (_appended.Length == 0) files._unsettled.Add(this);
            _appended.Write(bytes[..room]);
            _end = Length + room;
            files.Attempt("write");
            if (isFull || files.AppendsFail) throw new IOException("No space left on device");
            Length += bytes.Length;
        }

        public void Settle()
        {
            if (!files._files.ContainsKey(_path)) _path = files._renamed.GetValueOrDefault(_path, _path);
            var before = files._files.GetValueOrDefault(_path) ?? [];
            files._files[_path] = [.. before, .. _appended.GetBuffer().AsSpan(0, (int)_appended.Length)];
            _appended.SetLength(0);
        }

        public void Sync()
        {
            files.Attempt("sync");
            files.Synced[_path] = Content.Length;
        }

        public void Truncate(long length)
        {
            Length = length;
            files.Attempt("truncate");
            Cut(length);
        }

        public void Dispose()
        {
        }

        private void Cut(long length)
        {
            var content = Content;
            files.Files[_path] = content[..(int)Math.Min(content.Length, length)];
            _end = length;
        }
    }
}
