using System.Net.Sockets;
using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>Frames that are random, damaged, or announce more than ever comes.</summary>
public sealed class FrameTests
{
    [RedoubleFact]
    public void RandomBytesNeverHarmTheServer() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server");
        server.Once("SET", "k", "v");
        var dice = new Dice(51);
        for (int i = 0; i < 300; i++)
        {
            using RespClient client = server.Connect(2000);
            try
            {
                client.SendRaw(dice.Pick("", "*", "$", "*2\r\n$3\r\n", "*3\r\n$3\r\nGET\r\n$", "PING ", "\r\n") + dice.Bytes(dice.Between(1, 400)));
                client.ShutdownSend();
                client.Reader.ReadToEnd();
            }
            catch (SocketException)
            {
                // Closed in the middle of our write.
            }
        }

        Assert.Equal("v", server.Once("GET", "k").String);
    });

    [RedoubleFact]
    public void DamagedCommandsNeverHarmTheServer() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server");
        var dice = new Dice(52);
        Family strings = Families.Named("strings");
        for (int seed = 0; seed < 30; seed++)
        {
            byte[] bytes = [.. strings.Program(seed).Steps.SelectMany(step => step.Requests)
                .Where(r => r.Args[0] != "@sleep").SelectMany(r => Latin1.Request(r.Args))];
            for (int flips = dice.Between(1, 5); flips > 0; flips--)
            {
                bytes[dice.Next(bytes.Length)] ^= (byte)dice.Between(1, 255);
            }

            using RespClient client = server.Connect(2000);
            try
            {
                client.SendRaw(bytes);
                client.ShutdownSend();
                client.Reader.ReadToEnd();
            }
            catch (SocketException)
            {
                // As above.
            }

            Assert.Equal("+PONG", server.Once("PING").ToString());
        }
    });

    [RedoubleFact]
    public void AnnouncedBytesThatNeverComeCostNoMemory() => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return; // Redis 7.0 does allocate what is announced.
        }

        ServerProcess server = s.Subject("server");
        long before = long.Parse(server.Info("memory")["used_memory"]);
        var clients = new List<RespClient>();
        for (int i = 0; i < 50; i++)
        {
            RespClient client = s.Own(server.Connect());
            client.SendRaw("*1000000\r\n$3\r\nSET\r\n$500000000\r\nabc");
            clients.Add(client);
        }

        Assert.Equal("+PONG", server.Once("PING").ToString());
        long after = long.Parse(server.Info("memory")["used_memory"]);
        Assert.InRange(after - before, -1_000_000, 100_000_000);
    });

    [RedoubleFact]
    public void ABulkBeyondProtoMaxBulkLenIsRefusedByName() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server", "--proto-max-bulk-len", "1mb");
        using RespClient client = server.Connect();
        client.SendRaw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n");
        Assert.Equal("-ERR Protocol error: invalid bulk length", client.Read().ToString());
        Assert.True(client.IsClosedByServer());
    });

    [RedoubleFact]
    public void AQueryBufferBeyondItsLimitClosesTheConnection() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server", "--client-query-buffer-limit", "1mb");
        using RespClient client = server.Connect(3000);
        try
        {
            client.SendRaw("*2\r\n$3\r\nGET\r\n$10000000\r\n" + new string('x', 5_000_000));
        }
        catch (SocketException)
        {
            // Closed while we were still sending.
        }

        Assert.True(client.IsClosedByServer());
        Assert.Equal("+PONG", server.Once("PING").ToString());
        server.WaitForLog("Closing client that reached max query buffer length");
    });

    [RedoubleFact]
    public void ConnectionsBeyondMaxclientsAreToldSo() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server", "--maxclients", "5");
        RespClient first = s.Connect(server);
        Poll.Until("the connections of the start to be gone", () => first.Info("clients")["connected_clients"] == "1");
        RespClient[] clients = [first, .. Enumerable.Range(0, 4).Select(_ => s.Connect(server))];
        Assert.All(clients, c => Assert.Equal("+PONG", c.Call("PING").ToString()));
        using RespClient sixth = server.Connect();
        Assert.Equal("-ERR max number of clients reached", sixth.Read().ToString());
        Assert.True(sixth.IsClosedByServer());
    });

    [RedoubleFact]
    public void ASlowReaderBeyondItsOutputLimitIsClosed() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server", "--client-output-buffer-limit", "normal 1mb 0 0");
        server.Once("SET", "big", new string('x', 500_000));
        using RespClient client = server.Connect();
        byte[] get = Latin1.Request("GET", "big");
        try
        {
            for (int i = 0; i < 200; i++)
            {
                client.SendRaw(get);
            }
        }
        catch (SocketException)
        {
            // Closed while we were still sending.
        }

        server.WaitForLog("for overcoming of output buffer limits");
        Assert.Equal("+PONG", server.Once("PING").ToString());
    });

    [RedoubleTheory]
    [InlineData("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nSET stolen 1\r\n")]
    [InlineData("*1\r\n$4\r\npost\r\n")]
    public void ABrowserIsClosedAtOnce(string request) => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server");
        using RespClient client = server.Connect();
        client.SendRaw(request);
        Assert.True(client.IsClosedByServer());
        Assert.Equal(0, server.Once("EXISTS", "stolen").Integer);
        server.WaitForLog("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis.");
    });

    [RedoubleFact]
    public void WhatWaitsBehindABlockedClientDoesNotHoldUpTheOthers() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server");
        using RespClient blocked = server.Connect();
        blocked.SendRaw(Latin1.Request("WAIT", "1", "0"));
        byte[] piece = [.. Enumerable.Repeat(Latin1.Request("SET", "k", new string('v', 100)), 4000).SelectMany(bytes => bytes)];
        using RespClient other = server.Connect(2000);
        for (int i = 0; i < 100; i++)
        {
            blocked.SendRaw(piece);
            Assert.Equal("+PONG", other.Call("PING").ToString());
        }

        if (!Peers.SelfTest)
        {
            Assert.InRange(long.Parse(other.Info("memory")["used_memory"]), 50L * piece.Length, 250L * piece.Length);
        }

        Assert.Equal(0, server.Once("EXISTS", "k").Integer);
    });

    [RedoubleFact]
    public void AClientThatSendsOnBehindItsErrorCostsNoMemory() => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return; // Redis keeps it up to the query buffer's limit.
        }

        ServerProcess server = s.Subject("server");
        server.Once("SET", "big", new string('x', 20_000_000));
        long before = long.Parse(server.Info("memory")["used_memory"]);
        using RespClient client = server.Connect();
        client.SendRaw([.. Latin1.Request("GET", "big"), .. Latin1.Bytes("*nonsense\r\n")]);
        for (int i = 0; i < 40; i++)
        {
            client.SendRaw(new string('x', 1_000_000));
        }

        Assert.InRange(long.Parse(server.Info("memory")["used_memory"]) - before, -1_000_000, 10_000_000);
        Assert.Equal(20_000_000, client.Read().String.Length);
        Assert.StartsWith("-ERR Protocol error", client.Read().ToString(), StringComparison.Ordinal);
        Assert.True(client.IsClosedByServer());
    });

    [RedoubleTheory]
    [InlineData("MONITOR", "normal")]
    [InlineData("SYNC", "replica")]
    public void WhoIsFedAndNeverReadsIsClosed(string how, string limited) => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server", "--client-output-buffer-limit", $"{limited} 4mb 0 0", "--repl-backlog-size", "1mb");
        using RespClient fed = server.Connect();
        fed.Send(how);
        using RespClient writer = server.Connect();
        string flag = how == "SYNC" ? "flags=S" : "flags=O";
        Poll.Until("the client to be fed", () => server.Once("CLIENT", "LIST").String.Contains(flag, StringComparison.Ordinal));
        string value = new('z', 500_000);
        Poll.Until(
            "the client to be closed",
            () =>
            {
                writer.Must("SET", "k", value);
                return server.Log().Contains("overcoming of output buffer limits", StringComparison.Ordinal);
            },
            20_000);
        Poll.Until("its connection to be gone", () => !server.Once("CLIENT", "LIST").String.Contains("flags=O", StringComparison.Ordinal));
        Poll.Until("the replica to be gone", () => server.Info("replication")["connected_slaves"] == "0");
        Assert.Equal(value, writer.Must("GET", "k").String);
    });
}
