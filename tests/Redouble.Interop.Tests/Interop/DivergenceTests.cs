using System.Diagnostics;
using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// A primary that nobody follows any more takes writes, and is then made a replica of the one that was promoted meanwhile: what it gives up is a file, which
/// real Redis programs read, and which on top of what both had is what it had.
/// </summary>
public sealed class DivergenceTests
{
    private static readonly string[] Writes =
    [
        "SET plain value", "APPEND plain more", "INCRBYFLOAT float 0.5", "SETRANGE plain 3 xyz", "SET brief x EX 10000", "DEL key:1 key:2 key:3",
        "MSET a 1 b 2 c 3", "SETBIT bits 1000 1", "PFADD visitors a b c d", "RPUSH list a b c d e f", "LPOP list 2", "LINSERT list BEFORE d new",
        "SADD set 1 2 3 four five", "SPOP set 2", "HSET hash f1 v1 f2 v2 f3 v3", "HINCRBY hash n 41", "HDEL hash f2", "ZADD zset 1 a 2 b 3.5 c",
        "ZINCRBY zset 1.25 b", "ZPOPMIN zset", "XADD stream * field value", "XADD stream * field other", "XGROUP CREATE stream group 0",
        "XREADGROUP GROUP group consumer COUNT 1 STREAMS stream >", "SELECT 3", "SET in-three 3", "EXPIRE in-three 5000", "MULTI", "INCR counter",
        "SELECT 5", "RPUSH in-five a b", "SELECT 3", "INCR counter", "EXEC", "SELECT 0", "RENAME a renamed", "MOVE b 9", "COPY c copied",
        "PUBLISH channel message", "SWAPDB 1 2", "GETDEL c", "SORT list ALPHA STORE sorted", "SUNIONSTORE union set set",
        "GEOADD places 13.36 38.11 Palermo", "UNLINK float",
    ];

    [PairTheory]
    [InlineData("Redis", false)]
    [InlineData("Redouble", false)]
    [InlineData("Redis", true)]
    public void WhatIsGivenUpCanBeReplayed(string promotedKind, bool isChained) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary", "--repl-ping-replica-period", "1");
        DataSet.Fill(s.Connect(primary), seed: 61, 1000);
        ServerProcess promoted = s.Start(Kind(promotedKind), "promoted");
        ServerProcess? middle = isChained ? s.Subject("middle") : null;
        middle?.Follow(primary.Port);
        promoted.Follow(middle?.Port ?? primary.Port);
        Link.WaitEqual(primary, promoted);
        promoted.Once("REPLICAOF", "NO", "ONE");
        if (middle != null)
        {
            middle.Kill();
        }

        promoted.Once("SAVE");
        byte[] common = File.ReadAllBytes(promoted.RdbPath);
        string digest = WriteAlone(s, primary);
        promoted.Once("SET", "written", "by the new primary");
        long second = long.Parse(promoted.Info("replication")["second_repl_offset"]);
        long bytes = Link.Offset(primary) - second + 1;
        primary.Follow(promoted.Port);
        Link.WaitUp(primary);
        Link.WaitEqual(promoted, primary);

        Dictionary<string, string> info = primary.Info("replication");
        Assert.Equal("1", info["redouble_divergence_reports"]);
        Assert.Equal("0", info["redouble_divergence_last_missing_bytes"]);
        Assert.InRange(long.Parse(info["redouble_divergence_last_bytes"]), bytes - 200, bytes); // but for pings behind the last write
        string file = Path.Combine(primary.Directory.Path, info["redouble_divergence_last_file"]);
        string log = primary.Log();
        int saved = log.IndexOf("Divergence report: ", StringComparison.Ordinal);
        Assert.InRange(saved, log.IndexOf("Full resync from master", StringComparison.Ordinal), log.IndexOf("Flushing old data", StringComparison.Ordinal));
        Assert.Equal(0, Run("redis-check-aof", file));

        ServerProcess restored = FromAppendOnlyFiles(s, common, File.ReadAllBytes(file));
        Assert.Equal(digest, restored.Digest());
        restored = s.Redis("piped");
        Load(restored, common);
        Assert.Equal(0, Run("/bin/sh", "-c", $"tail -n +2 {file} | redis-cli -p {restored.Port} --pipe"));
        Assert.Equal(digest, restored.Digest());
    });

    /// <summary>What a Sentinel does with an old primary that comes back: what it had taken alone was still in its log, and was thrown away.</summary>
    [PairTheory]
    [InlineData(true, "--appendonly", "yes")]
    [InlineData(false, "--appendonly", "yes")]
    [InlineData(false, "--repl-backlog-persist", "yes", "--save", "3600 1")]
    public void ARestartInBetweenTakesNothingAway(bool isKilled, params string[] options) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Create(Peers.Subject, "primary", [.. options, "--repl-backlog-size", "16kb"]).StartLoaded();
        DataSet.Fill(s.Connect(primary), seed: 64, 300);
        ServerProcess promoted = s.Subject("promoted");
        promoted.Follow(primary.Port);
        Link.WaitEqual(primary, promoted);
        promoted.Once("REPLICAOF", "NO", "ONE");
        promoted.Once("SAVE");
        byte[] common = File.ReadAllBytes(promoted.RdbPath);
        string digest = WriteAlone(s, primary);
        if (isKilled)
        {
            primary.Kill();
        }
        else
        {
            Assert.Equal(0, primary.Terminate());
        }

        primary.StartLoaded();
        Assert.Equal(digest, primary.Digest());
        primary.Follow(promoted.Port);
        Link.WaitUp(primary);
        Link.WaitEqual(promoted, primary);
        Dictionary<string, string> info = primary.Info("replication");
        Assert.Equal("1", info["redouble_divergence_reports"]);
        Assert.Equal("0", info["redouble_divergence_last_missing_bytes"]);
        string file = Path.Combine(primary.Directory.Path, info["redouble_divergence_last_file"]);
        Assert.Equal(0, Run("redis-check-aof", file));
        Assert.Equal(digest, FromAppendOnlyFiles(s, common, File.ReadAllBytes(file)).Digest());
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AHeadThatIsNotHeldIsStatedInBytes(string promotedKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary", "--repl-backlog-size", "16kb", "--repl-backlog-sole-copy-size", "200kb");
        ServerProcess promoted = s.Start(Kind(promotedKind), "promoted");
        promoted.Follow(primary.Port);
        Link.WaitEqual(primary, promoted);
        promoted.Once("REPLICAOF", "NO", "ONE");
        RespClient client = s.Connect(primary);
        client.Must("SELECT", "7");
        for (int i = 0; i < 1000; i++)
        {
            client.Must("SET", $"key:{i}", new string('v', 1000));
        }

        long second = long.Parse(promoted.Info("replication")["second_repl_offset"]);
        long end = Link.Offset(primary);
        primary.Follow(promoted.Port);
        Link.WaitUp(primary);
        Dictionary<string, string> info = primary.Info("replication");
        long missing = long.Parse(info["redouble_divergence_last_missing_bytes"]);
        long saved = long.Parse(info["redouble_divergence_last_bytes"]);
        Assert.Equal(end - second + 1, missing + saved);
        Assert.InRange(saved, 120_000, 220_000); // an edge every 64 KB at the worst
        string file = Path.Combine(primary.Directory.Path, info["redouble_divergence_last_file"]);
        Assert.Contains($"Missing at the head: {missing} bytes.", File.ReadLines(file).First());
        Assert.Equal(0, Run("redis-check-aof", file));
        ServerProcess restored = s.Redis("restored");
        Assert.Equal(0, Run("/bin/sh", "-c", $"tail -n +2 {file} | redis-cli -p {restored.Port} --pipe"));
        long keys = long.Parse(info["redouble_divergence_last_commands"]);
        RespClient reader = s.Connect(restored);
        reader.Must("SELECT", "7");
        Assert.Equal(keys, reader.Must("DBSIZE").Integer);
        Assert.Equal(keys, Enumerable.Range(1000 - (int)keys, (int)keys).Count(i => reader.Must("EXISTS", $"key:{i}").Integer == 1));
    });

    /// <summary>The file does not fit: nothing is given up, until there is room, or somebody insists.</summary>
    [PairTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void WithoutRoomForTheFileTheDataStays(bool insists) => Scenario.Run(s =>
    {
        if (Peers.SelfTest || !Peers.IsRoot)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary");
        ServerProcess promoted = s.Redis("promoted");
        promoted.Follow(primary.Port);
        Link.WaitEqual(primary, promoted);
        promoted.Once("REPLICAOF", "NO", "ONE");
        RespClient client = s.Connect(primary);
        for (int i = 0; i < 500; i++)
        {
            client.Must("SET", "key", new string((char)('a' + (i % 26)), 1000));
        }

        string digest = primary.Digest();
        Assert.Equal(0, Run("prlimit", "--pid", primary.Pid.ToString(), "--fsize=200000:"));
        primary.Follow(promoted.Port);
        string Field(string name) => primary.Info("replication")[name];
        Poll.Until("the refusal", () => Field("redouble_divergence_last_error") == "File too large", 20_000, () => primary.LogTail());
        Poll.Until("it to be the link's error", () => Field("master_link_last_error").Contains("replica-divergence-report", StringComparison.Ordinal));
        Assert.Equal(digest, primary.Digest());
        Assert.Empty(Directory.GetFiles(primary.Directory.Path, "*divergence*"));
        if (insists)
        {
            primary.Follow(promoted.Port);
        }
        else
        {
            Assert.Equal(0, Run("prlimit", "--pid", primary.Pid.ToString(), "--fsize=unlimited:"));
        }

        Link.WaitUp(primary, 40_000);
        Assert.Equal(promoted.Digest(), primary.Digest());
        Assert.Equal(insists ? 0 : 1, Directory.GetFiles(primary.Directory.Path, "divergence-*.aof").Length);
        Poll.Until("no temporary file to be left", () => Directory.GetFiles(primary.Directory.Path, "temp-*").Length == 0);
    });

    [PairFact]
    public void AFileWithTheFinalNameIsWholeWheneverTheProcessDies() => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary");
        ServerProcess promoted = s.Redis("promoted");
        promoted.Follow(primary.Port);
        Link.WaitEqual(primary, promoted);
        promoted.Once("REPLICAOF", "NO", "ONE");
        RespClient client = s.Connect(primary);
        string value = new Dice(62).Bytes(500_000);
        for (int i = 0; i < 100; i++)
        {
            client.Must("SET", $"key:{i}", value);
        }

        primary.Follow(promoted.Port);
        string[] Files(string pattern) => Directory.GetFiles(primary.Directory.Path, pattern);
        var waited = Stopwatch.StartNew();
        while (Files("*divergence-*").Length == 0)
        {
            Assert.True(waited.ElapsedMilliseconds < 20_000, primary.LogTail());
        }

        primary.Kill();
        Assert.All(Files("divergence-*.aof"), file => Assert.Equal(0, Run("redis-check-aof", file)));
    });

    /// <summary>Five megabytes behind, with a backlog of one: a partial resync all the same, and then the memory is given back.</summary>
    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void WhoeverComesBackFirstGoesOn(string replicaKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        proxy.Refuse = true;
        proxy.CutNow();
        Poll.Until("nobody to follow", () => primary.Info("replication")["connected_slaves"] == "0");
        RespClient client = s.Connect(primary);
        for (int i = 0; i < 500; i++)
        {
            client.Must("SET", $"key:{i}", new string('v', 10_000));
        }

        long HistoryLength() => long.Parse(primary.Info("replication")["repl_backlog_histlen"]);
        Assert.InRange(HistoryLength(), 5_000_000, 6_000_000);
        Assert.InRange(long.Parse(primary.Info("memory")["mem_replication_backlog"]), 5_000_000, 6_000_000);
        proxy.Refuse = false;
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
        Assert.Equal(1, Link.Stat(primary, "sync_partial_ok"));
        Poll.Until("the memory to be given back", () => HistoryLength() < 1_200_000, 20_000, () => $"{HistoryLength()} bytes");
    });

    private static string WriteAlone(Scenario s, ServerProcess primary)
    {
        RespClient client = s.Connect(primary);
        foreach (string command in Writes)
        {
            client.Must(command.Split(' '));
        }

        client.Must("SET", "large", new Dice(63).Bytes(300_000));
        client.Must("LPUSH", "in-zero", "last");
        Thread.Sleep(1100); // a ping may follow, and is no write
        return primary.Digest();
    }

    // As an AOF of several parts, with the data set in common as its base.
    private static ServerProcess FromAppendOnlyFiles(Scenario s, byte[] common, byte[] divergence)
    {
        ServerProcess server = s.Create(ServerKind.Redis, "restored", "--appendonly", "yes");
        string directory = server.Directory["appendonlydir"];
        Directory.CreateDirectory(directory);
        File.WriteAllBytes(Path.Combine(directory, "appendonly.aof.1.base.rdb"), common);
        File.WriteAllBytes(Path.Combine(directory, "appendonly.aof.1.incr.aof"), divergence);
        File.WriteAllText(
            Path.Combine(directory, "appendonly.aof.manifest"), "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n");
        server.Start();
        Poll.Until("the files to be loaded", () => server.Info("persistence").GetValueOrDefault("loading") == "0");
        return server;
    }

    private static void Load(ServerProcess server, byte[] rdb)
    {
        File.WriteAllBytes(server.RdbPath, rdb);
        server.Once("DEBUG", "RELOAD", "NOSAVE");
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit(20_000);
        return process.ExitCode == 0 || output.Length == 0 ? process.ExitCode : throw new InvalidOperationException(output);
    }
}
