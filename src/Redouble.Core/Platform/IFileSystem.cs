namespace Redouble.Core.Platform;

/// <summary>
/// Files as persistence needs them: every operation that can fail on a real disk is a call here, so that tests can make operation N
/// fail, tear or stop. Failures are <see cref="IOException"/> with the operating system's text.
/// </summary>
public interface IFileSystem
{
    /// <summary>Creates or truncates a file for sequential writing; what was written can be read back.</summary>
    ISpoolFile Create(string path);

    /// <summary>Creates a file that has no name any more: its space is returned when it is closed or the process dies.</summary>
    ISpoolFile CreateUnlinked(string directory);

    /// <summary>Opens a file to be written to behind its end, and creates it when there is none.</summary>
    IAppendFile OpenAppend(string path);

    /// <summary>Creates a directory if it is not there, and makes its entry in the one above durable.</summary>
    void CreateDirectory(string path);

    /// <summary>Opens a file for reading, or returns null when there is none.</summary>
    IReadableFile? OpenRead(string path);

    /// <summary>Replaces <paramref name="to"/> by <paramref name="from"/> atomically and makes the directory entry durable.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file if it is there.</summary>
    void Delete(string path);

    /// <summary>Whether a file of that name exists.</summary>
    bool Exists(string path);
}

/// <summary>A file being written from its start to its end.</summary>
public interface IWritableFile : IDisposable
{
    /// <summary>Appends all bytes or throws.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>fsync: the bytes written so far survive a power loss.</summary>
    void Sync();

    /// <summary>
    /// Begins to bring to the disk what was written since the last call, and waits for what that one began: so an fsync at the end of a large file finds
    /// little left to do. Nothing is durable by it.
    /// </summary>
    void WriteBack()
    {
    }
}

/// <summary>A file that grows for as long as its node lives, and is cut back where a write has failed half-way.</summary>
public interface IAppendFile : IWritableFile
{
    /// <summary>Where the next byte goes: behind all that was written completely.</summary>
    long Length { get; }

    /// <summary>
    /// Gives up what is behind <paramref name="length"/>: the next byte goes there, also when the file itself could not be cut, which throws.
    /// </summary>
    void Truncate(long length);
}

/// <summary>A file being read from its start to its end.</summary>
public interface IReadableFile : IDisposable
{
    /// <summary>Length in bytes when opened.</summary>
    long Length { get; }

    /// <summary>Reads up to <c>buffer.Length</c> bytes; 0 at the end.</summary>
    int Read(Span<byte> buffer);
}

/// <summary>A file that is written first and read back afterwards.</summary>
public interface ISpoolFile : IWritableFile
{
    /// <summary>Reads up to <c>buffer.Length</c> bytes at <paramref name="offset"/>; 0 at the end.</summary>
    int ReadAt(long offset, Span<byte> buffer);

    /// <summary>Bytes written so far.</summary>
    long Length { get; }
}
