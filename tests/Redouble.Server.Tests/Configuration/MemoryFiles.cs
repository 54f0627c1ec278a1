using Redouble.Core.Platform;
using Redouble.Engine.Configuration;

namespace Redouble.Server.Tests.Configuration;

/// <summary>Files in memory that record every step and can fail at one.</summary>
internal sealed class MemoryFiles : IFileSystem
{
    public Dictionary<string, string> Contents { get; } = [];

    public List<string> Calls { get; } = [];

    public string Fails { get; init; } = "";

    public ISpoolFile Create(string path)
    {
        Call("create");
        Contents[path] = "";
        return new WritableFile(this, path);
    }

    public ISpoolFile CreateUnlinked(string directory) => throw new NotSupportedException();

    public IAppendFile OpenAppend(string path) => throw new NotSupportedException();

    public void CreateDirectory(string path) => throw new NotSupportedException();

    public IReadableFile? OpenRead(string path) => Contents.TryGetValue(path, out string? text) ? new ReadableFile(ConfigText.ToBytes(text)) : null;

    public void Rename(string from, string to)
    {
        Call("rename");
        Contents[to] = Contents[from];
        Contents.Remove(from);
    }

    public void Delete(string path) => Contents.Remove(path);

    public bool Exists(string path) => Contents.ContainsKey(path);

    private void Call(string name)
    {
        Calls.Add(name);
        if (name == Fails) throw new IOException("No space left on device");
    }

    private sealed class WritableFile(MemoryFiles files, string path) : ISpoolFile
    {
        public long Length => files.Contents[path].Length;

        public int ReadAt(long offset, Span<byte> buffer) => throw new NotSupportedException();

        public void Write(ReadOnlySpan<byte> bytes)
        {
            files.Call("write");
            files.Contents[path] += ConfigText.FromBytes(bytes);
        }

        public void Sync() => files.Call("sync");

        public void Dispose()
        {
        }
    }

    private sealed class ReadableFile(byte[] bytes) : IReadableFile
    {
        private int _position;

        public long Length => bytes.Length;

        public int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, bytes.Length - _position);
            bytes.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public void Dispose()
        {
        }
    }
}
