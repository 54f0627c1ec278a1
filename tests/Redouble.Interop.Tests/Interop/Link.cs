using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Waiting for replication: links up, offsets and data sets equal.</summary>
internal static class Link
{
    private const int PauseMs = 300;

    public static void WaitUp(ServerProcess replica, int timeoutMs = 20_000)
    {
        using RespClient client = replica.Connect();
        Poll.Until($"{replica.Name}: master_link_status:up", () => client.Info("replication").GetValueOrDefault("master_link_status") == "up", timeoutMs,
            () => Latin1.Quote(client.Must("INFO", "replication").String));
    }

    public static void WaitDown(ServerProcess replica, int timeoutMs = 20_000)
    {
        using RespClient client = replica.Connect();
        Poll.Until($"{replica.Name}: master_link_status:down", () => client.Info("replication").GetValueOrDefault("master_link_status") == "down", timeoutMs);
    }

    public static void Follow(this ServerProcess replica, int primaryPort) => replica.Once("REPLICAOF", "127.0.0.1", primaryPort.ToString());

    /// <summary>The same, and waits until it has been accepted: the link to this primary is up.</summary>
    public static void Attach(ServerProcess replica, ServerProcess primary)
    {
        replica.Follow(primary.Port);
        WaitUp(replica);
        Assert.Equal(primary.Port.ToString(), replica.Info("replication")["master_port"]);
    }

    /// <summary>Full syncs that these servers have given.</summary>
    public static long FullSyncs(params ServerProcess[] servers) => servers.Sum(server => Stat(server, "sync_full"));

    public static long Stat(ServerProcess server, string field) => long.Parse(server.Info("stats")[field]);

    public static long Offset(ServerProcess server) => long.Parse(server.Info("replication")["master_repl_offset"]);

    /// <summary>
    /// Waits until every replica's link is up, its offset is the primary's and the digests of all data sets are equal. The primary's own expiry still
    /// deletes keys after the last write, so equality has to come, not to be there at once. A Redis takes half a minute to find some hundred expired keys
    /// among thousands, a few in each tenth of a second: where that goes on its writes are paused for the moment of a look, and with them its expiry.
    /// </summary>
    public static void WaitEqual(ServerProcess primary, params ServerProcess[] replicas) => WaitEqual(atRest: true, primary, replicas);

    /// <summary>The same of a primary whose offset never rests, since Sentinels publish: its replicas are not behind, and the data sets are equal.</summary>
    public static void WaitCopies(ServerProcess primary, params ServerProcess[] replicas) => WaitEqual(atRest: false, primary, replicas);

    private static void WaitEqual(bool atRest, ServerProcess primary, ServerProcess[] replicas)
    {
        string state = "";
        int looks = 0;
        Poll.Until(
            "replicas to equal their primary",
            () =>
            {
                if (atRest && looks++ > 2) primary.Once("CLIENT", "PAUSE", $"{PauseMs}", "WRITE");
                long before = Offset(primary);
                string digest = primary.Digest();
                state = $"{primary.Name}: offset {before}, digest {digest}, {Sizes(primary)}";
                bool equal = true;
                var offsets = new List<long>();
                foreach (ServerProcess replica in replicas)
                {
                    Dictionary<string, string> info = replica.Info("replication");
                    string copy = replica.Digest();
                    string applied = info.GetValueOrDefault("slave_repl_offset") ?? "none";
                    state += $"\n{replica.Name}: link {info.GetValueOrDefault("master_link_status")}, offset {applied}, digest {copy}, {Sizes(replica)}";
                    equal &= info.GetValueOrDefault("master_link_status") == "up" && copy == digest && applied != "none";
                    if (equal) offsets.Add(long.Parse(applied));
                }

                long after = Offset(primary);
                return equal && offsets.TrueForAll(offset => offset >= before && offset <= after) && (atRest ? after == before : primary.Digest() == digest);
            },
            20_000,
            () => state);
    }

    private static string Sizes(ServerProcess server) => string.Join(' ', server.Info("keyspace").Select(p => $"{p.Key}:{p.Value}"));
}
