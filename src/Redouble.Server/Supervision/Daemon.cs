using System.Diagnostics;
using Redouble.Server.Polling;

namespace Redouble.Server.Supervision;

/// <summary>
/// Directive <c>daemonize</c>: the server goes on in the background, in a session of its own, when its configuration has been found good, and whoever
/// started it has his terminal back. A process with threads cannot fork, so it starts itself once more; a mark in the environment tells the second from
/// the first, and stays with it when it starts anew (DEBUG RESTART).
/// </summary>
internal static class Daemon
{
    /// <summary>Where a daemon leaves its process id when no <c>pidfile</c> is named.</summary>
    public const string DefaultPidFile = "/var/run/redis.pid";

    private const string Mark = "REDOUBLE_DAEMON";

    /// <summary>Whether this process is the one in the background.</summary>
    public static bool IsThis => Environment.GetEnvironmentVariable(Mark) != null;

    /// <summary>Starts the one in the background, with the words that this process was started with.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static void Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ProcessCalls.CommandLine()[1..]);
        start.Environment[Mark] = "1";
        ProcessCalls.LeaveStreams(); // or who reads what the first one says would wait for the second
        using var process = Process.Start(start);
    }

    /// <summary>The one in the background leaves the session of whoever started it.</summary>
    public static void Detach() => ProcessCalls.LeaveSession();
}
