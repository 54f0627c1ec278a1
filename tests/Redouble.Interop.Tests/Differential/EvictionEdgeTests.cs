using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>What is told when there is no memory, where chance has no part in it: a limit of one byte.</summary>
public sealed class EvictionEdgeTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private static readonly string[] Commands =
    [
        "SET n 1", "GET k", "DEL k", "DBSIZE", "MULTI", "GET k", "SET n 1", "EXEC", "MULTI", "DISCARD", "LPUSH l 1", "LPOP l", "EXPIRE k 100", "PUBLISH c m",
        "XADD x * a b",
        "RESTORE r 0 abc", "HDEL h f", "SORT l STORE d", "PFCOUNT p", "BLPOP l 0.01", "DBSIZE", "SET n 1", "CONFIG GET maxmemory-policy",
    ];

    [PairTheory]
    [InlineData("noeviction")]
    [InlineData("allkeys-lru")]
    [InlineData("allkeys-lfu")]
    [InlineData("allkeys-random")]
    [InlineData("volatile-lru")]
    [InlineData("volatile-lfu")]
    [InlineData("volatile-random")]
    [InlineData("volatile-ttl")]
    public void WithoutMemory(string policy)
    {
        using var couple = new Couple(pair);
        couple.Both("FLUSHALL");
        couple.Both("CONFIG", "RESETSTAT");
        for (int i = 0; i < 40; i++) couple.Both("SET", $"e{i}", "v", "EX", "1000");
        couple.Both("SET", "k", "v");
        couple.Both("RPUSH", "l", "a", "b");
        couple.Both("CONFIG", "SET", "maxmemory-policy", policy);
        couple.Both("CONFIG", "SET", "maxmemory", "1");
        Poll.Until(
            "both to have evicted what they may",
            () => Evicted(couple.Oracle) == Evicted(couple.Subject) && Keys(couple.Oracle) == Keys(couple.Subject));
        try
        {
            foreach (string line in Commands)
            {
                string[] words = line.Split(' ');
                (Reply expected, Reply actual) = couple.Exchange(words, words);
                Assert.Equal($"{line} => {expected}", $"{line} => {actual}");
            }

            Assert.Equal(Evicted(couple.Oracle), Evicted(couple.Subject));
        }
        finally
        {
            couple.Both("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction");
        }
    }

    /// <summary>A clients' limit of one byte counts as 128 KB: somebody has to be able to put it right.</summary>
    [PairFact]
    public void WithoutMemoryForClients()
    {
        foreach (ServerProcess server in (ServerProcess[])[pair.Oracle, pair.Subject])
        {
            using RespClient client = server.Connect();
            client.Must("CONFIG", "RESETSTAT");
            client.Must("CLIENT", "NO-EVICT", "ON");
            using RespClient other = server.Connect();
            other.Must("CLIENT", "SETNAME", "greedy");
            client.Must("CONFIG", "SET", "maxmemory-clients", "1");
            Assert.Equal("+PONG", other.Must("PING").ToString());
            other.SendRaw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$400000\r\n" + new string('v', 300_000));
            Poll.Until("the other client to be closed", () => !client.Must("CLIENT", "LIST").String.Contains("greedy", StringComparison.Ordinal));
            Assert.Equal("+PONG", client.Must("PING").ToString());
            Assert.Equal("1", client.Info("stats")["evicted_clients"]);
            Assert.Contains("flags=e ", client.Must("CLIENT", "LIST").String);
            client.Must("CONFIG", "SET", "maxmemory-clients", "0");
        }
    }

    /// <summary>What a client announces is its memory: it is listed so, and beyond the clients' limit it is closed before it has sent it.</summary>
    [PairFact]
    public void WhoAnnouncesTooMuchIsClosedBeforeItIsSent()
    {
        const int announced = 50_000_000;
        const int sent = 40_000;
        const int roundedMax = 55_000_000; // an allocator has its sizes
        foreach (ServerProcess server in (ServerProcess[])[pair.Oracle, pair.Subject])
        {
            using RespClient client = server.Connect();
            client.Must("CONFIG", "RESETSTAT");
            client.Must("CLIENT", "NO-EVICT", "ON");
            using RespClient other = server.Connect();
            other.Must("CLIENT", "SETNAME", "greedy");
            other.SendRaw($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${announced}\r\n" + new string('v', sent));
            Poll.Until("all of it to have arrived", () => Field(client, "qbuf") >= sent);
            Assert.InRange(Field(client, "qbuf") + Field(client, "qbuf-free"), announced, roundedMax);
            Assert.InRange(Field(client, "tot-mem"), announced, roundedMax);
            client.Must("CONFIG", "SET", "maxmemory-clients", "40mb");
            Poll.Until("the other client to be closed", () => !client.Must("CLIENT", "LIST").String.Contains("greedy", StringComparison.Ordinal));
            using RespClient again = server.Connect();
            again.Must("CLIENT", "SETNAME", "greedy");
            again.SendRaw($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${announced}\r\n" + new string('v', sent));
            Poll.Until("it to be closed, too", () => client.Info("stats")["evicted_clients"] == "2");
            Assert.True(again.IsClosedByServer());
            Assert.Equal("+PONG", client.Must("PING").ToString());
            client.Must("CONFIG", "SET", "maxmemory-clients", "0");
        }
    }

    private static long Field(RespClient client, string name)
    {
        string line = client.Must("CLIENT", "LIST").String.Split('\n').Single(line => line.Contains("name=greedy ", StringComparison.Ordinal));
        return long.Parse(line.Split(' ').Single(field => field.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..]);
    }

    private static long Evicted(RespClient client) => long.Parse(client.Info("stats")["evicted_keys"]);

    private static long Keys(RespClient client) => client.Must("DBSIZE").Integer;
}
