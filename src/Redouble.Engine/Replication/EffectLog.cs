using Redouble.Engine.Execution;
using Redouble.Engine.Persistence.Aof;
using Redouble.Replication;
using Redouble.Replication.Log;

namespace Redouble.Engine.Replication;

/// <summary>
/// Primary side: effects of units go into the replication log. On a replica nothing does: its log gets the primary's bytes, and the
/// writes of its own clients are nobody else's, though the append-only file's. Nor does what such a file holds: it was said when it was written.
/// </summary>
internal sealed class EffectLog(Node node) : IEffectLog
{
    private ReplicationNode? _node;

    public bool IsActive => !node.Loading.AppliesFile && (Replication.IsReplica ? Local != null : Replication.Log.IsActive);

    public long Offset => Replication.Log.EndOffset;

    public bool HasForeignReader => !Replication.IsReplica && Replication.Replicas.HasForeignReplica;

    private ReplicationNode Replication => _node ??= node.Replication.Protocol;

    private AofLocalWrites? Local => node.Executor.AppliesStream ? null : node.AppendOnly.LocalWrites;

    public void NoteFieldExpiry()
    {
        if (!Replication.IsReplica) Replication.Log.NoteFieldExpiry();
    }

    public void BeginUnit(int effects)
    {
        if (Replication.IsReplica) Local?.Begin(effects);
        else Replication.Log.BeginUnit(effects);
    }

    public void EndUnit(int effects)
    {
        var log = Replication.Log;
        if (Replication.IsReplica) Local?.End(effects, log.AppliedOffset + 1, log.StreamDatabase);
        else log.EndUnit(effects);
    }

    public void AppendPart(int database, ReadOnlySpan<byte> part, AppendKind kind)
    {
        var log = Replication.Log;
        if (Replication.IsReplica)
        {
            if (kind == AppendKind.Data) Local?.AppendPart(database, part);
            return;
        }

        if (database >= 0) log.SelectDatabase(database);
        log.AppendPart(part);
    }

    public void Append(int database, ReadOnlySpan<byte> command, AppendKind kind = AppendKind.Data)
    {
        var log = Replication.Log;
        if (Replication.IsReplica)
        {
            if (kind == AppendKind.Data) Local?.Append(database, command, log.AppliedOffset + 1, log.StreamDatabase);
            return;
        }

        if (database >= 0) log.SelectDatabase(database);
        log.Append(command, kind);
    }
}
