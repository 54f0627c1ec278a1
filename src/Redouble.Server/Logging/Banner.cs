using Redouble.Engine.Configuration;

namespace Redouble.Server.Logging;

/// <summary>What a server writes into its log when it starts; tools look for the line with the process id.</summary>
internal static class Banner
{
    /// <summary>The banner: drawn on a terminal or with always-show-logo, a line otherwise.</summary>
    public static string Text(string redoubleVersion, ServerConfig config)
    {
        var toTerminal = config.LogFile.Length == 0 && !Console.IsOutputRedirected;
        if (!config.AlwaysShowLogo && !toTerminal)
        {
            return $"{Environment.ProcessId}:M Redouble {redoubleVersion} (Redis 7.2.4), standalone mode, port {config.Port}, PID: {Environment.ProcessId}\n";
        }

        return $"""

                 ▄▄▄▄      ▄▄▄▄
               ▄██▀▀██▄  ▄██▀▀██▄      Redouble {redoubleVersion} (Redis 7.2.4), 64 bit
               ██    ██──██    ██
               ██    ██  ██    ██      Running in standalone mode
               ▀██▄▄██▀  ▀██▄▄██▀      Port: {config.Port}
                 ▀▀▀▀      ▀▀▀▀        PID: {Environment.ProcessId}


            """;
    }
}
