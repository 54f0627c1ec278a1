using Redouble.Engine.Configuration;
using Redouble.Replication.Conversations;

namespace Redouble.Engine.Hosting;

/// <summary>
/// What a node needs of the process around it: the server over sockets and files, a simulated machine, or a test. Called on the data
/// thread only.
/// </summary>
public interface INodeHost
{
    /// <summary>Writes a log line.</summary>
    void Log(ConfigLogLevel level, string message);

    /// <summary>Writes a log line of the kind that tells of a signal.</summary>
    void LogSignal(string message) => Log(ConfigLogLevel.Warning, message);

    /// <summary>Facts about the process, for INFO.</summary>
    ProcessFacts Facts();

    /// <summary>Process id, which names temporary files.</summary>
    int ProcessId => Facts().ProcessId;

    /// <summary>SIGINTs that the loop has not come to.</summary>
    int WaitingInterrupts => 0;

    /// <summary>Ends the process's loop after this turn with an exit status. What others find it by, such as a pid file, is removed at once.</summary>
    void Exit(int status);

    /// <summary>Opens the link to a primary: the host connects and drives it, until <see cref="ClosePrimaryLink"/>.</summary>
    void OpenPrimaryLink(string host, int port);

    /// <summary>Closes the link to the primary.</summary>
    void ClosePrimaryLink();

    /// <summary>Bytes of the primary's stream that have come and are not received yet.</summary>
    long UnreadStreamBytes => 0;

    /// <summary>Opens the second connection to a primary, for the payload of a full sync over two channels. Asked for only where directives allow it.</summary>
    void OpenSnapshotChannel(string host, int port) => throw new NotSupportedException("There is one connection to a primary here.");

    /// <summary>Closes the second connection.</summary>
    void CloseSnapshotChannel()
    {
    }

    /// <inheritdoc cref="IConversationHost.TryOpen"/>
    bool TryOpen(Conversation conversation) => false;

    /// <summary>The node becomes a primary or a replica: what it logs from here on, it logs as such.</summary>
    void OnRoleChanged(bool isReplica);

    /// <summary>The session's connection is a replica's from here on.</summary>
    void OnReplicaAttached(Sessions.Session session)
    {
    }

    /// <summary>Makes a changed value of the configuration take effect outside the node; false refuses it with Redis' text.</summary>
    bool TryApply(ConfigAction action, out string error)
    {
        error = "";
        return true;
    }

    /// <summary>CONFIG REWRITE: null when done, else the error reply without its '-'.</summary>
    /// <param name="writeAll">Also write what equals its default.</param>
    string? RewriteConfig(bool writeAll) => "ERR The server is running without a config file";

    /// <summary>DEBUG RESTART and kin: starts the process anew with the same arguments, at once; false where that cannot be done.</summary>
    bool TryRestart() => false;

    /// <summary>Ends the process here and now, without a word to anyone (DEBUG PANIC and kin).</summary>
    void Crash(string reason) => throw new InvalidOperationException(reason);

    /// <summary>Blocks the calling thread, which may be the helper (DEBUG SLEEP, delays of loads and saves).</summary>
    void Sleep(long microseconds)
    {
    }
}

/// <summary>Facts about the process, for INFO: names of files are one byte per character, as <see cref="ConfigText"/> has them.</summary>
/// <param name="ProcessId">Process id.</param>
/// <param name="Executable">Path of the executable.</param>
/// <param name="ConfigFile">Path of the configuration file, or empty.</param>
/// <param name="Port">TCP port.</param>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="ManagedHeapBytes">Bytes of the collected heap.</param>
/// <param name="UserSeconds">CPU time in user mode.</param>
/// <param name="SystemSeconds">CPU time in the kernel.</param>
/// <param name="OperatingSystem">Name, version and architecture.</param>
/// <param name="TotalMemoryBytes">Memory of the machine.</param>
/// <param name="Multiplexing">Name of the poller.</param>
/// <param name="Listeners">INFO's listener lines, without their numbers.</param>
public sealed record ProcessFacts(
    int ProcessId,
    string Executable,
    string ConfigFile,
    int Port,
    long ResidentBytes,
    long ManagedHeapBytes,
    double UserSeconds,
    double SystemSeconds,
    string OperatingSystem,
    long TotalMemoryBytes,
    string Multiplexing,
    IReadOnlyList<string> Listeners)
{
    /// <summary>Garbage collections since the start.</summary>
    public long Collections { get; init; }

    /// <summary>Redouble's own version.</summary>
    public string RedoubleVersion { get; init; } = "0.0.0";

    /// <summary>The service manager that is told how the server is: <c>systemd</c>, <c>upstart</c> or <c>no</c>.</summary>
    public string SupervisedBy { get; init; } = "no";

    /// <summary>CPU time of the data thread in user mode.</summary>
    public double MainThreadUserSeconds { get; init; }

    /// <summary>CPU time of the data thread in the kernel.</summary>
    public double MainThreadSystemSeconds { get; init; }
}
