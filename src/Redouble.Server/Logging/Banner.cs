using Redouble.Engine.Configuration;

namespace Redouble.Server.Logging;

/// <summary>The picture that a server puts into its log when it starts; tools look for the process id in it.</summary>
internal static class Banner
{
    /// <summary>Writes the picture on a terminal or with always-show-logo, a line otherwise.</summary>
    public static void Write(ServerLog log, string redoubleVersion, ServerConfig config)
    {
        var toTerminal = config.LogFile.Length == 0 && !Console.IsOutputRedirected;
        if (config.AlwaysShowLogo || toTerminal) log.WriteRaw(ConfigLogLevel.Notice, Picture(redoubleVersion, config));
        else log.Write(ConfigLogLevel.Notice, $"Running mode=standalone, port={config.Port}.");
    }

    private static string Picture(string redoubleVersion, ServerConfig config) =>
        $"""

                 ▄▄▄▄      ▄▄▄▄
               ▄██▀▀██▄  ▄██▀▀██▄      Redouble {redoubleVersion} (Redis 7.2.4), 64 bit
               ██    ██──██    ██
               ██    ██  ██    ██      Running in standalone mode
               ▀██▄▄██▀  ▀██▄▄██▀      Port: {config.Port}
                 ▀▀▀▀      ▀▀▀▀        PID: {Environment.ProcessId}


            """;
}
