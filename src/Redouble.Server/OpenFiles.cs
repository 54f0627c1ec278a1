using Redouble.Engine.Configuration;
using Redouble.Server.Logging;
using Redouble.Server.Polling;

namespace Redouble.Server;

/// <summary>
/// Holds <c>maxclients</c> and the limit of open descriptors (ulimit -n) together: a client that is admitted and gets no descriptor would never
/// be told why, and a runtime that gets none for a thread or an assembly ends the process. The runtime has raised the soft limit to the hard one at its start.
/// </summary>
/// <param name="inUse">Descriptors that are open at the start: the runtime keeps its assemblies open, most of them twice.</param>
internal sealed class OpenFiles(int inUse)
{
    /// <summary>
    /// What else is not a client's: listeners, the poller, files, links, the log, for which Redis keeps 32, and the assemblies that are loaded later.
    /// </summary>
    private const int Spare = 64;

    private readonly int _reserved = inUse + Spare;

    /// <summary>At the start: lowers <c>maxclients</c> to what the system allows, and says so. False when it allows too little for any server.</summary>
    public bool TryFit(ServerConfig config, ServerLog log)
    {
        var wanted = config.MaxClients + _reserved;
        var limit = ProcessCalls.RaiseOpenFiles(wanted);
        if (limit >= wanted) return true;
        if (limit <= _reserved)
        {
            log.Write(
                ConfigLogLevel.Warning,
                $"Your current 'ulimit -n' of {limit} is not enough for the server to start. "
                    + $"Please increase your open file limit to at least {wanted}. Exiting.");
            return false;
        }

        var asked = config.MaxClients;
        config.MaxClients = limit - _reserved;
        log.Write(ConfigLogLevel.Warning, $"You requested maxclients of {asked} requiring at least {wanted} max file descriptors.");
        log.Write(
            ConfigLogLevel.Warning,
            $"Current maximum open files is {limit}. maxclients has been reduced to {config.MaxClients} to compensate for low ulimit. "
                + "If you need higher maxclients increase 'ulimit -n'.");
        return true;
    }

    /// <summary>CONFIG SET maxclients: whether the system allows so many.</summary>
    public bool TryRaise(long clients, out string error)
    {
        var limit = ProcessCalls.RaiseOpenFiles(clients + _reserved);
        error = limit >= clients + _reserved
            ? ""
            : $"The operating system is not able to handle the specified number of clients, try with {Math.Max(1, limit - _reserved)}";
        return error.Length == 0;
    }
}
