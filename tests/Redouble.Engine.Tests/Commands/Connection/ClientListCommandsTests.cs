using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Connection;

public sealed class ClientListCommandsTests
{
    private const int NameMax = 64 * 1024;

    /// <summary>A list of a billion characters ended the process: it was one string.</summary>
    [Fact]
    public void A_list_that_would_be_too_long_is_refused()
    {
        using var node = new EngineNode();
        Assert.Equal("+OK|", node.Do($"CLIENT SETNAME {new string('x', NameMax)}"));
        var one = node.Do("CLIENT INFO");
        Assert.Contains($" name={new string('x', NameMax)} ", one, StringComparison.Ordinal);
        var ids = string.Concat(Enumerable.Repeat(" 1", (64 << 20) / NameMax));
        Assert.Equal("-ERR The list is longer than 67108864 bytes: ask for fewer clients, by ID or TYPE.|", node.Do("CLIENT LIST ID" + ids));
        Assert.Equal(2, node.Do("CLIENT LIST ID 1 1").Split(" addr=").Length - 1);
    }

    [Theory]
    [InlineData("CLIENT SETNAME ", "Client names")]
    [InlineData("CLIENT SETINFO lib-name ", "lib-name")]
    [InlineData("CLIENT SETINFO LIB-VER ", "LIB-VER")]
    [InlineData("HELLO 2 SETNAME ", "Client names")]
    public void A_name_that_is_too_long_is_refused(string command, string what)
    {
        using var node = new EngineNode();
        var refusal = $"-ERR {what} cannot be longer than 65536 bytes, and this would be of 65537.|";
        Assert.Equal(refusal, node.Do(command + new string('x', NameMax + 1)));
        Assert.StartsWith(command[0] == 'H' ? "*14|" : "+OK|", node.Do(command + new string('x', NameMax)), StringComparison.Ordinal);
        Assert.Equal($"-ERR {what} cannot contain spaces, newlines or special characters.|", node.Do(command + "x\n"));
    }
}
