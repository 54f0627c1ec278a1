using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Strings that are saved in parts, compressed and not, while they are written to: Redis reads them, and they are of one moment.</summary>
public sealed class LargeStringTests
{
    private const int StampLength = 12;
    private const string StampOffset = "9999990"; // in the middle of both strings that are stamped

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AFileOfThemIsLoaded(string readerKind) => Scenario.Run(s =>
    {
        ServerProcess writer = s.Subject("writer");
        RespClient client = s.Connect(writer);
        Fill(client);
        foreach (string compression in (string[])["yes", "no"])
        {
            client.Must("CONFIG", "SET", "rdbcompression", compression);
            Save(client);
            Assert.InRange(new FileInfo(writer.RdbPath).Length, compression == "yes" ? 1 << 20 : 90 << 20, compression == "yes" ? 60 << 20 : 130 << 20);
            ServerProcess reader = s.Create(Pairs.Kind(readerKind), $"reader-{compression}");
            File.Copy(writer.RdbPath, reader.RdbPath);
            reader.StartLoaded();
            Assert.Equal(writer.Digest(), reader.Digest());
        }
    });

    [PairTheory]
    [InlineData("Redis", "yes")]
    [InlineData("Redis", "no")]
    [InlineData("Redouble", "yes")]
    public void AFileAndAReplicaHoldThemAsOfOneMoment(string otherKind, string compression) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(ServerKind.Redouble, "primary", "--rdbcompression", compression);
        RespClient client = s.Connect(primary);
        Fill(client);
        ServerProcess replica = s.Start(Pairs.Kind(otherKind), "replica");
        bool stop = false;
        int stamped = 0;
        var stamper = new Thread(() =>
        {
            using RespClient pair = primary.Connect();
            var random = new Random(7);
            while (!Volatile.Read(ref stop))
            {
                string stamp = stamped.ToString($"D{StampLength}");
                pair.Pipeline(
                [
                    ["MULTI"], ["SETRANGE", "dense", StampOffset, stamp], ["SETRANGE", "sparse", StampOffset, stamp], ["EXEC"],
                    ["SETBIT", "sparse", random.Next(400_000_000).ToString(), "1"], ["SETRANGE", "text", random.Next(6_000_000).ToString(), stamp],
                    ["APPEND", "text", "x"],
                ]);
                Interlocked.Increment(ref stamped);
            }
        });
        stamper.Start();
        try
        {
            Poll.Until("the stamps to move", () => Volatile.Read(ref stamped) > 10);
            Save(client);
            replica.Follow(primary.Port);
            Link.WaitUp(replica, 60_000);
        }
        finally
        {
            Volatile.Write(ref stop, true);
            stamper.Join();
        }

        Link.WaitEqual(primary, replica);
        ServerProcess reader = s.Create(Pairs.Kind(otherKind), "reader");
        File.Copy(primary.RdbPath, reader.RdbPath);
        reader.StartLoaded();
        Assert.Equal(StampIn(reader, "dense"), StampIn(reader, "sparse"));
    });

    private static string StampIn(ServerProcess server, string key) =>
        server.Once("GETRANGE", key, StampOffset, (int.Parse(StampOffset) + StampLength - 1).ToString()).String;

    private static void Save(RespClient client)
    {
        client.Must("BGSAVE");
        Poll.Until("BGSAVE to end", () => client.Info("persistence")["rdb_bgsave_in_progress"] == "0", 60_000);
        Assert.Equal("ok", client.Info("persistence")["rdb_last_bgsave_status"]);
    }

    // 50 MB with few bits, 20 MB of random bytes, 20 MB of zeros with random bytes behind, 6 MB of text.
    private static void Fill(RespClient client)
    {
        const int stretch = 1 << 20;
        var random = new Random(99);
        Pipeline(client, 20_000, _ => ["SETBIT", "sparse", random.Next(400_000_000).ToString(), "1"]);
        client.Must("SETBIT", "sparse", "400000000", "1");
        for (int at = 0; at < 20 * stretch; at += stretch) client.Must("SETRANGE", "dense", at.ToString(), Bytes(random, stretch));
        for (int at = 20 * stretch; at < 24 * stretch; at += stretch) client.Must("SETRANGE", "mixed", at.ToString(), Bytes(random, stretch));
        Pipeline(
            client, 60_000, i => ["APPEND", "text", $"line {i}: the same words again and again, and a number {random.Next()} at the end of the line, 100"]);
        client.Must("PEXPIRE", "text", "100000000");
        client.Must("SET", "small", "value");
    }

    private static void Pipeline(RespClient client, int count, Func<int, string[]> command)
    {
        foreach (int[] some in Enumerable.Range(0, count).Chunk(1000))
        {
            foreach (Reply reply in client.Pipeline([.. some.Select(command)])) Assert.Equal(':', reply.Type);
        }
    }

    private static string Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return Latin1.Text(bytes);
    }
}
