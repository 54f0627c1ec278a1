using Redouble.Engine.Configuration;
using Redouble.Server.Logging;
using Redouble.Server.Polling;

namespace Redouble.Server;

/// <summary>
/// Holds <c>maxclients</c> and the limit of open descriptors (ulimit -n) together: a client that is admitted and gets no descriptor would never
/// be told why. The runtime has raised the soft limit to the hard one at its start.
/// </summary>
internal static class OpenFiles
{
    /// <summary>Descriptors that are not clients': listeners, the poller, files, the log. The number is that of Redis, where clients see it.</summary>
    private const int Reserved = 32;

    /// <summary>At the start: lowers <c>maxclients</c> to what the system allows, and says so.</summary>
    public static void Fit(ServerConfig config, ServerLog log)
    {
        var wanted = config.MaxClients + Reserved;
        var limit = ProcessCalls.RaiseOpenFiles(wanted);
        if (limit >= wanted) return;
        var asked = config.MaxClients;
        config.MaxClients = Math.Max(1, limit - Reserved);
        log.Write(ConfigLogLevel.Warning, $"You requested maxclients of {asked} requiring at least {wanted} max file descriptors.");
        log.Write(
            ConfigLogLevel.Warning,
            $"Current maximum open files is {limit}. maxclients has been reduced to {config.MaxClients} to compensate for low ulimit. "
                + "If you need higher maxclients increase 'ulimit -n'.");
    }

    /// <summary>CONFIG SET maxclients: whether the system allows so many.</summary>
    public static bool TryRaise(long clients, out string error)
    {
        var limit = ProcessCalls.RaiseOpenFiles(clients + Reserved);
        error = limit >= clients + Reserved
            ? ""
            : $"The operating system is not able to handle the specified number of clients, try with {limit - Reserved}";
        return error.Length == 0;
    }
}
