using Redouble.Server.Polling;

namespace Redouble.Server.Logging;

/// <summary>
/// The file that the log goes to (directive <c>logfile</c>). Each line is appended to whatever has the file's name then: rotation moves the file away, or
/// cuts it, and tells nobody. Redis opens and closes it for each line; here the line asks only whether the name still is that of the open file.
/// </summary>
internal sealed class LogFile : IDisposable
{
    private readonly string _path;
    private int _descriptor;
    private FileIdentity _identity;

    private LogFile(string path, int descriptor)
    {
        _path = path;
        _descriptor = descriptor;
        FileCalls.TryIdentify(descriptor, out _identity);
    }

    /// <summary>Opens the file, which is created when there is none.</summary>
    /// <exception cref="IOException">It cannot be; the text is the system's.</exception>
    public static LogFile Open(string path)
    {
        var opened = FileCalls.OpenAppend(path);
        return opened.IsDone ? new LogFile(path, opened.Count) : throw new IOException(opened.ErrorText);
    }

    /// <summary>Appends a line. What the system does not take of it is lost: a log that cannot be written must not stop the server.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        if (!FileCalls.TryIdentify(_path, out var named) || named != _identity) Reopen();
        FileCalls.WriteAll(_descriptor, line);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_descriptor >= 0) SocketCalls.Close(_descriptor);
        _descriptor = -1;
    }

    // Where it cannot be made anew, the lines stay together in the old one.
    private void Reopen()
    {
        var opened = FileCalls.OpenAppend(_path);
        if (!opened.IsDone) return;
        Dispose();
        _descriptor = opened.Count;
        FileCalls.TryIdentify(_descriptor, out _identity);
    }
}
