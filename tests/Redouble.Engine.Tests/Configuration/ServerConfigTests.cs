using Redouble.Engine.Configuration;

namespace Redouble.Engine.Tests.Configuration;

public sealed class ServerConfigTests
{
    [Fact]
    public void TwoNodesShareNoValue()
    {
        TestNode one = new(), two = new();
        Assert.Null(one.Set("maxmemory", "1mb", "client-output-buffer-limit", "normal 1 2 3", "save", "1 1"));
        Assert.Equal(1UL << 20, one.Config.MaxMemory);
        Assert.Equal(0UL, two.Config.MaxMemory);
        Assert.Equal("normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60", two.Get("client-output-buffer-limit"));
    }

    [Fact]
    public void GetListsNamesAndAliasesButNothingHidden()
    {
        TestNode node = new();
        List<KeyValuePair<string, string>> all = node.Config.Get(["*"]);
        Assert.Equal(all.Count, all.Select(static pair => pair.Key).Distinct().Count());
        Assert.Contains(new("slave-priority", "100"), all);
        Assert.Contains(new("replica-priority", "100"), all);
        Assert.DoesNotContain(all, static pair => pair.Key is "watchdog-period" or "aof-disable-auto-gc" or "cluster-ping-interval");
        Assert.Equal("0", node.Get("watchdog-period"));
    }

    [Fact]
    public void GetTakesSeveralPatternsAndShowsEachNameOnce()
    {
        TestNode node = new();
        Assert.Equal(["port"], node.Config.Get(["port", "p[o]rt", "po?t"]).Select(static pair => pair.Key));
        Assert.Equal(["PORT"], node.Config.Get(["PORT"]).Select(static pair => pair.Key));
        Assert.Equal(["slave-priority"], node.Config.Get(["Slave-Pri*"]).Select(static pair => pair.Key));
        Assert.Empty(node.Config.Get(["nope", "watchdog*"]));
    }

    [Fact]
    public void SetIsAllOrNothing()
    {
        TestNode node = new();
        Assert.Equal(
            "ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer",
            node.Set("maxmemory", "1mb", "save", "5 5", "timeout", "x"));
        Assert.Equal("0", node.Get("maxmemory"));
        Assert.Equal("3600 1 300 100 60 10000", node.Get("save"));
        Assert.Empty(node.Applied);
    }

    [Fact]
    public void SetChecksNamesFirst()
    {
        TestNode node = new();
        Assert.Equal("ERR syntax error", node.Set("port", "1", "bind"));
        Assert.Equal("ERR Unknown option or number of arguments for CONFIG SET - 'nope'", node.Set("port", "x", "nope", "1"));
        Assert.Equal("ERR CONFIG SET failed (possibly related to argument 'daemonize') - can't set immutable config", node.Set("daemonize", "yes"));
        Assert.Equal("ERR CONFIG SET failed (possibly related to argument 'PORT') - duplicate parameter", node.Set("port", "1", "PORT", "2"));
        Assert.Null(node.Set("slave-priority", "5", "replica-priority", "6"));
        Assert.Equal(6, node.Config.ReplicaPriority);
    }

    [Fact]
    public void ProtectedDirectivesNeedLeave()
    {
        TestNode node = new();
        Assert.Equal("can't set protected config", node.Reason("dir", "/elsewhere"));
        Assert.Equal("", node.Load("enable-protected-configs local"));
        Assert.Equal("can't set protected config", node.Reason("dir", "/elsewhere"));
        Assert.Null(node.Config.Set(["dir", "sub"], new ConfigSetContext(CallerIsLocal: true, Loading: false)));
        Assert.Equal("/data/sub", node.Config.Dir);
    }

    [Fact]
    public void SomeWaitForTheEndOfLoading()
    {
        TestNode node = new();
        ConfigSetContext loading = new(CallerIsLocal: false, Loading: true);
        Assert.Equal("LOADING Redis is loading the dataset in memory", node.Config.Set(["repl-diskless-load", "swapdb"], loading));
        Assert.Null(node.Config.Set(["timeout", "5"], loading));
    }

    [Fact]
    public void ActionsRunOnceEachAndOnlyForChanges()
    {
        TestNode node = new();
        Assert.Null(node.Set("min-replicas-to-write", "1", "min-replicas-max-lag", "5", "maxclients", "10000", "maxmemory", "0"));
        Assert.Equal(["GoodReplicas port=6379 maxclients=10000"], node.Applied);
    }

    /// <summary>As in Redis, also while a data set is loaded.</summary>
    [Theory]
    [InlineData("LOADING Redis is loading the dataset in memory", "appendonly", "yes", "nosuch", "1")]
    [InlineData("LOADING Redis is loading the dataset in memory", "appendonly", "yes", "daemonize", "yes")]
    [InlineData("ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'", "nosuch", "1", "appendonly", "yes")]
    [InlineData("ERR CONFIG SET failed (possibly related to argument 'daemonize') - can't set immutable config", "daemonize", "yes", "nosuch", "1")]
    public void TheFirstThingThatIsWrongIsTold(string error, params string[] pairs) =>
        Assert.Equal(error, new TestNode().Config.Set(pairs, new ConfigSetContext(CallerIsLocal: true, Loading: true)));

    [Fact]
    public void ARefusedActionPutsEverythingBack()
    {
        TestNode node = new() { Refuses = ConfigAction.Port };
        Assert.Equal(
            "ERR CONFIG SET failed (possibly related to argument 'port') - the host refuses", node.Set("maxclients", "50", "port", "7000"));
        Assert.Equal("10000", node.Get("maxclients"));
        Assert.Equal("6379", node.Get("port"));
        Assert.Equal(
            [
                "MaxClients port=7000 maxclients=50", "Port port=7000 maxclients=50", "MaxClients port=6379 maxclients=10000",
                "Port port=6379 maxclients=10000",
            ],
            node.Applied);
        Assert.Equal(["Failed applying restored failed CONFIG SET command: the host refuses"], node.Warnings);
    }

    [Fact]
    public void WhatCannotBePutBackIsTold()
    {
        TestNode node = new();
        Assert.Equal("", node.Load("enable-protected-configs yes"));
        node.Config.Dir = "/missing";
        Assert.NotNull(node.Set("dir", "/there", "timeout", "x"));
        Assert.Equal(
            ["Failed restoring failed CONFIG SET command. Error setting dir to '/missing': No such file or directory"], node.Warnings);
    }

    [Fact]
    public void WhatIsNotBuiltWarnsOrStops()
    {
        TestNode node = new();
        Assert.Empty(node.Config.FindUnbuilt());
        Assert.Equal("", node.Load("tls-port 6380", "jemalloc-bg-thread no", "rename-command get \"\"", "user bob on"));
        List<ReadinessFinding> findings = node.Config.FindUnbuilt();
        Assert.Equal(["tls-port", "rename-command", "user"],
            findings.Where(static finding => finding.Readiness == Readiness.RefusedNotBuilt).Select(static finding => finding.Name));
        Assert.Equal("jemalloc-bg-thread", Assert.Single(findings, static finding => finding.Readiness == Readiness.AcceptedNotBuilt).Name);
        Assert.Equal(new RenamedCommand("get", ""), Assert.Single(node.Config.RenamedCommands));
    }

    [Theory]
    [InlineData(true, "user default on nopass ~* &* +@all")]
    [InlineData(true, "user default on nopass sanitize-payload ~* &* +@all")]
    [InlineData(false, "user default on nopass ~* &* +@all", "requirepass secret")]
    [InlineData(true, "user default on #2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b ~* &* +@all", "requirepass secret")]
    [InlineData(false, "user default on #2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b ~* &* +@all", "requirepass other")]
    [InlineData(false, "user default on #2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b ~* &* +@all")]
    [InlineData(false, "user default on ~* &* +@all")]
    [InlineData(false, "user default nopass ~* &* +@all")]
    [InlineData(false, "user default on nopass ~*")]
    [InlineData(false, "user default on >secret ~* &* +@all")]
    [InlineData(false, "user default on nopass ~* &* +@all -flushall")]
    [InlineData(false, "user bob on nopass")]
    public void TheUserLineOfEveryRewrittenFileIsFine(bool fine, params string[] lines)
    {
        TestNode node = new();
        Assert.Equal("", node.Load(lines));
        Assert.Equal(fine, node.Config.FindUnbuilt().Count == 0);
    }

    [Fact]
    public void SetRefusesWhatIsNotBuilt()
    {
        TestNode node = new();
        Assert.StartsWith("'tls-port' is not supported", node.Reason("tls-port", "1"));
        Assert.Equal("0", node.Get("tls-port"));
        Assert.Null(node.Set("tls-port", "0"));
    }

    [Theory]
    [InlineData("nope 1", "Bad directive or wrong number of arguments")]
    [InlineData("save", "")]
    [InlineData("port", "wrong number of arguments")]
    [InlineData("port 1 2", "wrong number of arguments")]
    [InlineData("notify-keyspace-events K E", "wrong number of arguments")]
    [InlineData("loadmodule", "Bad directive or wrong number of arguments")]
    [InlineData("rename-command get", "Bad directive or wrong number of arguments")]
    [InlineData("sentinel monitor", "sentinel directive while not in sentinel mode")]
    [InlineData("lua-replicate-commands yes", "")]
    [InlineData("PORT 0", "")]
    [InlineData("shutdown-on-sigterm \"now force\"", "")]
    [InlineData("shutdown-on-sigterm save \"now force\"", "argument(s) must be one of the following: default, save, nosave, now, force")]
    public void Lines(string line, string error) => Assert.Equal(error, new TestNode().Load(line));
}
