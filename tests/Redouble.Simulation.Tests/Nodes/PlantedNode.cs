using System.Reflection;
using Redouble.Engine.Execution;
using Redouble.Replication.Log;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>Planted bugs of a node itself, done to it from outside.</summary>
internal static class PlantedNode
{
    /// <summary>After each group of commands.</summary>
    public static void Disturb(Process process)
    {
        var protocol = process.Node.Replication.Protocol;
        switch (process.Machine.Cluster.Bug)
        {
            case PlantedBug.MissingSelect:
                if (process.Node.IsReplica || protocol.Log is not { IsActive: true, StreamDatabase: 0 } log) break;
                if (process.World.Dice.Chance(0.1)) log.NoteStreamDatabase(1);
                break;
            case PlantedBug.ReplicaExpires when process.Node.IsReplica && !process.Node.IsLoading:
                Expire(process.Node.Keyspace);
                break;
            case PlantedBug.AlteredCopy when process.Node.IsReplica && !process.Node.IsLoading && process.World.Dice.Chance(0.02):
                LoseKey(process.Node.Keyspace);
                break;
            case PlantedBug.UntoldEviction when process.HasEvicted:
                LoseKey(process.Node.Keyspace);
                break;
            case PlantedBug.UnpausedFailover when process.Node.Replication.Failover.IsActive:
                process.Node.Pauses.End(process.Node, PausePurpose.Failover);
                break;
            case PlantedBug.RolledBackData when protocol.Log.IsActive:
                typeof(ReplicationLog).GetField("_lastDataOffset", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(protocol.Log, 0L);
                break;
            case PlantedBug.StaleDatabase when protocol.Log.StreamDatabase >= 0:
                Restamp(protocol.Log);
                break;
            case PlantedBug.UnsavedKey or PlantedBug.UnsavedElement:
                PlantedSnapshot.Disturb(process);
                break;
            case PlantedBug.ReusedReplicationId when !process.HasStarted && !process.Node.IsReplica && !protocol.History.Identity.SecondId.IsNone:
                protocol.History.Identity.RestoreReplica(protocol.History.Identity.SecondId);
                break;
        }
    }

    /// <summary>Right after a promotion.</summary>
    public static void OnPromoted(Process process)
    {
        if (process.Machine.Cluster.Bug == PlantedBug.PromotionKeepsName)
        {
            var identity = process.Node.Replication.Protocol.History.Identity;
            if (!identity.SecondId.IsNone) identity.RestoreReplica(identity.SecondId);
        }

        if (process.Machine.Cluster.Bug != PlantedBug.LostWrite) return;
        var keyspace = process.Node.Keyspace;
        keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
        foreach (var key in KeysOf(keyspace[3], static record => record.Key[0] == (byte)'w')) keyspace[3].Delete(key, keyspace.Hash(key));
    }

    /// <summary>Right after a load of append-only files.</summary>
    public static void OnFilesLoaded(Process process)
    {
        if (process.Machine.Cluster.Bug != PlantedBug.ForgottenPending) return;
        if (!process.Machine.Disk.Names.Any(static name => name.EndsWith(".base.aof", StringComparison.Ordinal))) return;
        var keyspace = process.Node.Keyspace;
        foreach (var database in keyspace.Databases)
        {
            foreach (var key in KeysOf(database, static record => record.Type == ValueType.Stream))
            {
                var stream = new StreamValueWriter(database.Open(database.Peek(key, keyspace.Hash(key)), keyspace.Hash(key))).Reader;
                foreach (var group in stream.Groups) ForgetDeleted(stream, group);
            }
        }
    }

    private static void ForgetDeleted(StreamValueReader stream, StreamGroup group)
    {
        for (var pending = group.PendingFrom(StreamId.Min); pending.MoveNext();)
        {
            var id = pending.Current.Id;
            if (stream.Has(id)) continue;
            group.RemovePending(pending.Current);
            pending = group.PendingFrom(id);
        }
    }

    // As if the stream had been in one database ever since.
    private static void Restamp(ReplicationLog log)
    {
        const BindingFlags members = BindingFlags.Instance | BindingFlags.NonPublic;
        var databases = typeof(ReplicationLog).GetField("_databases", members)!.GetValue(log)!;
        var marks = ((long Offset, int Database)[])databases.GetType().GetField("_marks", members)!.GetValue(databases)!;
        for (var i = 0; i < marks.Length; i++) marks[i].Database = log.StreamDatabase;
    }

    private static void LoseKey(Keyspace keyspace)
    {
        keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
        if (KeysOf(keyspace[0], static _ => true) is [var key, ..]) keyspace[0].Delete(key, keyspace.Hash(key));
    }

    private static void Expire(Keyspace keyspace)
    {
        keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
        foreach (var database in keyspace.Databases)
        {
            var now = keyspace.NowMs;
            foreach (var key in KeysOf(database, record => record.HasExpiry && record.ExpireAtMs < now)) database.Delete(key, keyspace.Hash(key));
        }
    }

    private static List<byte[]> KeysOf(Database database, Func<ReadRecord, bool> predicate)
    {
        var collector = new Collector([], predicate);
        ulong cursor = 0;
        do cursor = database.Scan(cursor, ref collector);
        while (cursor != 0);
        return collector.Keys;
    }

    private readonly struct Collector(List<byte[]> keys, Func<ReadRecord, bool> predicate) : IKeyVisitor
    {
        public List<byte[]> Keys => keys;

        public void Visit(ReadRecord record)
        {
            if (predicate(record)) keys.Add(record.Key.ToArray());
        }
    }
}
