using System.Globalization;
using System.Text;
using Redouble.Engine.Configuration;

namespace Redouble.Server.Logging;

/// <summary>
/// Log lines in redis-server's form: <c>pid:role day month year hour:minute:second.millisecond level message</c>, where role is M or S (C
/// while starting) and the level is one of <c>. - * #</c>.
/// </summary>
public sealed class ServerLog : IDisposable
{
    private static readonly string Levels = ".-*#";
    private readonly Lock _lock = new();
    private readonly Stream _output = Console.OpenStandardOutput();
    private LogFile? _file;
    private SystemLog? _system;

    /// <summary>The lowest level that is written.</summary>
    public ConfigLogLevel Level { get; set; } = ConfigLogLevel.Notice;

    /// <summary>M, S or C.</summary>
    public char Role { get; set; } = 'C';

    /// <summary>Writes to a file from now on, or to standard output when the path is empty.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public void Open(string path)
    {
        if (path.Length > 0) _file = LogFile.Open(path);
    }

    /// <summary>Sends every line to the machine's log as well.</summary>
    public void OpenSystemLog(string ident, SyslogFacility facility) => _system = new SystemLog(ident, facility);

    /// <summary>Writes a line.</summary>
    public void Write(ConfigLogLevel level, string message)
    {
        if (level < Level || Level == ConfigLogLevel.Nothing) return;
        _system?.Write(level, message);
        var time = DateTime.Now.ToString("dd MMM yyyy HH:mm:ss.fff", CultureInfo.InvariantCulture);
        Write(Encoding.UTF8.GetBytes($"{Environment.ProcessId}:{Role} {time} {Levels[(int)level]} {message}\n"));
    }

    /// <summary>Writes a line that tells of a signal, in the form of redis-server's handler: <c>pid:signal-handler (seconds) message</c>.</summary>
    public void WriteSignal(string message)
    {
        if (Level > ConfigLogLevel.Warning) return;
        _system?.Write(ConfigLogLevel.Warning, message);
        Write(Encoding.UTF8.GetBytes($"{Environment.ProcessId}:signal-handler ({DateTimeOffset.UtcNow.ToUnixTimeSeconds()}) {message}\n"));
    }

    /// <summary>Writes text as it is (the start banner).</summary>
    public void WriteRaw(ConfigLogLevel level, string text)
    {
        if (level >= Level && Level != ConfigLogLevel.Nothing) Write(Encoding.UTF8.GetBytes(text));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _file?.Dispose();
        _system?.Dispose();
    }

    private void Write(byte[] line)
    {
        lock (_lock)
        {
            try
            {
                if (_file != null) _file.Write(line);
                else _output.Write(line);
            }
            catch (Exception error) when (error is IOException or ArgumentOutOfRangeException)
            {
                // The latter is what the base library makes of EFBIG, the limit of a file that standard output goes to.
                // A log that cannot be written must not stop the server; there is nowhere left to say so.
            }
        }
    }
}
