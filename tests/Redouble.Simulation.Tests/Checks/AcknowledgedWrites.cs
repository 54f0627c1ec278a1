using System.Text;
using Redouble.Engine.Sessions;
using Redouble.Replication.Primary;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;
using Redouble.Storage.Keyspace;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// ACK and WAIT. A replica's ACK is compared with what it has applied. A write that WAIT told a client of is noted with each replica that
/// has acknowledged it; when such a replica is promoted, and was neither restarted nor given another data set since, the write is there.
/// </summary>
internal sealed class AcknowledgedWrites(Checker checker)
{
    private readonly Dictionary<Process, List<Promise>> _promises = [];

    private readonly record struct Promise(int Database, string Key, int Flushes, long Loads);

    /// <summary>Writes noted.</summary>
    public long Count { get; private set; }

    /// <summary>Writes that were looked for after a promotion.</summary>
    public long Checked { get; private set; }

    /// <summary>FLUSHALLs so far: after one, nothing that was written before it is promised.</summary>
    public int Flushes { get; set; }

    /// <summary>Primary side: no replica has acknowledged more than it has applied.</summary>
    public void CheckAcks(Process process)
    {
        foreach (var session in process.Node.Replication.ReplicaSessions)
        {
            if (session is not { ReplicaLink: ReplicaLink { State: ReplicaLinkState.Online } link, Connection: Endpoint end }) continue;
            if (Peer(end) is not { } replica) continue;
            var applied = replica.Node.Replication.Protocol.Log.EndOffset;
            checker.Require(link.AckOffset <= applied, Rules.HonestAcks, () => $"{replica} has acknowledged {link.AckOffset} and applied {applied}");
            checker.Durability.Check(replica, link.DurableOffset, process);
        }
    }

    /// <summary>A client has read WAIT's reply: that many replicas have its last write.</summary>
    public void OnWaitReply(Endpoint client, long replicas, int database, string key, int flushes)
    {
        if (replicas == 0 || client.Peer.Owner is not Process { IsAlive: true } primary || client.Peer.Tag is not Session { Handle.Slot: >= 0 } asker) return;
        foreach (var session in primary.Node.Replication.ReplicaSessions)
        {
            if (session is not { ReplicaLink: ReplicaLink { State: ReplicaLinkState.Online } link, Connection: Endpoint end }) continue;
            if (link.AckOffset < asker.LastWriteOffset || Peer(end) is not { } replica) continue;
            if (!_promises.TryGetValue(replica, out var promises)) _promises[replica] = promises = [];
            promises.Add(new Promise(database, key, flushes, replica.FullSyncs));
            Count++;
        }
    }

    public void OnPromoted(Process process)
    {
        if (!_promises.TryGetValue(process, out var promises)) return;
        var keyspace = process.Node.Keyspace;
        foreach (var promise in promises)
        {
            if (promise.Flushes != Flushes || promise.Loads != process.FullSyncs) continue;
            Checked++;
            var key = Encoding.ASCII.GetBytes(promise.Key);
            keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
            var isThere = !keyspace[promise.Database].Peek(key, keyspace.Hash(key)).IsMissing;
            checker.Require(isThere, Rules.AcknowledgedWrites, () => $"{process} is promoted without the write {promise.Key} that it has acknowledged");
        }
    }

    // The replica at the other end, as long as this is the connection that it follows by.
    private static Process? Peer(Endpoint end) =>
        end.Peer.Owner is Process { IsAlive: true } replica && replica.Primary.End == end.Peer && replica.Node.Replication.Protocol.Primary.IsUp
            ? replica : null;
}
