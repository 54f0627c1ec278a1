namespace Redouble.Engine.Configuration;

/// <summary>
/// The names of files that a configuration gives, as the file system takes them: decoded (<see cref="ConfigText.ToPath"/>), and relative ones from
/// <c>dir</c> on. Whoever opens a file asks here: the values themselves hold bytes.
/// </summary>
/// <param name="config">Whose names they are.</param>
public readonly struct ConfigPaths(ServerConfig config)
{
    /// <summary><c>dir</c>.</summary>
    public string Directory => ConfigText.ToPath(config.Dir);

    /// <summary><c>dbfilename</c>, without its directory.</summary>
    public string DbFileName => ConfigText.ToPath(config.DbFileName);

    /// <summary>The RDB file.</summary>
    public string DbFile => In(config.DbFileName);

    /// <summary><c>appenddirname</c>, in <c>dir</c>.</summary>
    public string AppendDirectory => In(config.AppendDirName);

    /// <summary><c>logfile</c>; empty for standard output.</summary>
    public string LogFile => In(config.LogFile);

    /// <summary><c>pidfile</c>; empty when there is none.</summary>
    public string PidFile => In(config.PidFile);

    /// <summary><c>unixsocket</c>; empty when there is none.</summary>
    public string UnixSocket => In(config.UnixSocket);

    /// <summary><c>unixsocket</c> as it was written, a byte a character: so replies tell it.</summary>
    public string UnixSocketAsWritten => config.UnixSocket;

    /// <summary>A name of the server's own, in <c>dir</c>.</summary>
    public string Of(string name) => Path.Combine(Directory, name);

    private string In(string value) => value.Length == 0 ? "" : Of(ConfigText.ToPath(value));
}
