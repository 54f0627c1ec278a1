using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>Primaries that answer PSYNC badly, or send a bad data set.</summary>
[Collection(Lanes.Links)]
public sealed class SyncReplyTests
{
    private static readonly Dictionary<string, string> BadSyncReplies = new()
    {
        ["FULLRESYNC without words"] = "+FULLRESYNC\r\n",
        ["FULLRESYNC with a short id"] = "+FULLRESYNC abc 10\r\n",
        ["FULLRESYNC with a bad offset"] = "+FULLRESYNC 0123456789012345678901234567890123456789 abc\r\n",
        ["FULLRESYNC with an offset at the end of the numbers"] = "+FULLRESYNC 0123456789012345678901234567890123456789 9223372036854775807\r\n$0\r\n",
        ["NOMASTERLINK"] = "-NOMASTERLINK Can't SYNC while not connected with my master\r\n",
        ["LOADING"] = "-LOADING Redis is loading the dataset in memory\r\n",
        ["an unknown status"] = "+WHATEVER\r\n",
    };

    private static readonly Dictionary<string, string> BadPayloads = new()
    {
        ["length not a number"] = "$abc\r\n",
        ["negative length"] = "$-1\r\n",
        ["an error"] = "-ERR cannot fork\r\n",
        ["no dollar"] = "REDIS0010\r\n",
        ["not an RDB"] = "$20\r\nthis is not an RDB!!",
        ["version from the future"] = "$9\r\nREDIS0099",
        ["cut off"] = "$1000\r\nREDIS0010\u00fa\u0009redis-ver",
        ["wrong checksum"] = "$18\r\nREDIS0010\u00ff\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008",
        ["unknown type"] = "$22\r\nREDIS0010\u00fe\0\u007f\u0001kxx\u00ff\0\0\0\0\0",
        ["cut off before its mark"] = "$EOF:0123456789012345678901234567890123456789\r\nREDIS0010\u00fa\u0009redis-ver",
        ["stalls"] = "$1000\r\nREDIS0010\u00fa\u0009redis-ver",
        ["stalls before its mark"] = "$EOF:0123456789012345678901234567890123456789\r\nREDIS0010\u00fa\u0009redis-ver",
        ["stalls before its header"] = "\n\n",
        ["announces all there is"] = "$9223372036854775807\r\nREDIS0010",
        ["end mark too short"] = "$EOF:abc\r\nREDIS0010",
    };

    public static TheoryData<string> SyncReplyTable() => [.. BadSyncReplies.Keys];

    public static TheoryData<string> PayloadTable() => [.. BadPayloads.Keys];

    [RedoubleTheory]
    [MemberData(nameof(SyncReplyTable))]
    public void AnswersPsyncBadly(string what) => BadPrimary.Survives(link =>
    {
        link.Handshake();
        link.Send(BadSyncReplies[what]);
        link.Drain();
    });

    [RedoubleTheory]
    [MemberData(nameof(PayloadTable))]
    public void SendsABadPayload(string what)
    {
        if (BadPrimary.TooMuchForRedis(what))
        {
            return;
        }

        BadPrimary.Survives(
            link =>
            {
                link.Handshake();
                link.Send("+FULLRESYNC 0123456789012345678901234567890123456789 100\r\n");
                link.Send(BadPayloads[what]);
                if (!what.StartsWith("cut off", StringComparison.Ordinal))
                {
                    link.Drain();
                }
            },
            keepsData: !Peers.SelfTest);
    }

    [PairFact]
    public void ADatabaseThatIsNotThereIsRefusedBeforeTheFlush() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Redis("primary", "--databases", "32");
        using (RespClient client = primary.Connect())
        {
            client.Must("SELECT", "20");
            client.Must("SET", "far", "1");
        }

        ServerProcess replica = s.Create(ServerKind.Redouble, "replica", "--databases", "16").Start();
        if (Peers.SelfTest)
        {
            return; // Redis flushes, and exits.
        }

        replica.Once("SET", "mine", "kept");
        replica.Follow(primary.Port);
        Poll.Until(
            "the error in INFO",
            () => replica.Info("replication")["master_link_last_error"].Contains("database 20", StringComparison.Ordinal),
            state: () => replica.Once("INFO", "replication").String);
        Assert.Equal("kept", replica.Once("GET", "mine").String);
    });
}
