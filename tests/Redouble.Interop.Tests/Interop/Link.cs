using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Waiting for replication: links up, offsets and data sets equal.</summary>
internal static class Link
{
    private const int PauseMs = 5000; // longer than a look takes, which ends it

    public static void WaitUp(ServerProcess replica, int timeoutMs = 30_000)
    {
        using RespClient client = replica.Connect();
        Poll.Until($"{replica.Name}: master_link_status:up", () => client.Info("replication").GetValueOrDefault("master_link_status") == "up", timeoutMs,
            () => Latin1.Quote(client.Must("INFO", "replication").String));
    }

    public static void WaitDown(ServerProcess replica, int timeoutMs = 30_000)
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
    /// deletes keys after the last write, a Redis' for half a minute: a few of some hundred among thousands in each tenth of a second. So its writes are
    /// paused for the moment of a look, and with them its expiry. A digest takes half a second: it is asked for when the offsets are equal, and of all at once.
    /// </summary>
    public static void WaitEqual(ServerProcess primary, params ServerProcess[] replicas) => WaitEqual(atRest: true, primary, replicas);

    /// <summary>The same of a primary whose offset never rests, since Sentinels publish: its replicas are not behind, and the data sets are equal.</summary>
    public static void WaitCopies(ServerProcess primary, params ServerProcess[] replicas) => WaitEqual(atRest: false, primary, replicas);

    private static void WaitEqual(bool atRest, ServerProcess primary, ServerProcess[] replicas)
    {
        using RespClient control = primary.Connect();
        string state = "";
        bool Look()
        {
            if (atRest) control.Must("CLIENT", "PAUSE", $"{PauseMs}", "WRITE");
            long offset = Offset(primary);
            state = $"{primary.Name}: offset {offset}, {Sizes(primary)}";
            bool areThere = true;
            long most = offset;
            foreach (ServerProcess replica in replicas)
            {
                Dictionary<string, string> info = replica.Info("replication");
                string link = info.GetValueOrDefault("master_link_status") ?? "none", applied = info.GetValueOrDefault("slave_repl_offset") ?? "none";
                state += $"\n{replica.Name}: link {link}, offset {applied}, {Sizes(replica)}";
                areThere &= link == "up" && long.TryParse(applied, out long place) && (atRest ? place == offset : place >= offset);
                if (areThere) most = Math.Max(most, long.Parse(applied));
            }

            if (!areThere) return false;
            string[] digests = Digests([primary, .. replicas]);
            state += $"\ndigests: {string.Join(' ', digests)}";
            return digests.Distinct().Count() == 1 && most <= Offset(primary);
        }

        bool LookAndGoOn()
        {
            try
            {
                return Look();
            }
            finally
            {
                if (atRest) control.Must("CLIENT", "UNPAUSE");
            }
        }

        Poll.Until("replicas to equal their primary", LookAndGoOn, 60_000, () => state);
    }

    private static string[] Digests(ServerProcess[] servers)
    {
        RespClient[] clients = [.. servers.Select(server => server.Connect())];
        foreach (RespClient client in clients) client.Send("DEBUG", "DIGEST");
        string[] digests = [.. clients.Select(client => client.Read().String)];
        foreach (RespClient client in clients) client.Dispose();
        return digests;
    }

    private static string Sizes(ServerProcess server) => string.Join(' ', server.Info("keyspace").Select(p => $"{p.Key}:{p.Value}"));
}
