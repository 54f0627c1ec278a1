using System.Diagnostics;
using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>The real server loads what is written here, and what it writes is read here.</summary>
public sealed class RdbInteropTests
{
    [RedisFact]
    public void Redis_loads_a_file_that_was_written_here()
    {
        var random = new Random(31);
        var records = FutureRecords(random, 3000);
        var file = WriteFile(records, RdbCompression.Always);
        using var server = new RedisServer(file, "--databases", "40", "--maxmemory-policy", "allkeys-lfu");
        Assert.Equal("#!lua name=lib\nredis.register_function('f', function() return 1 end)", FunctionCode(server));
        var db = -1;
        foreach (var record in records)
        {
            if (record.Db != db) Assert.Equal("OK", server.Call("SELECT", db = record.Db));
            server.Send("GET", record.Key);
            server.Send("PEXPIRETIME", record.Key);
            Assert.Equal(record.Value, server.Receive());
            Assert.Equal(record.ExpiryMs, server.Receive());
        }

        // The digest covers keys, values and expiries of all databases: it equals that of a server that was told them one by one.
        var digest = server.Call("DEBUG", "DIGEST");
        using var told = new RedisServer(null, "--databases", "40");
        foreach (var record in records)
        {
            told.Call("SELECT", record.Db);
            Assert.Equal("OK", told.Call("SET", record.Key, record.Value));
            if (record.ExpiryMs >= 0) Assert.Equal(1L, told.Call("PEXPIREAT", record.Key, record.ExpiryMs));
        }

        Assert.Equal(told.Call("DEBUG", "DIGEST"), digest);

        // And what the server then saves is what was written.
        Assert.Equal("OK", server.Call("SAVE"));
        var (status, reader) = RdbSamples.Read(File.ReadAllBytes(server.RdbPath), pieceLength: () => 4096);
        Assert.Null(reader.Error);
        Assert.Equal(RdbReadStatus.Done, status);
        RdbSamples.AssertSame(Comparable(records), Comparable(reader.Target.Recording.Strings));
    }

    [RedisFact("redis-check-rdb")]
    public void The_checker_of_Redis_finds_nothing_wrong()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, WriteFile(FutureRecords(new Random(32), 500), RdbCompression.Adaptive));
            var start = new ProcessStartInfo(RedisFactAttribute.Find("redis-check-rdb")!) { RedirectStandardOutput = true };
            start.ArgumentList.Add(path);
            using var process = Process.Start(start)!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Contains("\\o/ RDB looks OK! \\o/", text);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [RedisFact]
    public void What_Redis_writes_of_every_type_is_scanned_and_read()
    {
        var random = new Random(33);
        using var server = new RedisServer();
        var kinds = FillWithEveryType(server, random);
        Assert.Equal("OK", server.Call("SAVE"));
        var file = File.ReadAllBytes(server.RdbPath);
        var keys = (long)server.Call("DBSIZE")!;
        var (status, reader) = RdbSamples.Read(file, RdbReadMode.Scan, () => random.Next(1, 3000));
        Assert.Null(reader.Error);
        Assert.Equal(RdbReadStatus.Done, status);
        var scanned = reader.Target.Recording.Log.Where(line => line.Contains(" key:")).ToArray();
        Assert.Equal(keys, scanned.Length);
        Assert.Equal(kinds.Order(), scanned.Select(line => line[..line.IndexOf(" key:", StringComparison.Ordinal)]).Distinct().Order());

        var scanner = new RdbScanner();
        Assert.Equal(RdbReadStatus.Done, scanner.Feed(file, out _));
        Assert.Null(scanner.Summary.Unloadable);

        var fromFile = new RdbReader<CollectingTarget>(new CollectingTarget(), new RdbReaderOptions());
        for (var at = 0; at < file.Length;)
        {
            Assert.NotEqual(RdbReadStatus.Failed, fromFile.Feed(file.AsSpan(at, Math.Min(random.Next(1, 5000), file.Length - at)), out var consumed));
            at += consumed;
        }

        Assert.Equal(RdbReadStatus.Done, fromFile.Finish());
        var fromPayload = new DumpReader<CollectingTarget>(new CollectingTarget());
        foreach (var name in ((object?[])server.Call("KEYS", "*")!).Cast<string>())
        {
            var expected = ServerValues.Describe(server, name);
            Assert.Equal(expected, fromFile.Target.Values[name]);
            var payload = RecordingTarget.Bytes((string)server.Call("DUMP", name)!);
            Assert.Equal(DumpStatus.Ok, fromPayload.Read(payload, new RdbKey(RecordingTarget.Bytes(name)), out _));
            Assert.Equal(expected, fromPayload.Target.Values[name]);
        }

        Assert.Equal(keys, fromFile.Target.Values.Count);
    }

    [RedisFact]
    public void Payloads_go_both_ways()
    {
        using var server = new RedisServer();
        var dump = new DumpWriter(RdbDialect.Rdb10, compress: true);
        var scratch = new RdbScratch();
        var random = new Random(34);
        foreach (var record in RdbReaderTests.RandomRecords(random, 300, large: true))
        {
            var payload = dump.Write(RdbType.String, RecordingTarget.Bytes(record.Value)).ToArray();
            Assert.Equal("OK", server.Call("RESTORE", "k", "0", payload, "REPLACE"));
            Assert.Equal(record.Value, server.Call("GET", "k"));
            var theirs = RecordingTarget.Bytes((string)server.Call("DUMP", "k")!);
            Assert.Equal(DumpStatus.Ok, DumpPayload.Read(theirs, scratch, out _, out var value));
            Assert.True(value.SequenceEqual(RecordingTarget.Bytes(record.Value)));
        }

        var newer = new DumpWriter(RdbDialect.Rdb11, compress: true).Write(RdbType.String, "x"u8).ToArray();
        Assert.Equal(RecordingTarget.Text(DumpPayload.ErrorReply(DumpStatus.WrongVersionOrChecksum)), server.Call("RESTORE", "k11", "0", newer));
    }

    private static List<StringRecord> FutureRecords(Random random, int count) =>
        RdbReaderTests.RandomRecords(random, count, large: true).Select(record => record with
        {
            Db = record.Db % 40,
            Key = "key:" + random.NextInt64() + record.Key,
            ExpiryMs = record.ExpiryMs < 0 ? -1 : (long)1e13 + (record.ExpiryMs % (long)1e12),
            IdleSeconds = -1,
        }).OrderBy(record => record.Db).ToList();

    private static byte[] WriteFile(List<StringRecord> records, RdbCompression compression)
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions { Compression = compression });
        writer.WriteHeader();
        writer.WriteAuxFields(new RdbAuxFields
        {
            CreationTimeSeconds = 1,
            UsedMemory = 2,
            Replication = new RdbReplicationFields(0, new string('b', 40), 12_345),
        });
        writer.WriteFunction("#!lua name=lib\nredis.register_function('f', function() return 1 end)"u8);
        var db = -1;
        foreach (var record in records)
        {
            if (record.Db != db)
            {
                writer.WriteSelectDb(db = record.Db);
                writer.WriteResizeDb(records.Count(other => other.Db == record.Db), records.Count(other => other.Db == record.Db && other.ExpiryMs >= 0));
            }

            var key = new RdbKey(RecordingTarget.Bytes(record.Key)) { ExpiryMs = record.ExpiryMs, Frequency = record.Frequency };
            writer.WriteRecord(key, RdbType.String, RecordingTarget.Bytes(record.Value));
        }

        writer.WriteEnd();
        return output.Written.ToArray();
    }

    private static StringRecord[] Comparable(IEnumerable<StringRecord> records) =>
        records.Select(record => record with { Frequency = -1, IdleSeconds = -1 }).OrderBy(record => record.Key, StringComparer.Ordinal).ToArray();

    private static string FunctionCode(RedisServer server)
    {
        var library = (object?[])((object?[])server.Call("FUNCTION", "LIST", "WITHCODE")!)[0]!;
        return (string)library[^1]!;
    }

    // Returns the names of the types that the file then has.
    private static string[] FillWithEveryType(RedisServer server, Random random)
    {
        void Do(params object[] arguments)
        {
            var reply = server.Call(arguments);
            Assert.False(reply is string text && text.StartsWith('-'), $"{arguments[0]}: {reply}");
        }

        for (var i = 0; i < 200; i++)
        {
            var size = random.Next(1, 30);
            if (i % 10 == 0) size = 700;
            for (var j = 0; j < size; j++)
            {
                var item = random.Next(3) == 0 ? random.Next(1000).ToString() : new string((char)random.Next('a', 'z'), random.Next(1, 90));
                Do("RPUSH", $"key:list:{i}", item);
                Do("SADD", $"key:set:{i}", item);
                Do("SADD", $"key:numbers:{i}", random.Next(100_000));
                Do("ZADD", $"key:zset:{i}", random.Next(100) / 8.0, item);
                Do("HSET", $"key:hash:{i}", item, item);
                if (i % 5 == 0 && j < 300) Do("XADD", $"key:stream:{i}", "*", "field", item);
            }

            Do("SET", $"key:string:{i}", new string('s', size));
            if (i % 5 != 0) continue;
            Do("XGROUP", "CREATE", $"key:stream:{i}", "group", "0");
            Do("XREADGROUP", "GROUP", "group", "consumer", "COUNT", "7", "STREAMS", $"key:stream:{i}", ">");
            Do("XREADGROUP", "GROUP", "group", "another", "COUNT", "3", "STREAMS", $"key:stream:{i}", ">");
            Do("XGROUP", "CREATE", $"key:stream:{i}", "latest", "$");
            if (server.Call("XRANGE", $"key:stream:{i}", "-", "+", "COUNT", "3") is object?[] { Length: 3 } entries)
            {
                Do("XDEL", $"key:stream:{i}", (string)((object?[])entries[1]!)[0]!);
                Do("XACK", $"key:stream:{i}", "group", (string)((object?[])entries[2]!)[0]!);
            }
        }

        Do("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "100b");
        Do("RPUSH", "key:list:plain", "a", new string('p', 300), "b", new string('q', 70_000), new string('r', 100));
        Do("SADD", "key:smallnumbers", 1, 2, 3);
        Do("SADD", "key:widenumbers", -1, 40_000, 5_000_000_000);
        Do("ZADD", "key:scores", "-inf", "a", "0.1", "b", "-0", "c", "1e300", "d", "inf", "e", "17", "f");
        Do("ZADD", "key:smallzset", 1, "a");
        Do("HSET", "key:smallhash", "a", "b");
        Do("SADD", "key:names", "a", "b");
        return
        [
            "string", "list (quicklist 2)", "set (intset)", "set (hash table)", "zset (listpack)", "zset (skiplist)",
            "hash (listpack)", "hash (hash table)", "stream (listpacks 2)",
        ];
    }
}
