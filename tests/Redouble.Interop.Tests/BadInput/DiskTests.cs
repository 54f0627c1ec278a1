using System.Diagnostics;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>Disks that are full or may not be written: the save fails by name, the last good file and the data stay, and writes stop as Redis' do.</summary>
public sealed class DiskTests
{
    private const string Misconf =
        "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, "
        + "because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). "
        + "Please check the Redis logs for details about the RDB error.";

    [RedoubleTheory]
    [InlineData("BGSAVE")]
    [InlineData("SAVE")]
    public void AFullDiskLosesNothing(string how) => Scenario.Run(s =>
    {
        using var disk = new SmallDisk(megabytes: 2);
        if (!disk.Mounted)
        {
            return; // Mounting needs rights that this run has not.
        }

        ServerProcess server = s.Subject("server", "--dir", disk.Path, "--save", "3600 1");
        RespClient client = s.Connect(server);
        client.Must("SET", "small", "value");
        client.Must("SAVE");
        string rdb = Path.Combine(disk.Path, "dump.rdb");
        byte[] good = File.ReadAllBytes(rdb);
        client.Must("SET", "large", new Differential.Dice(43).Bytes(5 << 20));
        string digest = client.Must("DEBUG", "DIGEST").String;
        Fail(client, how);
        server.WaitForLog("No space left on device");
        Assert.Equal(good, File.ReadAllBytes(rdb));
        Assert.Equal([rdb], Directory.GetFiles(disk.Path));
        Assert.Equal(digest, client.Must("DEBUG", "DIGEST").String);
        if (how == "BGSAVE")
        {
            Assert.Equal(Misconf, client.Call("SET", "k", "v").ToString());
            Assert.Equal(Misconf, client.Call("PING").ToString());
            Assert.Equal('$', client.Call("GET", "small").Type);
        }

        client.Must("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
        client.Must("DEL", "large");
        client.Must("SAVE");
        Assert.Equal("ok", client.Info("persistence")["rdb_last_bgsave_status"]);
        client.Must("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes");
        client.Must("SET", "k", "v");
    });

    [RedoubleTheory]
    [InlineData("BGSAVE")]
    [InlineData("SAVE")]
    public void AReadOnlyDirectoryLosesNothing(string how) => Scenario.Run(s =>
    {
        using var disk = new SmallDisk(megabytes: 2);
        if (!disk.Mounted)
        {
            return;
        }

        ServerProcess server = s.Subject("server", "--dir", disk.Path, "--save", "3600 1");
        RespClient client = s.Connect(server);
        client.Must("SET", "k", "1");
        client.Must("SAVE");
        string rdb = Path.Combine(disk.Path, "dump.rdb");
        byte[] good = File.ReadAllBytes(rdb);
        client.Must("SET", "k", "2");
        disk.MakeReadOnly();
        Fail(client, how);
        server.WaitForLog("Read-only file system");
        Assert.Equal(good, File.ReadAllBytes(rdb));
        Assert.Equal("2", client.Must("GET", "k").String);
    });

    [RedoubleFact]
    public void KilledInTheMiddleOfASaveTheLastFileIsWhatThereIs() => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Peers.Subject, "server").Start();
        using (RespClient client = server.Connect())
        {
            client.Must("SET", "k", "saved");
            client.Must("SAVE");
            client.Must("SET", "k", "not saved");
            string incompressible = new Differential.Dice(45).Bytes(2_000_000);
            for (int i = 0; i < 60; i++)
            {
                client.Must("SET", $"large:{i}", incompressible);
            }

            client.Must("BGSAVE");
        }

        byte[] good = File.ReadAllBytes(server.RdbPath);
        Poll.Until("the new file to be begun", () => Directory.GetFiles(server.Directory.Path, "temp-*.rdb").Length > 0);
        server.Kill();
        Assert.Single(Directory.GetFiles(server.Directory.Path, "temp-*.rdb"));
        Assert.Equal(good, File.ReadAllBytes(server.RdbPath));
        server.StartLoaded();
        Assert.Equal(1, server.Once("DBSIZE").Integer);
        Assert.Equal("saved", server.Once("GET", "k").String);
        Poll.Until("what the killed process has left is removed", () => Directory.GetFiles(server.Directory.Path, "temp-*").Length == 0);
    });

    [RedoubleTheory]
    [InlineData("BGSAVE")]
    [InlineData("SAVE")]
    public void AFileSizeLimitIsAFailedSaveAndNotTheEnd(string how) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return; // Redis' child process dies of the signal.
        }

        ServerProcess server = s.Subject("server", "--save", "3600 1");
        RespClient client = s.Connect(server);
        client.Must("SET", "small", "value");
        using (Process limit = Process.Start("prlimit", ["--pid", server.Pid.ToString(), "--fsize=2000000"]))
        {
            limit.WaitForExit(5000);
            Assert.Equal(0, limit.ExitCode);
        }

        client.Must("SAVE");
        byte[] good = File.ReadAllBytes(server.RdbPath);
        client.Must("SET", "large", new Differential.Dice(46).Bytes(5 << 20));
        Fail(client, how);
        server.WaitForLog("File too large");
        Assert.Equal(good, File.ReadAllBytes(server.RdbPath));
        Assert.Equal("value", client.Must("GET", "small").String);
    });

    [RedoubleFact]
    public void ADirectoryThatIsNotThereStopsTheStart() => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(ServerKind.Redouble, "server", "--dir", "/no/such/directory");
        server.Launch();
        Assert.Equal(1, server.WaitForExit());
        Assert.Contains("No such file or directory", server.Log());
        Assert.Contains("'dir \"/no/such/directory\"'", server.Log());
    });

    [RedoubleFact]
    public void APortInUseIsOneClearLine() => Scenario.Run(s =>
    {
        ServerProcess first = s.Subject("first");
        ServerProcess second = s.Create(ServerKind.Redouble, "second");
        second.LaunchWith("--port", first.Port.ToString(), "--bind", "127.0.0.1", "--dir", second.Directory.Path);
        Assert.Equal(1, second.WaitForExit());
        string tcp = Peers.SelfTest ? "(TCP)" : "(tcp)";
        Assert.Contains($"Failed listening on port {first.Port} {tcp}, aborting.", second.Log());
        Assert.Contains("Address already in use", second.Log());
        Assert.Equal("+PONG", first.Once("PING").ToString());
    });

    [RedoubleFact]
    public void AFullDiskOnTheReplicaLeavesItsOldDataInPlace() => Scenario.Run(s =>
    {
        using var disk = new SmallDisk(megabytes: 2);
        if (!disk.Mounted || Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary");
        primary.Once("SET", "large", new Differential.Dice(44).Bytes(5 << 20));
        ServerProcess replica = s.Subject("replica", "--dir", disk.Path);
        replica.Once("SET", "mine", "kept");
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        replica.WaitForLog("No space left on device");
        Assert.Equal("kept", replica.Once("GET", "mine").String);
        Assert.Equal("down", replica.Info("replication")["master_link_status"]);
    });

    private static void Fail(RespClient client, string how)
    {
        Reply reply = client.Call(how);
        if (how == "SAVE")
        {
            Assert.Equal("-ERR", reply.ToString().Split(' ')[0]);
            return;
        }

        Poll.Until("BGSAVE to fail", () => client.Info("persistence")["rdb_last_bgsave_status"] == "err");
    }
}
