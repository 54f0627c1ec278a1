using Redouble.Server.Configuration;

namespace Redouble.Server.Tests.Configuration;

public sealed class ConfigLoaderTests
{
    private const string Title = "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\n";

    [Fact]
    public void FileThenStandardInputThenOptions()
    {
        MemoryConfigSource source = new()
        {
            StandardInput = "timeout 2\nmaxclients 2\n",
            Files = { ["/etc/redis.conf"] = "port 1\ntimeout 1\nmaxclients 1\n" },
        };
        LoadedConfig loaded = source.Load("redis.conf", "--maxclients", "3", "-");
        Assert.Null(loaded.Failure);
        Assert.Equal("/etc/redis.conf", loaded.ConfigFile);
        Assert.Equal((1, 2, 3), (loaded.Config.Port, loaded.Config.Timeout, loaded.Config.MaxClients));
    }

    [Fact]
    public void CommentsBlankLinesQuotesAndCarriageReturns()
    {
        MemoryConfigSource source = new() { Files = { ["/etc/c"] = "# port 1\r\n\r\n  \t\r\n\tPORT '7000'\r\nmasterauth \"a\\x20#b\"\r\n" } };
        LoadedConfig loaded = source.Load("c");
        Assert.Null(loaded.Failure);
        Assert.Equal((7000, "a #b"), (loaded.Config.Port, loaded.Config.MasterAuth));
    }

    [Theory]
    [InlineData("nope 1\n", "Reading the configuration file, at line 1\n>>> 'nope 1'\nBad directive or wrong number of arguments\n")]
    [InlineData("\n# c\n  port \n", "Reading the configuration file, at line 3\n>>> 'port'\nwrong number of arguments\n")]
    [InlineData("port x", "Reading the configuration file, at line 1\n>>> 'port x'\nargument couldn't be parsed into an integer\n")]
    [InlineData("bind \"a", "Reading the configuration file, at line 1\n>>> 'bind \"a'\nUnbalanced quotes in configuration line\n")]
    [InlineData("bind \"a\"b", "Reading the configuration file, at line 1\n>>> 'bind \"a\"b'\nUnbalanced quotes in configuration line\n")]
    [InlineData("include", "Reading the configuration file, at line 1\n>>> 'include'\nBad directive or wrong number of arguments\n")]
    [InlineData("logfile missing/x", "Can't open the log file: No such file or directory\n")]
    [InlineData("cluster-enabled yes\nreplicaof a 1", "replicaof directive not allowed in cluster mode\n")]
    public void FatalBlocks(string text, string block) =>
        Assert.Equal(Title + block, new MemoryConfigSource { Files = { ["/etc/c"] = text } }.Fail("c"));

    [Fact]
    public void OptionsCountOnBehindTheFile()
    {
        Assert.Equal(
            Title + "Reading the configuration file, at line 2\n>>> 'nope'\nBad directive or wrong number of arguments\n",
            new MemoryConfigSource().Fail("--nope"));
        Assert.Equal(
            Title + "Reading the configuration file, at line 3\n>>> 'port \"x\"'\nargument couldn't be parsed into an integer\n",
            new MemoryConfigSource { Files = { ["/etc/c"] = "port 0\n" } }.Fail("c", "--port", "x"));
    }

    [Fact]
    public void IncludesNestAreRelativeToDirAndTakePatterns()
    {
        MemoryConfigSource source = new()
        {
            Files =
            {
                ["/etc/c"] = "include a.conf\ninclude conf.d/*\ninclude none/*\ndir sub\ninclude b.conf\nport 9\n",
                ["/etc/a.conf"] = "port 1\ninclude /etc/deep.conf\n",
                ["/etc/deep.conf"] = "maxclients 5",
                ["/etc/conf.d/1"] = "timeout 1\n",
                ["/etc/conf.d/2"] = "timeout 2\n",
                ["/etc/sub/b.conf"] = "hz 50",
            },
        };
        LoadedConfig loaded = source.Load("c");
        Assert.Null(loaded.Failure);
        Assert.Equal((9, 5, 2, 50), (loaded.Config.Port, loaded.Config.MaxClients, loaded.Config.Timeout, loaded.Config.Hz));
    }

    [Fact]
    public void ErrorsOfIncludedFilesNameThem()
    {
        MemoryConfigSource source = new() { Files = { ["/etc/c"] = "#\ninclude a.conf\n", ["/etc/a.conf"] = "\nnope 2\n" } };
        Assert.Equal(
            Title + "Reading the configuration file, at line 2\n>>> 'nope 2'\nBad directive or wrong number of arguments (in included file '/etc/a.conf')\n",
            source.Fail("c"));
    }

    [Fact]
    public void AFileThatIncludesItselfIsAnError()
    {
        MemoryConfigSource source = new() { Files = { ["/etc/c"] = "include a\n", ["/etc/a"] = "include c\n" } };
        Assert.Equal(
            Title + "Reading the configuration file, at line 1\n>>> 'include c'\n'/etc/c' includes itself (in included file '/etc/a')\n",
            source.Fail("c"));
    }

    [Theory]
    [InlineData("/etc/none.conf", "none.conf")]
    [InlineData("/none.conf", "/none.conf")]
    [InlineData("none.conf", "--include", "none.conf")]
    public void AFileThatCannotBeOpenedIsALineOfTheLog(string shown, params string[] arguments)
    {
        ConfigFailure? failure = new MemoryConfigSource().Load(arguments).Failure;
        Assert.Equal(new ConfigFailure($"Fatal error, can't open config file '{shown}': No such file or directory", IsLogLine: true), failure);
    }

    [Fact]
    public void RefusalsNameTheLineThatAsked()
    {
        MemoryConfigSource source = new() { Files = { ["/etc/c"] = "port 1\ntls-port 2\n" } };
        string block = source.Fail("c");
        Assert.StartsWith(Title + "Reading the configuration file, at line 2\n>>> 'tls-port 2'\n'tls-port' is not supported", block);
        Assert.Equal("", source.Fail("c", "--tls-port", "0"));
    }

    [Fact]
    public void WarningsAreGivenOncePerDirective()
    {
        LoadedConfig loaded = new MemoryConfigSource().Load("--jemalloc-bg-thread", "no", "--io-threads", "4", "--supervised", "auto");
        Assert.Null(loaded.Failure);
        Assert.Equal(2, loaded.Warnings.Count);
        Assert.Contains("'jemalloc-bg-thread'", loaded.Warnings[0]);
        Assert.Contains("'io-threads'", loaded.Warnings[1]);
    }
}
