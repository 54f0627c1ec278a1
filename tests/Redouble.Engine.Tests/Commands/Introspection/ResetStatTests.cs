using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Introspection;

/// <summary>CONFIG RESETSTAT.</summary>
public sealed class ResetStatTests
{
    /// <summary>Those of replication and of snapshots are kept elsewhere, and stayed.</summary>
    [Fact]
    public void It_clears_what_is_counted_of_syncs_and_snapshots()
    {
        using var node = new EngineNode("repl-diskless-sync-delay 0");
        node.Do("SET k v");
        var replica = node.Connect();
        node.Do("REPLCONF capa eof", replica);
        node.Do($"PSYNC {new string('a', 40)} 7", replica);
        string[] counted = ["|sync_full:1|", "|sync_partial_err:1|", "|total_forks:1|"];
        Assert.All(counted, field => Assert.Contains(field, node.Do("INFO stats"), StringComparison.Ordinal));
        Assert.Equal("+OK|", node.Do("CONFIG RESETSTAT"));
        string[] cleared = ["|sync_full:0|", "|sync_partial_ok:0|", "|sync_partial_err:0|", "|total_forks:0|", "|latest_fork_usec:0|"];
        Assert.All(cleared, field => Assert.Contains(field, node.Do("INFO stats"), StringComparison.Ordinal));
    }
}
