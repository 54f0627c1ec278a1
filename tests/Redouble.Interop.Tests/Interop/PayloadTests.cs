using System.Net;
using System.Net.Sockets;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>The data set on the wire and in the file: each server reads what the other wrote, with the same digest.</summary>
public sealed class PayloadTests
{
    [PairTheory]
    [InlineData("sync")]
    [InlineData("psync")]
    [InlineData("psync eof")]
    public void TheRealRedisLoadsThePayloadOfAFullSync(string how) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        DataSet.Fill(s.Connect(primary), seed: 31, 3000);
        using SyncClient client = how switch
        {
            "sync" => SyncClient.Sync(primary.Port),
            "psync" => SyncClient.PsyncWithoutEof(primary.Port),
            _ => SyncClient.Psync(primary.Port),
        };
        Assert.Equal(how == "psync eof", client.Payload.Diskless);
        Assert.Equal("REDIS0010", Latin1.Text(client.Payload.Rdb.AsSpan(0, 9)));
        ServerProcess reader = s.Create(ServerKind.Redis, "reader");
        File.WriteAllBytes(reader.RdbPath, client.Payload.Rdb);
        reader.StartLoaded();
        Assert.Equal(primary.Digest(), reader.Digest());
    });

    [PairTheory]
    [InlineData("Redis", "Redouble")]
    [InlineData("Redouble", "Redis")]
    [InlineData("Redouble", "Redouble")]
    public void EachLoadsTheFileOfTheOther(string writerKind, string readerKind) => Scenario.Run(s =>
    {
        ServerProcess writer = s.Start(Pairs.Kind(writerKind), "writer");
        RespClient client = s.Connect(writer);
        DataSet.Fill(client, seed: 32, 5000);
        client.Must("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        foreach (string compression in (string[])["yes", "no"])
        {
            client.Must("CONFIG", "SET", "rdbcompression", compression);
            client.Must("SAVE");
            ServerProcess reader = s.Create(Pairs.Kind(readerKind), $"reader-{compression}");
            File.Copy(writer.RdbPath, reader.RdbPath);
            reader.StartLoaded();
            Assert.Equal(writer.Digest(), reader.Digest());
            Assert.Equal(SortedExpiries(writer), SortedExpiries(reader));
        }
    });

    [PairTheory]
    [InlineData("Redis", "Redouble")]
    [InlineData("Redouble", "Redis")]
    public void BgsaveUnderAWriteLoadIsAConsistentFile(string writerKind, string readerKind) => Scenario.Run(s =>
    {
        ServerProcess writer = s.Start(Pairs.Kind(writerKind), "writer");
        RespClient client = s.Connect(writer);
        DataSet.Fill(client, seed: 33, 20_000);

        // Two counters that are only ever moved together: a file that holds one state shows them equal.
        bool stop = false;
        var mover = new Thread(() =>
        {
            using RespClient pair = writer.Connect();
            while (!Volatile.Read(ref stop))
            {
                pair.Pipeline([["MULTI"], ["INCR", "left"], ["INCR", "right"], ["EXEC"]]);
            }
        });
        mover.Start();
        try
        {
            Poll.Until("the counters to move", () => client.Must("EXISTS", "left").Integer == 1);
            client.Must("BGSAVE");
            Poll.Until("BGSAVE to end", () => client.Info("persistence")["rdb_bgsave_in_progress"] == "0");
        }
        finally
        {
            Volatile.Write(ref stop, true);
            mover.Join();
        }

        Assert.Equal("ok", client.Info("persistence")["rdb_last_bgsave_status"]);
        ServerProcess reader = s.Create(Pairs.Kind(readerKind), "reader");
        File.Copy(writer.RdbPath, reader.RdbPath);
        reader.StartLoaded();
        Reply both = reader.Once("MGET", "left", "right");
        Assert.False(both[0].IsNull);
        Assert.Equal(both[0], both[1]);
        client.Must("DEL", "left", "right");
        reader.Once("DEL", "left", "right");
        Assert.Equal(writer.Digest(), reader.Digest());
    });

    [PairFact]
    public void NothingFollowsTheEndMarkBeforeTheFirstAck() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        DataSet.Fill(s.Connect(primary), seed: 34, 2000);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, primary.Port));
        var reader = new WireReader(socket);
        socket.Send(Latin1.Request("REPLCONF", "capa", "eof", "capa", "psync2"));
        Assert.Equal("+OK", reader.ReadLine());
        socket.Send(Latin1.Request("PSYNC", "?", "-1"));
        string line;
        do
        {
            line = reader.ReadLine();
        }
        while (line.Length == 0);

        long offset = long.Parse(line.Split(' ')[2]);
        Assert.True(SyncPayload.Read(reader).Diskless);
        primary.Once("SET", "k", "behind the mark");
        socket.ReceiveTimeout = 500;
        Assert.Throws<TimeoutException>(() => reader.ReadByte());
        socket.ReceiveTimeout = 10_000;
        Poll.Until("the stream to start", () =>
        {
            socket.Send(Latin1.Request("REPLCONF", "ACK", offset.ToString()));
            return socket.Available > 0;
        });
        Assert.Equal("*[$SELECT, $0]", ReplyReader.Read(reader).ToString());
        Assert.Equal("*[$SET, $k, $\"behind the mark\"]", ReplyReader.Read(reader).ToString());
    });

    private static string SortedExpiries(ServerProcess server)
    {
        using RespClient client = server.Connect();
        string[] keys = [.. client.Must("KEYS", "key:*").Items.Select(k => k.String).Order(StringComparer.Ordinal)];
        return string.Join('\n', keys.Zip(client.Pipeline([.. keys.Select(k => (string[])["PEXPIRETIME", k])]), (k, t) => $"{k} {t}"));
    }
}
