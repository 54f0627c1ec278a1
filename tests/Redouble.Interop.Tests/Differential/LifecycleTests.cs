using System.Diagnostics;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Start, load, save and shutdown; each test runs on both servers, so that what it expects is what Redis does.</summary>
public sealed class LifecycleTests
{
    public static TheoryData<string> Kinds() => [nameof(ServerKind.Redis), nameof(ServerKind.Redouble)];

    public static TheoryData<string, string> KindsAndSignals() => new()
    {
        { nameof(ServerKind.Redis), "TERM" },
        { nameof(ServerKind.Redis), "INT" },
        { nameof(ServerKind.Redouble), "TERM" },
        { nameof(ServerKind.Redouble), "INT" },
    };

    [PairTheory]
    [MemberData(nameof(KindsAndSignals))]
    public void SignalsShutDownAndSaveWhenSavePointsAreSet(string kind, string signal) => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Kind(kind), "server", "--save", "3600 1", "--pidfile", "./server.pid", "--daemonize", "no").Start();
        string pid = File.ReadAllText(server.Directory["server.pid"]).Trim();
        Assert.Equal(server.Pid.ToString(), pid);
        server.Once("SET", "k", "kept");
        server.Signal(signal);
        Assert.Equal(0, server.WaitForExit());
        Assert.Contains("is now ready to exit, bye bye...", server.Log());
        Assert.False(File.Exists(server.Directory["server.pid"]));
        server.Start();
        Assert.Equal("kept", server.Once("GET", "k").String);
    });

    /// <summary>As a supervisor's watchdog asks for a core.</summary>
    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void TheFirstAbortEndsTheProcess(string kind) => Scenario.Run(s =>
    {
        const int killedByAbort = 128 + 6;
        ServerProcess server = s.Create(Kind(kind), "server").Start();
        server.Signal("ABRT");
        Assert.Equal(killedByAbort, server.WaitForExit());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void ShutdownSavesOrNotAsTold(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Kind(kind), "server").Start();
        server.Once("SET", "k", "lost");
        Shutdown(server);
        Assert.False(File.Exists(server.RdbPath));
        server.Start();
        server.Once("SET", "k", "kept");
        Shutdown(server, "SAVE");
        server.Start();
        Assert.Equal("kept", server.Once("GET", "k").String);
        server.Once("SET", "k", "changed");
        Shutdown(server, "NOSAVE", "NOW", "FORCE");
        server.Start();
        Assert.Equal("kept", server.Once("GET", "k").String);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void AFailingSaveKeepsTheServerUp(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Kind(kind), "server", "--save", "3600 1");
        RespClient client = s.Connect(server);
        client.Must("SET", "k", "v");
        Directory.CreateDirectory(server.RdbPath);
        File.WriteAllText(Path.Combine(server.RdbPath, "in the way"), "");
        Assert.Equal("-ERR Errors trying to SHUTDOWN. Check logs.", client.Call("SHUTDOWN").ToString());
        Assert.Equal("v", client.Must("GET", "k").String);
        server.Signal("TERM");
        Thread.Sleep(300);
        Assert.Equal("v", client.Must("GET", "k").String);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void SavePointsSaveInTheBackground(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Kind(kind), "server", "--save", "1 2");
        RespClient client = s.Connect(server);
        client.Must("SET", "a", "1");
        client.Must("SET", "b", "2");
        server.WaitForLog("2 changes in 1 seconds. Saving...");
        server.WaitForLog("Background saving started");
        server.WaitForLog("Background saving terminated with success");
        Poll.Until("the counters", () => client.Info("persistence") is var info && info["rdb_changes_since_last_save"] == "0"
            && info["rdb_last_bgsave_status"] == "ok");
        Assert.True(File.Exists(server.RdbPath));
        Assert.Single(Directory.GetFiles(server.Directory.Path, "*.rdb"));
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void OneBgsaveAtATime(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Kind(kind), "server", "--rdb-key-save-delay", "1000");
        RespClient client = s.Connect(server);
        client.Must("DEBUG", "POPULATE", "1000");
        var clock = Stopwatch.StartNew();
        Assert.Equal("+Background saving started", client.Call("BGSAVE").ToString());
        Assert.Equal("-ERR Background save already in progress", client.Call("BGSAVE").ToString());
        Assert.Equal("-ERR Background save already in progress", client.Call("SAVE").ToString());
        Assert.Equal("1", client.Info("persistence")["rdb_bgsave_in_progress"]);
        client.Must("SET", "meanwhile", "1");
        client.Must("CONFIG", "SET", "rdb-key-save-delay", "0");
        Poll.Until("BGSAVE to end", () => client.Info("persistence")["rdb_bgsave_in_progress"] == "0");
        Assert.InRange(clock.ElapsedMilliseconds, 900, 15_000); // a millisecond per key, as set when it began
        Assert.Equal("1", client.Info("persistence")["rdb_changes_since_last_save"]);
        Assert.InRange(client.Must("LASTSAVE").Integer, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 20, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void WhileLoadingClientsAreToldSo(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Kind(kind), "server", "--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024").Start();
        server.Once("CONFIG", "SET", "key-load-delay", "0");
        server.Once("DEBUG", "POPULATE", "4000");
        server.Once("SAVE");
        server.Kill();
        server.Start();
        RespClient client = s.Connect(server);
        const string loading = "-LOADING Redis is loading the dataset in memory";
        Assert.Equal(loading, client.Call("PING").ToString());
        Assert.Equal(loading, client.Call("GET", "key:1").ToString());
        Dictionary<string, string> info = client.Info("persistence");
        Assert.Equal("1", info["loading"]);
        foreach (string field in (string[])["loading_start_time", "loading_total_bytes", "loading_rdb_used_mem", "loading_loaded_bytes",
            "loading_loaded_perc", "loading_eta_seconds"])
        {
            Assert.Contains(field, info.Keys);
        }

        Assert.Equal('*', client.Call("CONFIG", "GET", "maxmemory").Type);
        client.Must("MULTI");
        Assert.Equal(loading, client.Call("GET", "key:1").ToString());
        client.Must("DISCARD");
        Poll.Until("the load to end", () => client.Call("PING").ToString() == "+PONG", 20_000);
        Assert.Equal(4000, client.Must("DBSIZE").Integer);
        server.WaitForLog("DB loaded from disk");
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void ExpiredKeysAreDroppedAtLoad(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Kind(kind), "server").Start();
        using (RespClient client = server.Connect())
        {
            client.Must("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            client.Must("SET", "gone", "v", "PX", "1");
            client.Must("SET", "stays", "v", "EX", "1000");
            client.Must("SAVE");
        }

        server.Kill();
        server.Start();
        Assert.Equal(1, server.Once("DBSIZE").Integer);
        Assert.InRange(server.Once("TTL", "stays").Integer, 900, 1000);
        Assert.Contains("keys loaded: 1, keys expired: 1", server.Log());
    });

    private static ServerKind Kind(string name) => Enum.Parse<ServerKind>(name);

    private static void Shutdown(ServerProcess server, params string[] words)
    {
        using (RespClient client = server.Connect())
        {
            client.Send(["SHUTDOWN", .. words]);
            Assert.True(client.IsClosedByServer());
        }

        Assert.Equal(0, server.WaitForExit());
    }
}
