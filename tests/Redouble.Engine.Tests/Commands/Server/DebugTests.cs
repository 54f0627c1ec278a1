using System.Text;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Server;

public sealed class DebugTests
{
    /// <summary>Neither what CONFIG SET had changed nor what the append-only file still held back survived it.</summary>
    [Theory]
    [InlineData("RESTART", "/etc/redouble.conf", "rewrite restart")]
    [InlineData("RESTART", "", "restart")]
    [InlineData("CRASH-AND-RECOVER", "/etc/redouble.conf", "restart")]
    public void Restart_keeps_configuration_and_data(string how, string file, string asked)
    {
        using var node = new EngineNode("enable-debug-command yes", "appendonly yes") { ConfigFile = file };
        node.Node.LoadAtStart();
        node.Do("SET k v");
        Assert.Equal("", node.Do($"DEBUG {how}"));
        Assert.Equal(asked.Split(' '), node.Asked);
        var name = Assert.Single(node.Files.Files.Keys, static name => name.EndsWith(".incr.aof", StringComparison.Ordinal));
        Assert.Equal(how == "RESTART", Encoding.Latin1.GetString(node.Files.Files[name]).Contains("$3\r\nSET\r\n$1\r\nk", StringComparison.Ordinal));
        if (how == "RESTART") Assert.Equal(node.Files.Files[name].Length, node.Files.Synced[name]);
    }

    [Fact]
    public void There_is_no_restart_while_the_configuration_file_cannot_be_written()
    {
        using var node = new EngineNode("enable-debug-command yes") { ConfigFile = "/etc/redouble.conf" };
        node.RewriteError = "ERR Rewriting config file: Read-only file system";
        Assert.Equal("-ERR failed to restart the server. Check server logs.|", node.Do("DEBUG RESTART"));
        Assert.Equal(["rewrite"], node.Asked);
        Assert.Contains("Can't restart: configuration rewrite process failed: Rewriting config file: Read-only file system", node.LogLines);
    }

    /// <summary>The log is written as UTF-8: bytes that are that already were so twice.</summary>
    [Fact]
    public void Log_writes_text_as_it_came()
    {
        using var node = new EngineNode("enable-debug-command yes");
        Assert.Equal("+OK|", node.Do("DEBUG LOG s\u00C3\u00B6"));
        Assert.Contains("DEBUG LOG: sö", node.LogLines);
    }

    /// <summary>A size that no array has ended the process.</summary>
    [Theory]
    [InlineData("2147483647")]
    [InlineData("536870913")]
    public void Populate_makes_no_value_that_is_longer_than_a_value_may_be(string size)
    {
        using var node = new EngineNode("enable-debug-command yes");
        Assert.Equal("-ERR string exceeds maximum allowed size (proto-max-bulk-len)|", node.Do($"DEBUG POPULATE 1 k {size}"));
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Fact]
    public void Populate_cuts_values_or_fills_them_up_with_zeros()
    {
        using var node = new EngineNode("enable-debug-command yes");
        Assert.Equal("+OK|", node.Do("DEBUG POPULATE 11 k 10"));
        Assert.Equal(("$10|value:9\0\0\0|", "$10|value:10\0\0|"), (node.Do("GET k:9"), node.Do("GET k:10")));
        Assert.Equal("+OK|", node.Do("DEBUG POPULATE 11 short 7"));
        Assert.Equal(("$7|value:9|", "$7|value:1|"), (node.Do("GET short:9"), node.Do("GET short:10")));
        Assert.Equal("+OK|", node.Do("DEBUG POPULATE 11"));
        Assert.Equal(("$7|value:9|", "$8|value:10|"), (node.Do("GET key:9"), node.Do("GET key:10")));
    }
}
