using Redouble.Core.Platform;

namespace Redouble.Simulation.Tests.Machinery;

/// <summary>
/// The disk of a machine: survives processes, and loses at a power loss what was not synced. While it is broken every operation that
/// writes may fail.
/// </summary>
internal sealed class SimulatedDisk(World world)
{
    private readonly Dictionary<string, FileContent> _files = [];

    public bool IsBroken { get; set; }

    public long Errors { get; private set; }

    /// <summary>Microseconds that reading a chunk takes: a slow disk makes a load last for seconds.</summary>
    public long ReadCost { get; } = world.Dice.Pick(0L, 0L, 0L, 0L, 0L, 0L, 50_000L, 900_000L);

    /// <summary>Microseconds that writing a chunk takes.</summary>
    public long WriteCost { get; } = world.Dice.Pick(0L, 0L, 0L, 0L, 0L, 0L, 10_000L, 300_000L);

    public IEnumerable<string> Names => _files.Keys;

    /// <summary>A file as somebody sees it who looks at the machine while no process runs.</summary>
    public byte[]? Read(string path) => _files.TryGetValue(path, out var file) ? file.Bytes[..file.Length] : null;

    /// <summary>The end of a file that a power loss may take.</summary>
    public ReadOnlySpan<byte> Unsynced(string path) => _files.TryGetValue(path, out var file) ? file.Bytes.AsSpan(file.Synced, file.Length - file.Synced) : [];

    /// <summary>Puts another file in its place, synced.</summary>
    public void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        var file = _files[path] = new FileContent();
        file.Append(bytes);
        file.Synced = file.Length;
    }

    public bool Exists(string path) => _files.ContainsKey(path);

    /// <summary>The files as a process of this machine sees them.</summary>
    public ProcessFiles Open(MachineClock clock) => new(this, clock);

    public void PowerLoss()
    {
        foreach (var file in _files.Values) file.Length = (int)world.Dice.Between(file.Synced, file.Length);
    }

    private void MayFail()
    {
        if (!IsBroken || !world.FaultsAreOn || !world.Dice.Chance(0.3)) return;
        Errors++;
        throw new IOException("Input/output error");
    }

    internal sealed class FileContent
    {
        public byte[] Bytes { get; private set; } = [];

        public int Length { get; set; }

        public int Synced { get; set; }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (Bytes.Length - Length < bytes.Length)
            {
                var larger = new byte[(Length + bytes.Length) * 2];
                Bytes.AsSpan(0, Length).CopyTo(larger);
                Bytes = larger;
            }

            bytes.CopyTo(Bytes.AsSpan(Length));
            Length += bytes.Length;
        }
    }

    /// <summary>One process's way to the disk; closed when the process ends, whatever its leftovers still do.</summary>
    internal sealed class ProcessFiles(SimulatedDisk disk, MachineClock clock) : IFileSystem
    {
        public bool IsClosed { get; set; }

        /// <summary>The helper of the process, which waits for what it writes itself.</summary>
        public SimulatedExecutor? Helper { get; set; }

        /// <summary>Files that were opened to be written and not given back.</summary>
        public int OpenCount { get; set; }

        public ISpoolFile Create(string path)
        {
            var content = new FileContent();
            if (IsClosed) return new OpenFile(this, content);
            disk.MayFail();
            disk._files[path] = content;
            return new OpenFile(this, content);
        }

        public ISpoolFile CreateUnlinked(string directory)
        {
            MayFail();
            return new OpenFile(this, new FileContent());
        }

        public IAppendFile OpenAppend(string path)
        {
            var content = new FileContent();
            if (IsClosed) return new OpenFile(this, content);
            disk.MayFail();
            if (!disk._files.TryGetValue(path, out var existing)) disk._files[path] = existing = content;
            return new OpenFile(this, existing);
        }

        public void CreateDirectory(string path) => MayFail();

        public IReadableFile? OpenRead(string path) => disk._files.TryGetValue(path, out var content) ? new OpenReader(content) : null;

        public void Rename(string from, string to)
        {
            if (IsClosed) return;
            disk.MayFail();
            if (!disk._files.Remove(from, out var content)) throw new FileNotFoundException($"Could not find file '{from}'.");
            disk._files[to] = content;
        }

        public void Delete(string path)
        {
            if (!IsClosed) disk._files.Remove(path);
        }

        public bool Exists(string path) => disk.Exists(path);

        public void MayFail()
        {
            if (!IsClosed) disk.MayFail();
        }

        public void BeforeRead()
        {
            Take(disk.ReadCost);
            MayFail();
        }

        public void BeforeWrite()
        {
            Take(disk.WriteCost);
            MayFail();
        }

        // On the helper's time, or on that of the node's turn.
        private void Take(long microseconds)
        {
            if (Helper is { IsInSlice: true } helper) helper.Spend(microseconds);
            else clock.Spend(microseconds);
        }
    }

    private sealed class OpenFile : ISpoolFile, IAppendFile
    {
        private readonly ProcessFiles _files;
        private readonly FileContent _content;
        private bool _isDisposed;

        public OpenFile(ProcessFiles files, FileContent content)
        {
            (_files, _content) = (files, content);
            files.OpenCount++;
        }

        public long Length => _content.Length;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (_files.IsClosed) return;
            _files.BeforeWrite();
            _content.Append(bytes);
        }

        public void Truncate(long length)
        {
            if (_files.IsClosed) return;
            _content.Length = (int)length;
            _content.Synced = Math.Min(_content.Synced, _content.Length);
        }

        public int ReadAt(long offset, Span<byte> buffer)
        {
            _files.BeforeRead();
            var part = Math.Min(_content.Length - (int)offset, buffer.Length);
            _content.Bytes.AsSpan((int)offset, part).CopyTo(buffer);
            return part;
        }

        public void Sync()
        {
            if (_files.IsClosed) return;
            _files.MayFail();
            _content.Synced = _content.Length;
        }

        public void Dispose()
        {
            if (!_isDisposed) _files.OpenCount--;
            _isDisposed = true;
        }
    }

    private sealed class OpenReader(FileContent content) : IReadableFile
    {
        private int _position;

        public long Length => content.Length;

        public int Read(Span<byte> buffer)
        {
            var part = Math.Min(content.Length - _position, buffer.Length);
            content.Bytes.AsSpan(_position, part).CopyTo(buffer);
            _position += part;
            return part;
        }

        public void Dispose()
        {
        }
    }
}
