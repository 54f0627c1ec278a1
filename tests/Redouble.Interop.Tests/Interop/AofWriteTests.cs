using System.Diagnostics;
using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Append-only files written here are what a real Redis loads, and finds in order.</summary>
public sealed class AofWriteTests
{
    [PairTheory]
    [InlineData("yes", "everysec")]
    [InlineData("yes", "always")]
    [InlineData("no", "everysec")]
    [InlineData("no", "no")]
    public void TheRealRedisLoadsBaseAndIncrements(string preamble, string policy) => Scenario.Run(s =>
    {
        ServerProcess writer = s.Subject("writer", "--appendonly", "yes", "--aof-use-rdb-preamble", preamble, "--appendfsync", policy);
        RespClient client = s.Connect(writer);
        client.Must("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        DataSet.Fill(client, seed: 71, 4000);
        AssertLoads(s, writer, $"first-{preamble}-{policy}");
        client.Must("BGREWRITEAOF");
        DataSet.Fill(client, seed: 72, 1000);
        WaitForRewrite(client);
        DataSet.Fill(client, seed: 73, 1000);
        AssertLoads(s, writer, $"second-{preamble}-{policy}");
        string[] files = [.. Directory.GetFiles(writer.Directory["appendonlydir"]).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal([$"appendonly.aof.2.base.{(preamble == "yes" ? "rdb" : "aof")}", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest"], files);
    });

    [PairFact]
    public void ARewriteUnderAWriteLoadLosesNothing() => Scenario.Run(s =>
    {
        ServerProcess writer = s.Subject("writer", "--appendonly", "yes");
        RespClient client = s.Connect(writer);
        DataSet.Fill(client, seed: 74, 20_000);
        bool stop = false;
        var mover = new Thread(() =>
        {
            using RespClient pair = writer.Connect();
            for (int i = 0; !Volatile.Read(ref stop); i++)
            {
                pair.Pipeline([["MULTI"], ["INCR", "left"], ["INCR", "right"], ["EXEC"], ["SET", $"key:{i % 20_000}", $"{i}"], ["RPUSH", "log", $"{i}"]]);
            }
        });
        mover.Start();
        try
        {
            for (int i = 0; i < 3; i++)
            {
                client.Must("BGREWRITEAOF");
                WaitForRewrite(client);
            }
        }
        finally
        {
            Volatile.Write(ref stop, true);
            mover.Join();
        }

        AssertLoads(s, writer, "rewritten");
    });

    [PairFact]
    public void SwitchedOnAndOffWhileWritesGoOn() => Scenario.Run(s =>
    {
        ServerProcess writer = s.Subject("writer");
        RespClient client = s.Connect(writer);
        client.Must("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        DataSet.Fill(client, seed: 75, 3000);
        client.Must("CONFIG", "SET", "appendonly", "yes");
        DataSet.Fill(client, seed: 76, 1000);
        Poll.Until("the directory to be there", () => Directory.Exists(writer.Directory["appendonlydir"]));
        WaitForRewrite(client);
        DataSet.Fill(client, seed: 77, 1000);
        AssertLoads(s, writer, "on");
        client.Must("CONFIG", "SET", "appendonly", "no");
        string digest = writer.Digest();
        DataSet.Fill(client, seed: 78, 500);
        Assert.Equal(digest, Load(s, writer, "off").Digest());
        client.Must("CONFIG", "SET", "appendonly", "yes");
        Poll.Until("the file to be on again", () => client.Info("persistence")["aof_rewrite_in_progress"] == "0");
        AssertLoads(s, writer, "again");
    });

    /// <summary>Whatever was acknowledged with always is there; with everysec what is there is what was sent first.</summary>
    [PairTheory]
    [InlineData("always", 81)]
    [InlineData("everysec", 82)]
    public void KilledAtARandomMomentItIsAPrefix(string policy, int seed) => Scenario.Run(s =>
    {
        var dice = new Dice(seed);
        for (int run = 0; run < 4; run++)
        {
            ServerProcess writer = s.Subject($"writer-{run}", "--appendonly", "yes", "--appendfsync", policy);
            long acknowledged = -1;
            var load = new Thread(() =>
            {
                try
                {
                    using RespClient client = writer.Connect();
                    for (int i = 0; ; i++)
                    {
                        client.Pipeline([["MULTI"], ["RPUSH", "log", $"{i}"], ["SET", "last", $"{i}"], ["EXEC"]]);
                        Volatile.Write(ref acknowledged, i);
                        if (i % 50 == 0) client.Must("BGREWRITEAOF");
                    }
                }
                catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or InvalidOperationException or Xunit.Sdk.XunitException)
                {
                    // The server is gone, or a rewrite was under way: either ends it.
                }
            });
            load.Start();
            Thread.Sleep(dice.Between(100, 700));
            writer.Kill();
            load.Join();
            ServerProcess reader = Load(s, writer, $"reader-{run}");
            using RespClient check = reader.Connect();
            long length = check.Must("LLEN", "log").Integer;
            if (length > 0)
            {
                Assert.Equal($"{length - 1}", check.Must("LINDEX", "log", "-1").String);
                Assert.Equal($"{length - 1}", check.Must("GET", "last").String);
            }

            if (policy == "always") Assert.True(length > acknowledged, $"seed {seed}, run {run}: {acknowledged + 1} acknowledged, {length} there");
        }
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AReplicaWritesWhatItReceives(string primaryKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Pairs.Kind(primaryKind), "primary");
        RespClient client = s.Connect(primary);
        client.Must("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        DataSet.Fill(client, seed: 91, 2000);
        ServerProcess replica = s.Subject("replica", "--appendonly", "yes", "--replicaof", "127.0.0.1 " + primary.Port);
        RespClient follower = s.Connect(replica);
        Poll.Until("the replica to be in sync", () => follower.Info("replication")["master_link_status"] == "up");
        DataSet.Fill(client, seed: 92, 2000);
        client.Must("PUBLISH", "channel", "text");
        client.Must("WAIT", "1", "5000");
        Poll.Until("the file to be on", () => follower.Info("persistence")["aof_enabled"] == "1");
        WaitForRewrite(follower);
        AssertLoads(s, replica, "reader");
        if (primaryKind == "Redouble")
        {
            client.Must("SET", "durable", "yes");
            Assert.Equal(1, client.Must("WAITAOF", "0", "1", "5000").Items[1].Integer);
        }
    });

    [PairFact]
    public void AFullDiskRefusesWritesAndGoesOnBehindIt() => Scenario.Run(s =>
    {
        using var disk = new SmallDisk(megabytes: 2);
        if (!disk.Mounted)
        {
            return; // Mounting needs rights that this run has not.
        }

        ServerProcess writer = s.Subject("writer", "--dir", disk.Path, "--appendonly", "yes");
        RespClient client = s.Connect(writer);
        client.Must("SET", "k", "1");
        string filler = Path.Combine(disk.Path, "filler");
        Fill(filler);
        client.Must("SET", "large", new string('x', 100_000));
        Poll.Until("writes to be refused", () => client.Call("SET", "k", "2").ToString() == "-MISCONF Errors writing to the AOF file: No space left on device");
        Assert.Equal(1, client.Must("EXISTS", "k").Integer);
        File.Delete(filler);
        Poll.Until("writes to be taken again", () => !client.Call("SET", "k", "3").IsError);
        WaitUntilWritten(client);
        string digest = writer.Digest();
        ServerProcess reader = s.Create(ServerKind.Redis, "reader", "--appendonly", "yes");
        Copy(Path.Combine(disk.Path, "appendonlydir"), reader.Directory["appendonlydir"]);
        reader.StartLoaded();
        Assert.Equal(digest, reader.Digest());
    });

    /// <summary>A file goes on where it ended, after SIGKILL too; and what was written before and behind that is one data set.</summary>
    [PairTheory]
    [InlineData("yes")]
    [InlineData("no")]
    public void ARestartedServerGoesOnWithItsFile(string preamble) => Scenario.Run(s =>
    {
        ServerProcess writer = s.Subject("writer", "--appendonly", "yes", "--aof-use-rdb-preamble", preamble);
        using (RespClient client = writer.Connect())
        {
            client.Must("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            DataSet.Fill(client, seed: 94, 2000);
            client.Must("BGREWRITEAOF");
            WaitForRewrite(client);
            DataSet.Fill(client, seed: 95, 500);
            WaitUntilWritten(client);
            Thread.Sleep(50);
        }

        string digest = writer.Digest();
        writer.Kill();
        writer.StartLoaded();
        Assert.Equal(digest, writer.Digest());
        RespClient again = s.Connect(writer);
        again.Must("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        again.Must("SELECT", "5");
        again.Must("SET", "k", "v");
        DataSet.Fill(again, seed: 96, 500);
        AssertLoads(s, writer, "killed");
        digest = writer.Digest();
        Assert.Equal(0, writer.Terminate());
        writer.StartLoaded();
        Assert.Equal(digest, writer.Digest());
    });

    private static void Fill(string path)
    {
        try
        {
            using FileStream file = File.Create(path);
            byte[] bytes = new byte[4096];
            while (true)
            {
                file.Write(bytes);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // It is full now.
        }
    }

    private static void WaitForRewrite(RespClient client) =>
        Poll.Until("the rewrite to end", () =>
        {
            Dictionary<string, string> info = client.Info("persistence");
            return info["aof_rewrite_in_progress"] == "0" && info["aof_rewrite_scheduled"] == "0";
        });

    private static void WaitUntilWritten(RespClient client) => Poll.Until("all to be written", () => client.Info("persistence")["aof_buffer_length"] == "0");

    private static void AssertLoads(Scenario s, ServerProcess writer, string name)
    {
        using RespClient client = writer.Connect();
        WaitUntilWritten(client);
        Thread.Sleep(20); // what is handed over is being written
        Assert.Equal(writer.Digest(), Load(s, writer, name).Digest());
    }

    // A real Redis with a copy of the files, which its checker finds nothing wrong with.
    private static ServerProcess Load(Scenario s, ServerProcess writer, string name)
    {
        ServerProcess reader = s.Create(ServerKind.Redis, name, "--appendonly", "yes");
        Copy(writer.Directory["appendonlydir"], reader.Directory["appendonlydir"]);
        if (!writer.HasExited) Check(reader.Directory["appendonlydir"]);
        reader.StartLoaded();
        reader.Once("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        return reader;
    }

    private static void Check(string directory)
    {
        var start = new ProcessStartInfo("redis-check-aof", [Path.Combine(directory, "appendonly.aof.manifest")]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("All AOF files and manifest are valid", output);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
