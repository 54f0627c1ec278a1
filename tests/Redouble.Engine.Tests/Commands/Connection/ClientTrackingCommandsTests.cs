using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Connection;

public sealed class ClientTrackingCommandsTests
{
    private const string NotThere = "-ERR The client ID you want redirect to does not exist|";
    private const string Syntax = "-ERR syntax error|";
    private const string OtherOpt =
        "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.|";

    private const string OtherMode =
        "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.|";

    [Theory]
    [InlineData("MAYBE", Syntax)]
    [InlineData("ON REDIRECT", Syntax)]
    [InlineData("ON REDIRECT 0", NotThere)]
    [InlineData("ON REDIRECT 999", NotThere)]
    [InlineData("ON REDIRECT abc", "-ERR value is not an integer or out of range|")]
    [InlineData("ON REDIRECT 1 REDIRECT 1", "-ERR A client can only redirect to a single other client|")]
    [InlineData("OFF REDIRECT 999", NotThere)]
    [InlineData("ON FOO", Syntax)]
    [InlineData("OFF FOO", Syntax)]
    [InlineData("MAYBE FOO", Syntax)]
    [InlineData("ON BCAST PREFIX", Syntax)]
    [InlineData("ON PREFIX a", "-ERR PREFIX option requires BCAST mode to be enabled|")]
    [InlineData("OFF PREFIX a", "+OK|")]
    [InlineData("ON BCAST OPTIN", "-ERR OPTIN and OPTOUT are not compatible with BCAST|")]
    [InlineData("ON OPTIN OPTOUT", "-ERR You can't specify both OPTIN mode and OPTOUT mode|")]
    [InlineData("ON BCAST PREFIX a PREFIX ab",
        "-ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client must not overlap.|")]
    [InlineData("ON BCAST PREFIX b PREFIX ",
        "-ERR Prefix 'b' overlaps with another provided prefix ''. Prefixes for a single client must not overlap.|")]
    [InlineData("on bcast noloop prefix b redirect 1", "+OK|")]
    public void Options(string options, string reply)
    {
        using var node = new EngineNode();
        Assert.Equal(reply, node.Do($"CLIENT TRACKING {options}"));
    }

    [Theory]
    [InlineData("ON", "ON BCAST", OtherMode)]
    [InlineData("ON BCAST", "ON", OtherMode)]
    [InlineData("ON OPTIN", "ON OPTOUT", OtherOpt)]
    [InlineData("ON OPTOUT", "ON OPTIN", OtherOpt)]
    [InlineData("ON OPTIN", "ON", "+OK|")]
    [InlineData("ON BCAST PREFIX a", "ON BCAST PREFIX ab",
        "-ERR Prefix 'ab' overlaps with an existing prefix 'a'. Prefixes for a single client must not overlap.|")]
    [InlineData("ON BCAST PREFIX a", "ON BCAST PREFIX b", "+OK|")]
    [InlineData("ON BCAST PREFIX a", "ON BCAST", "+OK|")]
    [InlineData("ON BCAST", "OFF", "+OK|")]
    public void A_mode_is_changed_only_by_way_of_OFF(string first, string second, string reply)
    {
        using var node = new EngineNode();
        node.Do($"CLIENT TRACKING {first}");
        Assert.Equal(reply, node.Do($"CLIENT TRACKING {second}"));
    }

    [Theory]
    [InlineData("OFF", "YES", "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled|")]
    [InlineData("OFF", "x", "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled|")]
    [InlineData("ON", "YES", "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.|")]
    [InlineData("ON OPTIN", "NO", "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.|")]
    [InlineData("ON OPTIN", "x", Syntax)]
    [InlineData("ON OPTIN", "yes", "+OK|")]
    [InlineData("ON OPTOUT", "no", "+OK|")]
    public void Caching(string tracking, string mode, string reply)
    {
        using var node = new EngineNode();
        node.Do($"CLIENT TRACKING {tracking}");
        Assert.Equal(reply, node.Do($"CLIENT CACHING {mode}"));
    }

    [Theory]
    [InlineData("OFF", "*1|$3|off|", -1, "*0|", "N")]
    [InlineData("ON", "*1|$2|on|", 0, "*0|", "t")]
    [InlineData("ON NOLOOP REDIRECT 1", "*2|$2|on|$6|noloop|", 1, "*0|", "t")]
    [InlineData("ON OPTIN", "*2|$2|on|$5|optin|", 0, "*0|", "t")]
    [InlineData("ON OPTOUT", "*2|$2|on|$6|optout|", 0, "*0|", "t")]
    [InlineData("ON BCAST", "*2|$2|on|$5|bcast|", 0, "*1|$0||", "tB")]
    [InlineData("ON BCAST PREFIX b PREFIX a", "*2|$2|on|$5|bcast|", 0, "*2|$1|a|$1|b|", "tB")]
    public void Info(string options, string flags, int redirect, string prefixes, string letters)
    {
        using var node = new EngineNode();
        node.Do($"CLIENT TRACKING {options}");
        Assert.Equal($"*6|$5|flags|{flags}$8|redirect|:{redirect}|$8|prefixes|{prefixes}", node.Do("CLIENT TRACKINGINFO"));
        Assert.Equal($":{redirect}|", node.Do("CLIENT GETREDIR"));
        var line = node.Do("CLIENT INFO");
        Assert.Contains($" redir={redirect} ", line);
        Assert.Contains($" flags={letters} ", line);
        Assert.Contains($"tracking_clients:{(options == "OFF" ? 0 : 1)}|", node.Do("INFO clients"));
    }

    [Fact]
    public void The_word_CACHING_shows_until_the_next_command()
    {
        using var node = new EngineNode();
        node.Do("HELLO 3");
        node.Do("CLIENT TRACKING ON OPTIN");
        node.Do("CLIENT CACHING YES");
        Assert.StartsWith("%3|$5|flags|~3|$2|on|$5|optin|$11|caching-yes|", node.Do("CLIENT TRACKINGINFO"));
        node.Do("PING");
        Assert.StartsWith("%3|$5|flags|~2|$2|on|$5|optin|", node.Do("CLIENT TRACKINGINFO"));
        node.Do("CLIENT TRACKING OFF");
        node.Do("CLIENT TRACKING ON OPTOUT");
        node.Do("CLIENT CACHING NO");
        Assert.StartsWith("%3|$5|flags|~3|$2|on|$6|optout|$10|caching-no|", node.Do("CLIENT TRACKINGINFO"));
    }
}
