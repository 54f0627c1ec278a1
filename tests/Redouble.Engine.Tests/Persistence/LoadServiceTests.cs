using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence;

public sealed class LoadServiceTests
{
    /// <summary>Found by seed 127 of the simulator: a replica went on from the file's offset and kept what its primary had left out.</summary>
    [Fact]
    public void A_primary_tells_its_replicas_of_keys_that_expired_in_its_file()
    {
        using var first = new EngineNode();
        _ = new StreamTap(first);
        first.Do("SELECT 2");
        first.Do("SET short 1 PX 500");
        first.Do("SET long 1 PX 500000");
        first.Do("SAVE");
        var saved = first.Node.Replication.Protocol;

        var (second, stream) = SavedNode.Restart(first, laterMs: 1000);
        using (second)
        {
            Assert.Equal("*2|$6|SELECT|$1|2|*2|$3|DEL|$5|short|", stream);
            var identity = second.Node.Replication.Protocol.History.Identity;
            Assert.Equal((saved.History.Identity.Id, saved.Log.EndOffset + 1), (identity.SecondId, identity.SecondOffset));
            Assert.Equal(":0|", second.Do("EXISTS short"));
        }
    }

    /// <summary>Found by seed 9094 of the simulator: the last such collection stayed in memory until something else was built.</summary>
    [Fact]
    public void A_collection_that_expired_in_its_file_takes_no_memory()
    {
        using var first = new EngineNode();
        for (var i = 0; i < 1000; i++) first.Do($"HSET h {i} {new string('v', 100)}");
        first.Do("PEXPIRE h 500");
        first.Do("SAVE");
        var (second, _) = SavedNode.Restart(first, laterMs: 1000);
        using (second)
        {
            while (second.Node.Keyspace.FreeSlice(int.MaxValue))
            {
            }

            Assert.Equal(0, second.Node.Keyspace[0].Count);
            var held = second.Node.UsedMemory - second.Node.StartupMemoryBytes;
            Assert.True(held < 50_000, $"{held} bytes are held");
        }
    }

    [Theory]
    [InlineData("4611686018427387903", true)]
    [InlineData("4611686018427387904", false)]
    [InlineData("9223372036854775807", false)]
    [InlineData("9223372036854775808", false)]
    [InlineData("-1", false)]
    public void A_file_whose_offset_no_primary_reaches_has_no_place(string offset, bool isBelieved)
    {
        const string id = "0123456789abcdef0123456789abcdef01234567";
        foreach (var replica in (bool[])[false, true])
        {
            using var node = new EngineNode(replica ? ["replicaof 127.0.0.1 1"] : []);
            node.Files.Files["/data/dump.rdb"] = AuxFile(("repl-id", id), ("repl-offset", offset));
            Load(node);
            var protocol = node.Node.Replication.Protocol;
            var identity = protocol.History.Identity;
            Assert.Equal(isBelieved, id == (replica ? identity.Id : identity.SecondId).ToString());
            Assert.Equal(isBelieved ? long.Parse(offset, System.Globalization.CultureInfo.InvariantCulture) : 0, protocol.Log.EndOffset);
            if (!replica) Assert.Equal("+OK|", node.Do("SET a 1"));
        }
    }

    /// <summary>The stream said nothing of a database that does not exist here, and the next command of the primary ended the process.</summary>
    [Theory]
    [InlineData("3", 3)]
    [InlineData("15", 15)]
    [InlineData("16", -1)]
    [InlineData("-5", -1)]
    [InlineData("4294967296", -1)]
    public void The_streams_database_in_a_file_is_one_of_ours_or_none(string database, int expected)
    {
        using var node = new EngineNode("replicaof 127.0.0.1 1");
        node.Files.Files["/data/dump.rdb"] =
            AuxFile(("repl-stream-db", database), ("repl-id", "0123456789abcdef0123456789abcdef01234567"), ("repl-offset", "100"));
        Load(node);
        Assert.Equal((100, expected), (node.Node.Replication.Protocol.Log.EndOffset, node.Node.Replication.Protocol.Log.StreamDatabase));
    }

    /// <summary>Found by seed 1168 of the simulator: under its former name the stream went on in database 3, and was applied to 0.</summary>
    [Fact]
    public void A_primary_keeps_the_streams_database_and_says_it_anew()
    {
        using var node = new EngineNode();
        node.Files.Files["/data/dump.rdb"] =
            AuxFile(("repl-stream-db", "3"), ("repl-id", "0123456789abcdef0123456789abcdef01234567"), ("repl-offset", "100"));
        Load(node);
        var log = node.Node.Replication.Protocol.Log;
        Assert.Equal((100, 3, true), (log.EndOffset, log.StreamDatabase, log.SelectRequired));
    }

    [Theory]
    [InlineData("DEBUG RELOAD")]
    [InlineData("DEBUG RELOAD NOSAVE")]
    [InlineData("DEBUG RELOAD NOSAVE NOFLUSH MERGE")]
    public void A_load_is_not_overlapped_by_another(string command)
    {
        using var first = new EngineNode();
        for (var i = 0; i < 2000; i++) first.Do($"SET key:{i} {new string('v', 100)}");
        first.Do("SAVE");
        var file = first.Files.Files["/data/dump.rdb"];
        using var second = new EngineNode("enable-debug-command yes", "loading-process-events-interval-bytes 1024", "save 1 1");
        second.Files.Files["/data/dump.rdb"] = file;
        second.Node.LoadAtStart();
        second.Node.Loading.Slice(0);
        Assert.True(second.Node.IsLoading);
        Assert.Equal("-LOADING Redis is loading the dataset in memory|", second.Do(command));
        second.Do("DEBUG RESTART");
        Assert.Same(file, second.Files.Files["/data/dump.rdb"]); // what is there so far is not saved over what is to come
        while (second.Node.IsLoading) second.Node.EndTurn();
        Assert.Equal(":2000|", second.Do("DBSIZE"));
        Assert.Equal("+OK|", second.Do(command));
        Assert.Equal(":2000|", second.Do("DBSIZE"));
    }

    // Found by reading: the node stayed in the state of loading, and let nothing expire, for good.
    [Fact]
    public void A_file_that_cannot_be_read_ends_the_load()
    {
        using var node = new EngineNode();
        node.Do("SET a 1");
        node.Do("SAVE");
        node.Files.FailsAt = "read";
        Assert.True(node.Node.Loading.Begin("/data/dump.rdb", merges: true));
        node.Node.Keyspace.ExpiryPolicy = Redouble.Storage.Keyspace.ExpiryPolicy.Remove;
        Assert.True(node.Node.IsLoading);
        Assert.Throws<IOException>(() => node.Node.Loading.Slice(long.MaxValue));
        Assert.Equal((false, Redouble.Storage.Keyspace.ExpiryPolicy.Remove), (node.Node.IsLoading, node.Node.Keyspace.ExpiryPolicy));
        Assert.Equal("$1|1|", node.Do("GET a"));
    }

    // Found by reading: a time before 1970 made the key one without a time. Redis takes -1 for none, and any other for one that has come.
    [Theory]
    [InlineData(-5000, ":0|")]
    [InlineData(-2, ":0|")]
    [InlineData(-1, ":1|")]
    [InlineData(long.MinValue, ":0|")]
    public void A_key_that_expired_before_the_epoch_is_left_out(long expiryMs, string exists)
    {
        using var first = new EngineNode("rdbchecksum no");
        first.Do("SET a 1 PXAT 1999999999000");
        first.Do("SAVE");
        var file = first.Files.Files["/data/dump.rdb"];
        Span<byte> time = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(time, 1_999_999_999_000);
        var at = file.AsSpan().IndexOf(time);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(at), expiryMs);
        var (second, _) = SavedNode.Restart(first, laterMs: 0);
        using (second) Assert.Equal(exists, second.Do("EXISTS a"));
    }

    [Fact]
    public void A_replica_keeps_keys_that_expired_in_its_file()
    {
        using var first = new EngineNode();
        _ = new StreamTap(first);
        first.Do("SET short 1 PX 500");
        first.Do("SAVE");
        var (second, stream) = SavedNode.Restart(first, laterMs: 1000, "replicaof 127.0.0.1 1");
        using (second)
        {
            Assert.Equal("", stream);
            Assert.Equal(1, second.Node.Keyspace[0].Count);
        }
    }

    private static void Load(EngineNode node)
    {
        node.Node.LoadAtStart();
        while (node.Node.IsLoading) node.Node.EndTurn();
    }

    private static byte[] AuxFile(params (string Name, string Value)[] fields)
    {
        const byte aux = 0xFA, end = 0xFF;
        var bytes = new List<byte>("REDIS0010"u8.ToArray());
        foreach (var (name, value) in fields)
        {
            bytes.Add(aux);
            foreach (var text in (string[])[name, value])
            {
                bytes.Add((byte)text.Length);
                bytes.AddRange(System.Text.Encoding.ASCII.GetBytes(text));
            }
        }

        bytes.Add(end);
        bytes.AddRange(new byte[8]); // no checksum
        return [.. bytes];
    }
}
