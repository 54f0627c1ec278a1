using System.Globalization;
using System.Text;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Clients that ask for too much: their limits end them, memory stays bounded, and the others are served. Of both kinds of server.</summary>
public sealed class OverloadTests
{
    private const int Megabyte = 1 << 20;

    public static TheoryData<string> Kinds() => new() { nameof(ServerKind.Redis), nameof(ServerKind.Redouble) };

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void MoreClientsThanMaxclientsAreTurnedAway(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Kind(kind), "server", "--maxclients", "20");
        var clients = new List<RespClient>();
        for (int i = 0; i < 20; i++)
        {
            clients.Add(s.Own(server.Connect()));
            Assert.Equal("+PONG", clients[i].Must("PING").ToString());
        }

        for (int i = 0; i < 50; i++)
        {
            using RespClient more = server.Connect();
            Assert.Equal("-ERR max number of clients reached", more.Read().ToString());
            Assert.True(more.IsClosedByServer());
        }

        Assert.Equal("50", clients[7].Info("stats")["rejected_connections"]);
        clients[3].Dispose();
        Poll.Until("there to be room", () =>
        {
            using RespClient more = server.Connect();
            more.Send("PING");
            return more.Read().ToString() == "+PONG";
        });
    });

    /// <summary>However fast the client would take it. A transaction is executed to its end, what is sent behind it is not, and long work stops.</summary>
    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void AReplyBeyondTheOutputLimitIsNotSent(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Kind(kind), "server");
        RespClient other = s.Connect(server);
        string item = new('x', 1000);
        for (int i = 0; i < 150; i++) other.Must("RPUSH", "list", item);
        for (int i = 0; i < 5000; i++) other.Must("SET", item + i, "v");
        other.Must("HSET", "hash", "field", "value");
        other.Must("SADD", "set", "member");
        other.Must("ZADD", "zset", "1", "member");
        other.Must("SET", "large", new string('v', Megabyte));
        other.Must("CONFIG", "SET", "client-output-buffer-limit", "normal 100000 0 0");
        other.Must("CONFIG", "RESETSTAT");
        long before = Used(other);
        string[] requests =
        [
            "LRANGE list 0 -1", "KEYS *", "GET large", "HRANDFIELD hash -900000000 WITHVALUES", "SRANDMEMBER set -900000000", "ZRANDMEMBER zset -900000000",
            "SET n 1|MULTI|INCR n|LRANGE list 0 -1|INCR n|EXEC|INCR n", "LRANGE list 0 9|LRANGE list 0 -1|SET n 7",
        ];
        foreach (string request in requests)
        {
            using RespClient client = server.Connect();
            client.Must("CLIENT", "SETNAME", "greedy");
            client.SendRaw(request.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n");
            Assert.True(client.IsClosedByServer(), request);
            Assert.DoesNotContain("greedy", other.Must("CLIENT", "LIST").String);
        }

        Assert.Equal("3", other.Must("GET", "n").String);
        Poll.Until("their memory to be free", () => Used(other) < before + (200 << 10));
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void ARequestBeyondTheLimitsEndsItsConnection(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Kind(kind), "server", "--client-query-buffer-limit", "2mb", "--proto-max-bulk-len", "1mb");
        RespClient other = s.Connect(server);
        using (RespClient tooLong = server.Connect())
        {
            tooLong.SendRaw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n");
            Assert.Equal("-ERR Protocol error: invalid bulk length", tooLong.Read().ToString());
            Assert.True(tooLong.IsClosedByServer());
        }

        if (Kind(kind) == ServerKind.Redis) return; // takes each long argument out of the buffer, and does not count it any more
        long before = Used(other);
        byte[] part = Encoding.ASCII.GetBytes("$1000000\r\n" + new string('x', 1_000_000) + "\r\n");
        using RespClient tooMuch = server.Connect();
        tooMuch.SendRaw("*100\r\n$3\r\nDEL\r\n");
        Poll.Until("the sender to be cut off", () =>
        {
            try
            {
                tooMuch.SendRaw(part);
                return false;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return true;
            }
        });
        Assert.Equal("+PONG", other.Must("PING").ToString());
        Poll.Until("its memory to be free", () => Used(other) < before + (3 * Megabyte));
        Assert.Equal("+OK", other.Must("SET", "k", new string('v', Megabyte)).ToString());
    });

    /// <summary>Redis 7.0 counts what is queued for maxmemory-clients only.</summary>
    [PairFact]
    public void ATransactionBeyondTheLimitEndsItsConnection() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server", "--client-query-buffer-limit", "2mb");
        RespClient other = s.Connect(server);
        long before = Used(other);
        using RespClient greedy = server.Connect();
        greedy.Must("MULTI");
        string value = new('v', 10_000);
        int queued = 0;
        try
        {
            while (greedy.Call("SET", "k", value).ToString() == "+QUEUED") Assert.InRange(++queued, 0, 300);
        }
        catch (Exception e) when (e is System.IO.IOException or System.Net.Sockets.SocketException)
        {
            // closed
        }

        Assert.InRange(queued, 100, 300);
        Poll.Until("its memory to be free", () => Used(other) < before + Megabyte);
        Assert.Equal("1", other.Info("stats")["redouble_query_limit_disconnections"]);
        Assert.Equal(0, other.Must("EXISTS", "k").Integer);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void WhoDoesNotReadIsClosedAtItsLimit(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(
            Kind(kind), "server", "--client-output-buffer-limit", "normal 4mb 0 0 pubsub 2mb 0 0", "--loglevel", "notice");
        RespClient other = s.Connect(server);
        other.Must("SET", "large", new string('v', Megabyte));
        long before = Used(other);
        using RespClient reader = server.Connect();
        using RespClient listener = server.Connect();
        listener.Must("SUBSCRIBE", "news");
        reader.SendRaw(string.Concat(Enumerable.Repeat("GET large\r\n", 30))); // at once: it may be closed behind the first ones
        Poll.Until("the reader to be closed", () => Clients(other) == 2);
        string message = new('m', 100_000);
        Poll.Until("the listener to be closed", () => other.Must("PUBLISH", "news", message).Integer == 0);
        Assert.Equal(1, Clients(other));
        Poll.Until("their memory to be free", () => Used(other) < before + (2 * Megabyte));
        Assert.Equal(2, server.LogTail(200).Split("scheduled to be closed ASAP for overcoming of output buffer limits").Length - 1);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void AllClientsTogetherStayBelowTheirLimit(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Kind(kind), "server", "--maxmemory-clients", "20mb");
        RespClient other = s.Connect(server);
        other.Must("CLIENT", "NO-EVICT", "ON");
        other.Must("SET", "large", new string('v', Megabyte / 2));
        long before = Used(other);
        var readers = new List<RespClient>();
        for (int i = 0; i < 40; i++)
        {
            readers.Add(s.Own(server.Connect()));
            readers[i].SendRaw(string.Concat(Enumerable.Repeat("GET large\r\n", 16))); // at once: it may be closed behind the first ones
            Assert.InRange(Used(other), 0, before + (45 * Megabyte));
        }

        Poll.Until("the largest to be closed", () => long.Parse(other.Info("stats")["evicted_clients"], CultureInfo.InvariantCulture) > 0);
        Assert.InRange(long.Parse(other.Info("memory")["mem_clients_normal"], CultureInfo.InvariantCulture), 0, 21 * Megabyte);
        Assert.Equal("+PONG", other.Must("PING").ToString());
    });

    private static long Used(RespClient client) => long.Parse(client.Info("memory")["used_memory"], CultureInfo.InvariantCulture);

    private static int Clients(RespClient client) => int.Parse(client.Info("clients")["connected_clients"], CultureInfo.InvariantCulture);
}
