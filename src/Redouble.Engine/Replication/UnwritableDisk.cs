using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;

namespace Redouble.Engine.Replication;

/// <summary>
/// Replica side: a write of the primary's stream while this node cannot save, for which a client would get MISCONF. The primary can't be refused, so the
/// replica ends rather than hold what it may lose, unless <c>replica-ignore-disk-write-errors</c> tells it to go on; then it says so from time to time.
/// </summary>
internal sealed class UnwritableDisk(Node node)
{
    private const long LogIntervalMs = 10_000;
    private long _loggedMs = long.MinValue / 2;

    /// <summary>A command of the stream is about to be executed.</summary>
    public void BeforeCommand(CommandInfo info)
    {
        var writes = (info.Flags & CommandFlags.Write) != 0;
        if (node.DiskError == null || (!writes && info.Id != CommandId.Ping)) return;
        if (writes && !node.Config.ReplicaIgnoreDiskWriteErrors)
        {
            const string reason = "Replica was unable to write command to disk.";
            node.Parts.Host.Log(ConfigLogLevel.Warning, reason);
            node.Parts.Host.Crash(reason);
        }
        else if (node.Keyspace.NowMs > _loggedMs + LogIntervalMs)
        {
            _loggedMs = node.Keyspace.NowMs;
            node.Parts.Host.Log(ConfigLogLevel.Warning, "Replica is applying a command even though it is unable to write to disk.");
        }
    }
}
