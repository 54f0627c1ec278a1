using Redouble.Core.Platform;

namespace Redouble.Engine.Persistence;

/// <summary>
/// A file that is opened by whoever writes to it first. A snapshot's files are opened so by the helper thread: a directory on a disk that hangs
/// then holds up the helper, and not the data thread.
/// </summary>
/// <param name="open">Opens it; throws <see cref="IOException"/> when it cannot.</param>
internal sealed class LateFile(Func<IWritableFile> open) : IWritableFile
{
    private IWritableFile? _file;

    /// <summary>Whether it has been opened.</summary>
    public bool IsOpen => _file != null;

    public void Write(ReadOnlySpan<byte> bytes) => (_file ??= open()).Write(bytes);

    public void Sync() => (_file ??= open()).Sync();

    public void Dispose() => _file?.Dispose();
}
