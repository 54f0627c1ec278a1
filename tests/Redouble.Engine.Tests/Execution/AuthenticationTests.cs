using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

/// <summary>Who is in when the password changes, as redis-server 7.0.15 has it.</summary>
public sealed class AuthenticationTests
{
    private const string Refused = "-NOAUTH Authentication required.|";

    /// <summary>Whoever was connected stayed in for good, without having said anything.</summary>
    [Fact]
    public void A_change_that_is_taken_back_lets_nobody_in()
    {
        using var node = new EngineNode("requirepass secret");
        node.Do("AUTH secret");
        var stranger = node.Connect();
        node.Files.FailsAt = "open";
        Assert.StartsWith(
            "-ERR CONFIG SET failed (possibly related to argument 'appendonly')", node.DoWords("CONFIG", "SET", "requirepass", "", "appendonly", "yes"),
            StringComparison.Ordinal);
        Assert.Equal(Refused, node.Do("GET k", stranger));
    }

    [Fact]
    public void Without_a_password_everybody_is_in_until_there_is_one()
    {
        using var node = new EngineNode("requirepass secret");
        node.Do("AUTH secret");
        var stranger = node.Connect();
        node.DoWords("CONFIG", "SET", "requirepass", "");
        Assert.Equal("$-1|", node.Do("GET k", stranger));
        var early = node.Connect();
        Assert.Equal("+OK|", node.Do("CONFIG SET requirepass other"));
        Assert.Equal((Refused, "$-1|", "$-1|"), (node.Do("GET k", stranger), node.Do("GET k", early), node.Do("GET k")));
        Assert.Equal(Refused, node.Do("GET k", node.Connect()));
        Assert.Equal("+OK|", node.Do("AUTH other", stranger));
        Assert.Equal("$-1|", node.Do("GET k", stranger));
        Assert.Equal("+RESET|", node.Do("RESET", early));
        Assert.Equal(Refused, node.Do("GET k", early));
    }

    [Fact]
    public void A_transaction_that_was_begun_without_a_password_does_not_end_with_one()
    {
        using var node = new EngineNode("requirepass secret");
        node.Do("AUTH secret");
        var stranger = node.Connect();
        node.DoWords("CONFIG", "SET", "requirepass", "");
        node.Do("MULTI", stranger);
        node.Do("SET k v", stranger);
        node.Do("CONFIG SET requirepass other");
        Assert.Equal("-EXECABORT Transaction discarded because of: NOAUTH Authentication required.|", node.Do("EXEC", stranger));
        Assert.Equal("$-1|", node.Do("GET k"));
    }
}
