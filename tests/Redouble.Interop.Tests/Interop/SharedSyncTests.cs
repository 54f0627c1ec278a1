using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// Replicas that share a full sync, one of which is frozen, or runs seldom: its siblings do not wait for it. With repl-timeout at ten minutes it is not the
/// timeout that lets them go on.
/// </summary>
[Collection(Lanes.Syncs)]
public sealed class SharedSyncTests
{
    private const int Keys = 150_000;
    private const string ValueBytes = "400"; // 60 MB: more than the buffers of the system and of a stream hold
    private const long PayloadMax = 45_000_000; // of the bad one; if its sibling waited, it would have all but what a stream holds, 8 MB

    [Theory]
    [InlineData("yes", true)]
    [InlineData("yes", false)]
    [InlineData("no", true)]
    public void TheOthersDoNotWaitForOneThatDoesNotGetOn(string diskless, bool isFrozen) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject(
            "primary", "--repl-timeout", "600", "--repl-diskless-sync", diskless, "--repl-diskless-sync-delay", "60", "--repl-diskless-sync-max-replicas", "2",
            "--rdbcompression", "no", "--rdb-key-save-delay", "-5"); // some seconds
        ServerProcess bad = s.Subject("bad", "--repl-timeout", "600");
        ServerProcess sibling = s.Subject("sibling", "--repl-timeout", "600");
        primary.Once("DEBUG", "POPULATE", $"{Keys}", "key", ValueBytes);
        bad.Follow(primary.Port);
        sibling.Follow(primary.Port);
        Poll.Until("the snapshot to begin", () => primary.Info("persistence")["rdb_bgsave_in_progress"] == "1", 30_000);
        Poll.Until("both to be there", () => primary.Info("replication")["connected_slaves"] == "2", 30_000); // a file is begun for the first
        using (var seldom = new Seldom(bad, isFrozen))
        {
            Link.WaitUp(sibling, 60_000);
            Assert.InRange(PayloadSent(primary, bad), 0, PayloadMax);
        }

        Link.WaitUp(bad, 60_000);
        Link.WaitEqual(primary, bad);
        Link.WaitEqual(primary, sibling);
        if (isFrozen) Assert.Equal(diskless == "yes", primary.Log().Contains("so slowly that other replicas have to wait", StringComparison.Ordinal));
        Poll.Until("the file to go", () => primary.Info("persistence")["redouble_sync_spooled"] == "0");
        Assert.DoesNotContain("Disconnecting timedout", primary.Log());
    });

    // Asked at the primary: the one in question may not answer.
    private static long PayloadSent(ServerProcess primary, ServerProcess replica)
    {
        string line = primary.Info("replication").Single(field => field.Key.StartsWith("redouble_replica", StringComparison.Ordinal)
            && field.Value.Contains($",port={replica.Port},", StringComparison.Ordinal)).Value;
        Assert.Contains(",phase=sending,", line);
        return long.Parse(line.Split(',').Single(pair => pair.StartsWith("payload_sent=", StringComparison.Ordinal)).Split('=')[1]);
    }

    /// <summary>Stops a server, for good or but for 20 ms every five seconds, until this ends.</summary>
    private sealed class Seldom : IDisposable
    {
        private readonly ServerProcess _server;
        private readonly Thread? _thread;
        private readonly ManualResetEventSlim _ended = new();

        public Seldom(ServerProcess server, bool isFrozen)
        {
            _server = server;
            server.Signal("STOP");
            if (isFrozen) return;
            _thread = new Thread(Alternate);
            _thread.Start();
        }

        public void Dispose()
        {
            _ended.Set();
            _thread?.Join();
            _server.Signal("CONT");
            _ended.Dispose();
        }

        private void Alternate()
        {
            while (!_ended.Wait(5000))
            {
                _server.Signal("CONT");
                Thread.Sleep(20);
                _server.Signal("STOP");
            }
        }
    }
}
