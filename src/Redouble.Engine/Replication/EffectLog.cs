using Redouble.Engine.Execution;
using Redouble.Replication;
using Redouble.Replication.Log;

namespace Redouble.Engine.Replication;

/// <summary>
/// Primary side: effects of units go into the replication log. On a replica nothing does: its log gets the primary's bytes, and the
/// writes of its own clients are nobody else's. Nor does what an append-only file holds: it was said when it was written.
/// </summary>
internal sealed class EffectLog(Node node) : IEffectLog
{
    private ReplicationNode? _node;

    public bool IsActive => Replication.Log.IsActive && !Replication.IsReplica && !node.Loading.AppliesFile;

    public long Offset => Replication.Log.EndOffset;

    private ReplicationNode Replication => _node ??= node.Replication.Protocol;

    public void BeginUnit(int effects) => Replication.Log.BeginUnit(effects);

    public void EndUnit(int effects) => Replication.Log.EndUnit(effects);

    public void Append(int database, ReadOnlySpan<byte> command, AppendKind kind = AppendKind.Data)
    {
        var log = Replication.Log;
        if (database >= 0) log.SelectDatabase(database);
        log.Append(command, kind);
    }
}
