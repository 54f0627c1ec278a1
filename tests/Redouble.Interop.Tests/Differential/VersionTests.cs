using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>What only 7.2 has: the expected replies stand here, since the oracle at hand may be a 7.0.</summary>
public sealed class VersionTests(ServerPair pair) : IClassFixture<ServerPair>
{
    /// <summary>Per case: requests of one connection, each with its reply as <see cref="Reply.ToString"/> prints it, or two with " | " between.</summary>
    private static readonly Dictionary<string, (string Request, string Reply)[]> Cases = new()
    {
        ["CLIENT SETINFO"] =
        [
            ("CLIENT SETINFO lib-name redis-py", "+OK"),
            ("CLIENT SETINFO LIB-VER 1.2.3", "+OK"),
            ("CLIENT SETINFO lib-name \"\"", "+OK"),
            ("CLIENT SETINFO lib-name \"a b\"", "-ERR lib-name cannot contain spaces, newlines or special characters."),
            ("CLIENT SETINFO Lib-Ver \"a\\n\"", "-ERR Lib-Ver cannot contain spaces, newlines or special characters."),
            ("CLIENT SETINFO foo bar", "-ERR Unrecognized option 'foo'"),
            ("CLIENT SETINFO lib-name", "-ERR wrong number of arguments for 'client|setinfo' command"),
        ],
        ["CLIENT NO-TOUCH"] =
        [
            ("CLIENT NO-TOUCH on", "+OK"),
            ("CLIENT NO-TOUCH OFF", "+OK"),
            ("CLIENT NO-TOUCH foo", "-ERR syntax error"),
            ("CLIENT NO-TOUCH", "-ERR wrong number of arguments for 'client|no-touch' command"),
        ],
        ["COMMAND GETKEYS takes one word"] =
        [
            ("COMMAND GETKEYS ping", "-ERR The command has no key arguments"),
            ("COMMAND GETKEYS nosuch", "-ERR Invalid command specified"),
            ("COMMAND GETKEYS get", "-ERR Invalid number of arguments specified for command"),
            ("COMMAND GETKEYSANDFLAGS get", "-ERR Invalid number of arguments specified for command"),
        ],
        ["a time-out that is too large"] = [("WAIT 0 9223372036854775807", "-ERR timeout is out of range"), ("WAIT 0 -1", "-ERR timeout is negative")],
        ["HELLO is all or nothing"] =
        [
            ("HELLO 3 SETNAME first foo", "-ERR Syntax error in HELLO option 'foo'"),
            ("CLIENT GETNAME", "$(null)"),
            ("HELLO 2 SETNAME one SETNAME two foo", "-ERR Syntax error in HELLO option 'foo'"),
            ("CLIENT GETNAME", "$(null)"),
        ],
        ["new directives"] =
        [
            ("CONFIG GET set-max-listpack-*",
                "*[$set-max-listpack-entries, $128, $set-max-listpack-value, $64] | *[$set-max-listpack-value, $64, $set-max-listpack-entries, $128]"),
            ("CONFIG SET loglevel nothing", "+OK"),
            ("CONFIG SET loglevel notice", "+OK"),
        ],
    };

    public static TheoryData<string> Table() => [.. Cases.Keys];

    [RedoubleTheory]
    [MemberData(nameof(Table))]
    public void AsIn72(string name)
    {
        if (Peers.SelfTest)
        {
            return;
        }

        using RespClient client = pair.Subject.Connect();
        foreach ((string request, string reply) in Cases[name])
        {
            string actual = client.Call(Script.Words(request)).ToString();
            Assert.True(reply.Split(" | ").Contains(actual), $"{request}\n  expected: {reply}\n  got:      {actual}");
        }
    }

    [RedoubleFact]
    public void TimeIsTheSameThroughoutOneTransaction()
    {
        if (Peers.SelfTest)
        {
            return;
        }

        using RespClient client = pair.Subject.Connect();
        client.Must("MULTI");
        client.Must("TIME");
        client.Must("DEBUG", "SLEEP", "0.01");
        client.Must("TIME");
        Reply result = client.Must("EXEC");
        Assert.Equal(result[0], result[2]);
    }

    [RedoubleFact]
    public void ResetEndsNoEvictAndNoTouch()
    {
        if (Peers.SelfTest)
        {
            return;
        }

        using RespClient client = pair.Subject.Connect();
        client.Must("CLIENT", "NO-EVICT", "on");
        client.Must("CLIENT", "NO-TOUCH", "on");
        Assert.Contains(" flags=eT ", client.Must("CLIENT", "INFO").String);
        client.Must("RESET");
        Assert.Contains(" flags=N ", client.Must("CLIENT", "INFO").String);
    }

    [RedoubleFact]
    public void LibraryNamesShowInClientInfo()
    {
        if (Peers.SelfTest)
        {
            return;
        }

        using RespClient client = pair.Subject.Connect();
        client.Must("CLIENT", "SETINFO", "lib-name", "redis-py");
        client.Must("CLIENT", "SETINFO", "lib-ver", "5.0");
        Assert.EndsWith(" lib-name=redis-py lib-ver=5.0\n", client.Must("CLIENT", "INFO").String);
        client.Must("RESET");
        Assert.EndsWith(" lib-name=redis-py lib-ver=5.0\n", client.Must("CLIENT", "INFO").String);
    }
}
