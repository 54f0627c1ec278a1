using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>A server with an append-only file that is killed and started again goes on by a partial resync, whichever of the two it was.</summary>
public sealed class AofRestartTests
{
    [PairTheory]
    [InlineData("always", false)]
    [InlineData("everysec", false)]
    [InlineData("always", true)]
    [InlineData("everysec", true)]
    public void AKilledReplicaGoesOn(string fsync, bool isBusy) => Scenario.Run(s =>
    {
        if (Peers.SelfTest) return;
        ServerProcess primary = s.Subject("primary", "--repl-backlog-size", "64mb");
        ServerProcess replica = s.Create(Peers.Subject, "replica", "--appendonly", "yes", "--appendfsync", fsync, "--replicaof",
            $"127.0.0.1 {primary.Port}").StartLoaded();
        Link.WaitUp(replica);
        DataSet.Fill(s.Connect(primary), seed: 5, 500);
        Link.WaitEqual(primary, replica);
        WaitForMark(replica);
        KillDuringWrites(s, replica, primary, isBusy);
        replica.StartLoaded();
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.FullSyncs(primary));
        Assert.Equal(1, Link.Stat(primary, "sync_partial_ok"));
    });

    /// <summary>With <c>always</c> nothing leaves for replicas before it is in the file, so they are never ahead of it.</summary>
    [PairTheory]
    [InlineData("always", false)]
    [InlineData("everysec", false)]
    [InlineData("always", true)]
    public void AKilledPrimaryGoesOn(string fsync, bool isBusy) => Scenario.Run(s =>
    {
        if (Peers.SelfTest) return;
        ServerProcess primary = s.Create(Peers.Subject, "primary", "--appendonly", "yes", "--appendfsync", fsync, "--repl-ping-replica-period",
            "3600").StartLoaded();
        ServerProcess replica = s.Subject("replica");
        Link.Attach(replica, primary);
        DataSet.Fill(s.Connect(primary), seed: 6, 500);
        Link.WaitEqual(primary, replica);
        WaitForMark(primary);
        KillDuringWrites(s, primary, primary, isBusy);
        primary.StartLoaded();
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        primary.Once("SET", "after", "1");
        Link.WaitEqual(primary, replica);
        Assert.Equal(0, Link.FullSyncs(primary));
        Assert.Equal(1, Link.Stat(primary, "sync_partial_ok"));
    });

    /// <summary>What was promised to nobody may be lost; what a replica has then, and the file has not, must not be taken for the same.</summary>
    [PairFact]
    public void ACopyAheadOfTheFileIsMadeAnew() => Scenario.Run(s =>
    {
        if (Peers.SelfTest) return;
        ServerProcess primary = s.Create(Peers.Subject, "primary", "--appendonly", "yes").StartLoaded();
        ServerProcess replica = s.Subject("replica");
        Link.Attach(replica, primary);
        DataSet.Fill(s.Connect(primary), seed: 7, 200);
        Link.WaitEqual(primary, replica);
        WaitForMark(primary);
        string file = Directory.EnumerateFiles(primary.Directory["appendonlydir"], "*.incr.aof").Single();
        long length = new FileInfo(file).Length;
        primary.Once("SET", "lost", "1");
        Link.WaitEqual(primary, replica);
        Poll.Until("the write to be in the file", () => new FileInfo(file).Length > length + 30);
        primary.Kill();
        using (FileStream cut = File.OpenWrite(file)) cut.SetLength(length); // as a power loss does
        primary.StartLoaded();
        primary.Once("SET", "other", "1");
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.FullSyncs(primary));
        Assert.Equal("$(null)", replica.Once("GET", "lost").ToString());
    });

    /// <summary>A real Redis writes no marks: what it has added is in no history that a replica could go on with.</summary>
    [PairFact]
    public void AFileContinuedByRedisIsNoPlaceToGoOnFrom() => Scenario.Run(s =>
    {
        if (Peers.SelfTest) return;
        ServerProcess primary = s.Subject("primary");
        ServerProcess replica = s.Create(Peers.Subject, "replica", "--appendonly", "yes", "--replicaof", $"127.0.0.1 {primary.Port}").StartLoaded();
        Link.WaitUp(replica);
        DataSet.Fill(s.Connect(primary), seed: 8, 200);
        Link.WaitEqual(primary, replica);
        WaitForMark(replica);
        Assert.Equal(0, replica.Terminate());
        ServerProcess redis = ServerProcess.CreateIn(replica.Directory, ServerKind.Redis, "redis", "--appendonly", "yes");
        redis.StartLoaded();
        redis.Once("SET", "foreign", "1");
        Assert.Equal(0, redis.Terminate());
        replica.StartLoaded();
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal(2, Link.FullSyncs(primary));
        replica.WaitForLog("commands follow the last mark of its place in the replication history");
    });

    /// <summary>A mark follows the last write within a second.</summary>
    private static void WaitForMark(ServerProcess server)
    {
        long offset = Link.Offset(server);
        string directory = server.Directory["appendonlydir"];
        Poll.Until("the mark behind the last write", () =>
        {
            string path = Directory.EnumerateFiles(directory, "*.incr.aof").Order(StringComparer.Ordinal).Last();
            // Behind a full sync it is begun before its base is there; until then the manifest names the files of before.
            if (!File.ReadAllText(Path.Combine(directory, "appendonly.aof.manifest")).Contains(Path.GetFileName(path), StringComparison.Ordinal)) return false;
            string last = File.ReadLines(path, System.Text.Encoding.Latin1).Last();
            // The file of before may end with "#RD:none".
            string[] words = last.StartsWith("#RD:", StringComparison.Ordinal) ? last[4..].Split(' ') : [];
            string at = words.Length == 2 ? words[0] : words.ElementAtOrDefault(1) ?? ""; // two words go on from the mark before
            return long.TryParse(at, out long marked) && marked >= offset;
        });
    }

    private static void KillDuringWrites(Scenario s, ServerProcess killed, ServerProcess writtenTo, bool isBusy)
    {
        if (!isBusy)
        {
            killed.Kill();
            return;
        }

        RespClient client = s.Connect(writtenTo);
        using CancellationTokenSource stop = new();
        Thread writer = new(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    client.Must("SET", $"busy:{i % 100}", $"value {i}");
                }
                catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException)
                {
                    return; // it was this one that was killed
                }
            }
        });
        writer.Start();
        Thread.Sleep(300);
        killed.Kill();
        Thread.Sleep(100);
        stop.Cancel();
        writer.Join();
    }
}
