using System.Globalization;
using Redouble.Engine.Configuration;
using Redouble.Server.Logging;

namespace Redouble.Server.Supervision;

/// <summary>The file that tells others this process's id (directive <c>pidfile</c>), as far as it could be written.</summary>
internal sealed class PidFile : IDisposable
{
    private string? _path;
    private readonly ServerLog _log;

    private PidFile(string? path, ServerLog log)
    {
        _path = path;
        _log = log;
    }

    /// <summary>Writes it, if a path is given; a failure is told and costs nothing else.</summary>
    public static PidFile Write(string path, ServerLog log)
    {
        if (path.Length == 0) return new PidFile(null, log);
        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            return new PidFile(path, log);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            log.Write(ConfigLogLevel.Warning, $"Could not write the pid file '{path}': {error.Message}");
            return new PidFile(null, log);
        }
    }

    /// <summary>Removes what has been written.</summary>
    public void Dispose()
    {
        if (_path == null) return;
        _log.Write(ConfigLogLevel.Notice, "Removing the pid file.");
        try
        {
            File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.Write(ConfigLogLevel.Warning, $"Could not remove the pid file '{_path}': {error.Message}");
        }

        _path = null;
    }
}
