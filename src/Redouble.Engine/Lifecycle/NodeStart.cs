using System.Globalization;
using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;

namespace Redouble.Engine.Lifecycle;

/// <summary>
/// How a node comes to its data set, its place in a replication history and its primary when it starts.
/// <code>
///   Begin ── files ──► loading, a slice a turn ──► loaded ─┐
///     └───── none ─────────────────────────────────────────┴─► history restored ─► append-only file ─► follows its primary
/// </code>
/// </summary>
internal sealed class NodeStart(Node node)
{
    private bool _historyRestored;
    private bool _historyWasFound; // in the files

    /// <summary>Whether a slice of the load has not ended as it should: what it threw says why.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Opens the append-only files, or the RDB file where they are off, to be loaded in the coming turns, if there are any.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="InvalidDataException">They are not what they should be.</exception>
    public void Begin()
    {
        if (node.Config.InitialPrimary is { } primary)
        {
            node.IsReplica = true;
            node.Replication.Protocol.Primary.Announce(primary.Host, primary.Port); // whoever asks while the files are loaded, CONFIG REWRITE above all
        }

        if (!node.Config.AppendOnly) node.Loading.ReadManifest();
        if (!(node.Config.AppendOnly ? node.Loading.BeginAppendOnly() : node.Loading.Begin(node.Saves.Path))) Follow();
    }

    /// <summary>Loads until <paramref name="untilMicroseconds"/> on the monotonic clock.</summary>
    public void Slice(long untilMicroseconds)
    {
        HasFailed = true;
        if (!node.Loading.Slice(untilMicroseconds)) Loaded();
        HasFailed = false;
    }

    /// <summary>
    /// A key of the file was left out because its time has passed. Replicas that go on from the file's offset have it, so they are told, in
    /// the history that begins there.
    /// </summary>
    public void KeyExpiredInFile(RestartIdentity identity, int database, ReadOnlySpan<byte> key)
    {
        RestoreHistory(identity);
        node.Propagation.BeginUnit();
        node.Propagation.Add(database, node.Config.LazyFreeLazyExpire ? "UNLINK"u8 : "DEL"u8, key);
        node.Propagation.EndUnit();
    }

    private void Loaded()
    {
        var source = node.Loading.LastWasAppendOnly ? "append only file" : "disk";
        Log(string.Create(CultureInfo.InvariantCulture, $"DB loaded from {source}: {node.Loading.SecondsTaken:F3} seconds"));
        Follow();
        if (_historyWasFound || (!node.IsReplica && !node.Loading.LastWasAppendOnly)) return;
        var who = node.IsReplica ? "This replica needs" : "Replicas of before will need";
        Log($"{who} a full resynchronization. Of the file: {node.Loading.Identity.Reason}");
    }

    private void Follow()
    {
        RestoreHistory(node.Loading.Identity);
        node.Loading.TakeTail()?.Break(); // if it is of no use
        if (node.Config.AppendOnly) node.AppendOnly.Start(node.Loading.AppendOnlyFiles);
        _historyWasFound = _historyRestored;
        _historyRestored = true; // from here on the history is the node's own, whatever else it loads
        if (node.Config.InitialPrimary is { } primary)
        {
            node.Replication.ReplicaOf(primary.Host, primary.Port);
            if (!_historyWasFound) node.Replication.Protocol.History.Invalidate(); // no primary has ever written what this node holds
        }

        if (node.Config.AppendOnly) node.AppendOnly.MarkBegin();
    }

    // Where the data set stands in a history: the file says so before its first key, an append-only file at its end.
    private void RestoreHistory(RestartIdentity identity)
    {
        if (_historyRestored || identity.Place is not { } place) return;
        _historyRestored = true;
        node.Replication.Restore(identity.Id, place, node.Loading.TakeTail(), node.IsReplica);
    }

    private void Log(string text) => node.Parts.Host.Log(ConfigLogLevel.Notice, text);
}
