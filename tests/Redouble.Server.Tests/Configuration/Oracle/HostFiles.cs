using Redouble.Core.Platform;

namespace Redouble.Server.Tests.Configuration.Oracle;

/// <summary>The machine's files, for reading only.</summary>
internal sealed class HostFiles : IFileSystem
{
    public ISpoolFile Create(string path) => throw new NotSupportedException();

    public ISpoolFile CreateUnlinked(string directory) => throw new NotSupportedException();

    public IAppendFile OpenAppend(string path) => throw new NotSupportedException();

    public void CreateDirectory(string path) => throw new NotSupportedException();

    public IReadableFile? OpenRead(string path) => File.Exists(path) ? new Reader(File.OpenRead(path)) : null;

    public void Rename(string from, string to) => throw new NotSupportedException();

    public void Delete(string path) => throw new NotSupportedException();

    public bool Exists(string path) => File.Exists(path);

    private sealed class Reader(FileStream stream) : IReadableFile
    {
        public long Length => stream.Length;

        public int Read(Span<byte> buffer) => stream.Read(buffer);

        public void Dispose() => stream.Dispose();
    }
}
