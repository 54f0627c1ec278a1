using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>Nonsense in the stream behind a good data set.</summary>
[Collection(Lanes.Links)]
public sealed class StreamTests
{
    private const string ReplId = "0123456789012345678901234567890123456789";

    [RedoubleTheory]
    [InlineData("inline text", "SET k inline\r\n")]
    [InlineData("bad array length", "*abc\r\n")]
    [InlineData("bad bulk length", "*1\r\n$abc\r\n")]
    [InlineData("no dollar", "*1\r\nPING\r\n")]
    [InlineData("binary", "\u0001\u0002\u00ff\r\n")]
    public void ProtocolErrorsDropTheLinkAndWhatCouldBeResumed(string what, string bytes) => Scenario.Run(s =>
    {
        ServerProcess replica = s.Subject("replica");
        FakePrimary primary = Synced(s, link =>
        {
            link.SendCommand("SELECT", "0");
            link.SendCommand("SET", "good", "1");
            link.Send(bytes);
            link.Drain();
        });
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Poll.Until("a second attempt", () => primary.Links.Length > 1 && primary.Links[1].Received.Any(c => c[0] == "PSYNC"), state: () => what);
        string[] again = primary.Links[1].Received.Last(c => c[0] == "PSYNC");
        Assert.NotEqual(ReplId, again[1]);
        Assert.Equal("+PONG", replica.Once("PING").ToString());
    });

    [RedoubleFact]
    public void AFailingCommandDoesNotStopTheStream() => Scenario.Run(s =>
    {
        ServerProcess replica = s.Subject("replica");
        FakePrimary primary = Synced(s, link =>
        {
            link.SendCommand("SELECT", "0");
            link.SendCommand("SET", "k", "text");
            link.SendCommand("INCR", "k");
            link.SendCommand("SET", "behind", "it");
            link.Drain();
        });
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Poll.Until("the command behind the failing one", () => replica.Once("GET", "behind").Equals(Reply.Bulk("it")));
        Assert.Equal("1", replica.Info("stats")["unexpected_error_replies"]);
        Assert.Equal("up", replica.Info("replication")["master_link_status"]);
    });

    /// <summary>The hash of the key before it was taken for that of a subcommand's key, which then could not be found.</summary>
    [RedoubleFact]
    public void TheKeyOfASubcommandIsItsOwn() => Scenario.Run(s =>
    {
        ServerProcess replica = s.Subject("replica");
        FakePrimary primary = Synced(s, link =>
        {
            link.SendCommand("SELECT", "0");
            link.SendCommand("SET", "k", "text");
            link.SendCommand("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM");
            link.SendCommand("XGROUP", "CREATE", "s", "h", "$");
            link.SendCommand("SET", "behind", "it");
            link.Drain();
        });
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Poll.Until("the last command", () => replica.Once("GET", "behind").Equals(Reply.Bulk("it")));
        Assert.Equal(":1", replica.Once("EXISTS", "s").ToString());
        Assert.Equal("0", replica.Info("stats")["unexpected_error_replies"]);
    });

    [RedoubleFact]
    public void AnUnknownCommandTakesTheLinkDownAndIsNamed() => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess replica = s.Subject("replica");
        FakePrimary primary = Synced(s, link =>
        {
            link.SendCommand("SELECT", "0");
            link.SendCommand("NEWTYPE.ADD", "k", "v");
            link.Drain();
        });
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Poll.Until(
            "the error in INFO",
            () => replica.Info("replication").GetValueOrDefault("master_link_last_error")?.Contains("NEWTYPE.ADD", StringComparison.OrdinalIgnoreCase) == true,
            state: () => replica.Once("INFO", "replication").String);
        Assert.Equal("+PONG", replica.Once("PING").ToString());
    });

    [RedoubleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void ADatabaseThatIsNotThereTakesTheLinkDownAndIsNamed(bool inTransaction) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return; // Redis goes on in the wrong database.
        }

        ServerProcess replica = s.Subject("replica", "--databases", "16");
        FakePrimary primary = Synced(s, link =>
        {
            link.SendCommand("SELECT", "3");
            link.SendCommand("SET", "good", "1");
            if (inTransaction)
            {
                link.SendCommand("MULTI");
            }

            link.SendCommand("SELECT", "20");
            link.SendCommand("SET", "stray", "1");
            if (inTransaction)
            {
                link.SendCommand("EXEC");
            }

            link.Drain();
        });
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Poll.Until(
            "the error in INFO",
            () => replica.Info("replication")["master_link_last_error"].Contains("SELECT 20", StringComparison.Ordinal),
            state: () => replica.Once("INFO", "replication").String);
        using RespClient client = replica.Connect();
        client.Must("SELECT", "3");
        Assert.Equal("1", client.Must("GET", "good").String);
        Assert.Equal(0, client.Must("EXISTS", "stray").Integer);
    });

    /// <summary>The link came back in the database that is not there, which ended the process.</summary>
    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void ADatabaseThatIsNotThereIsNotGoneOnIn(string primaryKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return; // Redis goes on in the wrong database.
        }

        ServerProcess primary = s.Start(Pairs.Kind(primaryKind), "primary", "--databases", "32");
        ServerProcess replica = s.Subject("replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        using RespClient client = primary.Connect();
        client.Must("SELECT", "20");
        client.Must("SET", "a", "b");
        Poll.Until("it to come back twice", () => Link.Stat(primary, "sync_partial_ok") >= 2, state: () => replica.LogTail());
        Poll.Until("the error", () => replica.Info("replication")["master_link_last_error"].Contains("SELECT 20", StringComparison.Ordinal));
        Assert.Equal("+PONG", replica.Once("PING").ToString());
        Assert.Equal(0, replica.Once("EXISTS", "a").Integer);
    });

    /// <summary>The stream of a replica may be in a database that is not there when a full sync begins: what it wrote next came into database 0.</summary>
    [RedoubleFact]
    public void AFullSyncInADatabaseThatIsNotThereWritesNothingElsewhere() => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary", "--databases", "32");
        ServerProcess middle = s.Subject("middle", "--databases", "32");
        ServerProcess below = s.Subject("below");
        middle.Follow(primary.Port);
        Link.WaitUp(middle);
        using RespClient client = primary.Connect();
        client.Must("SELECT", "20");
        client.Must("SET", "k", "1");
        client.Must("DEL", "k");
        Link.WaitEqual(primary, middle);
        below.Follow(middle.Port);
        Link.WaitUp(below);
        client.Must("SET", "k", "2");
        client.Must("DEL", "k");
        below.WaitForLog("stream: the database that 'SET' at offset");
        Assert.Equal(0, below.Once("EXISTS", "k").Integer);
        client.Must("SELECT", "0");
        client.Must("SET", "good", "1");
        Poll.Until("the link to come up again", () => below.Once("GET", "good").Equals(Reply.Bulk("1")), state: () => below.LogTail());
        Link.WaitEqual(primary, middle, below);
    });

    [RedoubleFact]
    public void WhatIsNotForTheDataIsNotRunInTheNameOfThePrimary() => Scenario.Run(s =>
    {
        // SYNC in the stream once made the stream's own session a replica that nobody fed, and that held the log for ever.
        ServerProcess replica = s.Subject("replica");
        FakePrimary primary = Synced(s, link =>
        {
            foreach (string[] command in (string[][])[["SYNC"], ["PSYNC", "?", "-1"], ["MONITOR"], ["WAIT", "1", "0"], ["CLIENT", "REPLY", "OFF"], ["RESET"],
                ["QUIT"], ["REPLICAOF", "NO", "ONE"], ["CONFIG", "SET", "maxmemory", "1"], ["CLIENT", "PAUSE", "100000"], ["SHUTDOWN", "NOSAVE"]])
            {
                link.SendCommand(command);
            }

            link.SendCommand("SELECT", "0");
            link.SendCommand("SET", "behind", "it");
            link.Drain();
        });
        if (Peers.SelfTest)
        {
            return;
        }

        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Poll.Until("the command behind", () => replica.Once("GET", "behind").Equals(Reply.Bulk("it")));
        Dictionary<string, string> info = replica.Info("replication");
        Assert.Equal(("slave", "up", "0"), (info["role"], info["master_link_status"], info["connected_slaves"]));
        Assert.Equal("0", replica.Once("CONFIG", "GET", "maxmemory")[1].String);
        Assert.Single(primary.Links);
    });

    [RedoubleFact]
    public void OffsetsCountEveryByteOfTheStream() => Scenario.Run(s =>
    {
        ServerProcess replica = s.Subject("replica");
        var acks = new List<string>();
        FakePrimary primary = Synced(s, link =>
        {
            byte[] stream = [.. Latin1.Request("SELECT", "3"), .. Latin1.Request("PING"), .. Latin1.Request("SET", "k", "v"),
                .. Latin1.Request("REPLCONF", "GETACK", "*")];
            foreach (byte b in stream)
            {
                link.Send([b]);
            }

            while (true)
            {
                string[] args = link.ReadCommand();
                if (args is ["REPLCONF", "ACK", var offset, ..])
                {
                    lock (acks)
                    {
                        acks.Add($"{offset} of {100 + stream.Length}");
                    }
                }
            }
        });
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Poll.Until(
            "an acknowledgement of everything",
            () =>
            {
                lock (acks)
                {
                    return acks.Any(a => a.Split(' ') is [var got, _, var all] && got == all);
                }
            },
            state: () => string.Join(", ", acks));
        replica.Once("REPLICAOF", "NO", "ONE");
        using RespClient client = replica.Connect();
        client.Must("SELECT", "3");
        Assert.Equal("v", client.Must("GET", "k").String);
    });

    /// <summary>A primary that syncs an empty data set and then does what the script says.</summary>
    private static FakePrimary Synced(Scenario s, Action<FakeLink> script)
    {
        ServerProcess source = s.Subject("source");
        source.Once("SAVE");
        byte[] rdb = File.ReadAllBytes(source.RdbPath);
        return s.Own(new FakePrimary(link =>
        {
            link.Handshake();
            link.Send($"+FULLRESYNC {ReplId} 100\r\n${rdb.Length}\r\n");
            link.Send(rdb);
            script(link);
        }));
    }
}
