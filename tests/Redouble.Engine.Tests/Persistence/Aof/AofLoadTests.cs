using Redouble.Engine.Persistence;
using Redouble.Engine.Tests.Harness;
using static Redouble.Engine.Tests.Persistence.Aof.AofSet;

namespace Redouble.Engine.Tests.Persistence.Aof;

public sealed class AofLoadTests
{
    private const string Bad =
        "Bad file format reading the append only file i: make a backup of your AOF file, then use ./redouble check-aof --fix <filename.manifest>";

    [Fact]
    public void Base_and_incremental_files_are_loaded_in_order()
    {
        using var node = Start(
        [
            ("appendonly.aof.manifest", "file b.aof seq 2 type b\nfile old.aof seq 1 type h\nfile i3 seq 3 type i\nfile i4 seq 4 type i\n"),
            ("b.aof", Command("SELECT 1") + Command("SET a 1") + Command("RPUSH l x y")), ("i3", "#TS:1\r\n" + Command("INCR a")), ("i4", Command("INCR a") +
                Command("SELECT 0") + Command("SET b 1")),
        ]);
        Assert.Equal("$1|1|", node.Do("GET b"));
        Assert.Equal("$1|2|", node.Do("GET a")); // every file begins in database 0
        node.Do("SELECT 1");
        Assert.Equal("$1|1|", node.Do("GET a"));
        Assert.Equal(":2|", node.Do("LLEN l"));
        AssertLogged(node, "DB loaded from base file b.aof: 0.", "DB loaded from incr file i3: 0.", "DB loaded from incr file i4: 0.",
            "DB loaded from append only file: 0.");
    }

    [Fact]
    public void Nothing_is_counted_as_a_clients_command()
    {
        using var node = Start(Bytes(Command("SET a 1") + Command("INCR a") + Command("MULTI") + Command("INCR a") + Command("EXEC")));
        Assert.Equal(0, node.Node.Stats.CommandsProcessed);
        Assert.Equal(3, node.Node.Dirty);
        Assert.Equal("$1|3|", node.Do("GET a"));
        Assert.Equal(1, node.Node.Stats.CommandsProcessed);
    }

    [Fact]
    public void Keys_do_not_expire_while_they_are_loaded()
    {
        using var node = Start(Bytes(Command("SET a 5 PXAT 1000") + Command("INCR a") + Command("SET b 1") + Command("PEXPIREAT b 1000")));
        Assert.Equal(2, node.Node.Keyspace[0].Count);
        Assert.Equal("$-1|", node.Do("GET a"));
    }

    // What a server with functions writes first when aof-use-rdb-preamble is off: Redis, Valkey, and this one.
    [Fact]
    public void Libraries_of_functions_are_kept()
    {
        const string Code = "#!lua name=one\nredis.register_function('f', function() return 1 end)";
        using var node = Start(Bytes($"*3\r\n$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n${Code.Length}\r\n{Code}\r\n" + Command("SET a 1")));
        Assert.Equal("$1|1|", node.Do("GET a"));
        Assert.Equal(Code, Text(Assert.Single(node.Node.Functions)));
    }

    [Fact]
    public void A_file_of_before_7_0_moves_into_the_directory()
    {
        using var node = Start([("/data/appendonly.aof", Command("SET a 1"))]);
        Assert.Equal("$1|1|", node.Do("GET a"));
        Assert.StartsWith("file appendonly.aof seq 1 type b\n", Text(node.Files.Files[Folder + "appendonly.aof.manifest"]), StringComparison.Ordinal);
        Assert.False(node.Files.Files.ContainsKey("/data/appendonly.aof"));
        Assert.True(node.Files.Files.ContainsKey(Folder + "appendonly.aof"));
        AssertLogged(node, "Successfully migrated an old-style AOF file (appendonly.aof) into the AOF directory (appendonlydir).");
    }

    [Fact]
    public void The_move_is_finished_if_a_start_died_after_the_manifest()
    {
        using var node = Start([("/data/appendonly.aof", Command("SET a 1")), ("appendonly.aof.manifest", "file appendonly.aof seq 1 type b\n")]);
        Assert.Equal("$1|1|", node.Do("GET a"));
        using var other = Start([("/data/appendonly.aof", Command("SET a 2")), ("appendonly.aof.manifest", "file x seq 1 type b\n"), ("x",
            Command("SET a 1"))]);
        Assert.Equal("$1|1|", other.Do("GET a"));
        Assert.True(other.Files.Files.ContainsKey("/data/appendonly.aof"));
    }

    /// <summary>It had been moved by then, and the Redis that wrote it did not find it any more.</summary>
    [Theory]
    [InlineData("EVAL redis.call('set','e','1') 0", "it calls a script (EVAL at offset 27)")]
    [InlineData("evalsha e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0", "it calls a script (evalsha at offset 27)")]
    [InlineData("FCALL f 0", "it calls a script (FCALL at offset 27)")]
    [InlineData("MIGRATE a b", "Unknown command 'MIGRATE' reading the append only file appendonly.aof (at offset 27)")]
    public void A_file_of_before_7_0_that_cannot_be_loaded_stays_where_it_was(string command, string error)
    {
        var text = Command("SET a 1") + Command(command) + Command("SET b 2");
        using var node = Create([("/data/appendonly.aof", text)]);
        Assert.Throws<LoadRefusedException>(() => Load(node));
        Assert.Contains(error, node.LogLines[^1], StringComparison.Ordinal);
        Assert.Equal(text, Text(Assert.Single(node.Files.Files, static file => file.Key == "/data/appendonly.aof").Value));
        Assert.Single(node.Files.Files);
    }

    /// <summary>Which scripts are remembered was data before 7.0, and is none here: the start ended with "Unknown command 'SCRIPT'".</summary>
    [Fact]
    public void SCRIPT_is_passed_over_and_told_once()
    {
        using var node = Start([("/data/appendonly.aof", Command("SCRIPT LOAD return") + Command("SET a 1") + Command("script flush") + Command("MULTI")
            + Command("SCRIPT LOAD x") + Command("INCR a") + Command("EXEC") + Command("PUBLISH c m") + Command("SPUBLISH c m"))]);
        Assert.Equal("$1|2|", node.Do("GET a"));
        Assert.Single(node.LogLines, static line => line == "Skipping SCRIPT commands: they change no data, and scripts are not run here");
    }

    [Fact]
    public void What_a_node_of_a_cluster_took_over_is_there()
    {
        using var other = new EngineNode();
        other.Do("SET a 1");
        var payload = other.Do("DUMP a").Split('|')[1];
        using var node = Start([("/data/appendonly.aof", Text(EngineNode.Encode("RESTORE-ASKING", "a", "0", payload)))]);
        Assert.Equal("$1|1|", node.Do("GET a"));
    }

    [Fact]
    public void An_rdb_is_the_base_or_the_first_part_of_an_old_file()
    {
        using var first = new EngineNode();
        first.Do("SET a 1");
        first.Do("SAVE");
        var rdb = Text(first.Files.Files["/data/dump.rdb"]);
        using var node = Start([("appendonly.aof.manifest", "file b.rdb seq 1 type b\nfile i seq 1 type i\n"), ("b.rdb", rdb), ("i", Command("INCR a"))]);
        Assert.Equal("$1|2|", node.Do("GET a"));
        AssertLogged(node, "Reading RDB base file on AOF loading...", "Done loading RDB, keys loaded: 1, keys expired: 0.",
            "DB loaded from base file b.rdb: 0.");

        using var old = Start([("/data/appendonly.aof", rdb + Command("INCR a") + Command("INCR a"))]);
        Assert.Equal("$1|3|", old.Do("GET a"));
        AssertLogged(old, "Reading RDB preamble from AOF file...", "Reading the remaining AOF tail...");
    }

    [Fact]
    public void An_rdb_on_disk_is_not_looked_at()
    {
        using var first = new EngineNode();
        first.Do("SET a 1");
        first.Do("SAVE");
        using var node = Start([("/data/dump.rdb", Text(first.Files.Files["/data/dump.rdb"]))]);
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Theory]
    [InlineData("SET a 1|SET b 2", "ab")]
    [InlineData("SET a 1|MULTI|SET b 2|SET c 3|EXEC", "abc")]
    [InlineData("MULTI|SET b 2|SET c 3|EXEC|SET d 4", "bcd")]
    public void A_file_that_is_cut_at_any_byte_loses_what_is_not_whole(string commands, string keys)
    {
        var units = new List<int> { 0 };
        var text = "";
        var isInside = false;
        foreach (var command in commands.Split('|'))
        {
            text += Command(command);
            isInside = command == "MULTI" || (isInside && command != "EXEC");
            if (!isInside) units.Add(text.Length);
        }

        for (var cut = 0; cut <= text.Length; cut++)
        {
            using var node = Start(Bytes(text[..cut]));
            var valid = units.FindLast(unit => unit <= cut);
            Assert.Equal(valid, node.Files.Files[Folder + Incremental].Length);
            var expected = keys.Count(key => text.IndexOf($"\r\n{key}\r\n", StringComparison.Ordinal) is var at && at < valid);
            Assert.Equal($":{expected}|", node.Do("DBSIZE"));
            if (valid == cut) Assert.DoesNotContain(node.LogLines, line => line.Contains("Truncating", StringComparison.Ordinal));
            else AssertLogged(node, $"!!! Warning: short read while loading the AOF file {Incremental}!!!",
                $"!!! Truncating the AOF {Incremental} at offset {valid} !!!",
                $"AOF {Incremental} loaded anyway because aof-load-truncated is enabled");

            if (valid == cut || cut == 0) continue;
            using var strict = Create([("appendonly.aof.manifest", $"file {Incremental} seq 1 type i\n"), (Incremental, text[..cut])], "aof-load-truncated no");
            Assert.Throws<LoadRefusedException>(() => Load(strict));
            AssertLogged(strict, $"Unexpected end of file reading the append only file {Incremental}. You can: 1) Make a backup");
            Assert.Equal(cut, strict.Files.Files[Folder + Incremental].Length);
            Assert.False(strict.Node.IsLoading);
        }
    }

    /// <summary>It holds nothing, so nobody need allow it; but what was written behind it was once a part of its line, and the next start refused the file.</summary>
    [Fact]
    public void A_cut_annotation_is_taken_away()
    {
        var command = Command("SET a 1");
        var text = command + "#TS:1700000000\r\n";
        for (var cut = command.Length + 1; cut < text.Length; cut++)
        {
            using var node = Start(Bytes(text[..cut]), "aof-load-truncated no");
            Assert.Equal(command.Length, node.Files.Files[Folder + Incremental].Length);
            node.Do("SET b 2");
            Assert.True(node.Node.AppendOnly.Flush());
            using var next = Start(Bytes(Text(node.Files.Files[Folder + Incremental])));
            Assert.Equal(":2|", next.Do("DBSIZE"));
        }
    }

    /// <summary>Where the buffer ended with so much of it as is looked at, the file was taken to end there, and what stood behind it was cut off.</summary>
    [Fact]
    public void An_annotation_that_is_too_long_is_no_end_wherever_it_begins()
    {
        const int chunk = 1024;
        for (var start = chunk - 2; start <= chunk + 4; start++)
        {
            var padding = Command("SET a 1") + Command("SET a " + new string('x', start - 27 - 28)); // 27 bytes, and 28 around a value of three digits
            Assert.Equal(start, padding.Length);
            var text = padding + "#" + new string('y', 3000) + "\r\n" + Command("SET b 2");
            using var node = Create(
                [("appendonly.aof.manifest", $"file {Incremental} seq 1 type i\n"), (Incremental, text)], $"loading-process-events-interval-bytes {chunk}");
            Assert.Throws<LoadRefusedException>(() => Load(node));
            Assert.Equal(text.Length, node.Files.Files[Folder + Incremental].Length);
        }
    }

    [Fact]
    public void Only_the_last_file_may_be_cut()
    {
        using var node = Create([("appendonly.aof.manifest", "file a seq 1 type i\nfile b seq 2 type i\n"), ("a", Command("SET a 1") + "*3"), ("b",
            Command("SET b 1"))]);
        Assert.Throws<LoadRefusedException>(() => Load(node));
        AssertLogged(node, "Fatal error: the truncated file is not the last file (a, at offset 27)");
        Assert.Equal(29, node.Files.Files[Folder + "a"].Length);
    }

    [Theory]
    [InlineData("garbage\r\n", Bad + " (damaged at offset 27)")]
    [InlineData("*1\r\nx", Bad + " (damaged at offset 27)")]
    [InlineData("*1\r\n$3\r\nXYZ\r\n*", "Unknown command 'XYZ' reading the append only file i (at offset 27)")]
    [InlineData("*1\r\n$5\r\nMULTI\r\n*1\r\n$3\r\nXYZ\r\n", "Unknown command 'XYZ' reading the append only file i (at offset 42)")]
    [InlineData("*2\r\n$6\r\nSELECT\r\n$2\r\n16\r\n", "Unknown command 'SELECT 16' reading the append only file i (at offset 27)")]
    public void What_is_no_command_stops_the_start(string garbage, string error)
    {
        using var node = Create([("appendonly.aof.manifest", "file i seq 1 type i\n"), ("i", Command("SET a 1") + garbage)]);
        Assert.Throws<LoadRefusedException>(() => Load(node));
        Assert.Equal(error, node.LogLines[^1]);
    }

    [Fact]
    public void A_missing_file_stops_the_start_before_anything_is_loaded()
    {
        using var node = Create([("appendonly.aof.manifest", "file a seq 1 type i\nfile b seq 2 type i\n"), ("a", Command("SET a 1"))]);
        Assert.Throws<LoadRefusedException>(() => Load(node));
        Assert.Equal("Unable to obtain the AOF file b length. stat: No such file or directory", node.LogLines[^1]);
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Fact]
    public void A_manifest_without_sense_stops_the_start_even_if_it_is_not_needed()
    {
        foreach (var appendOnly in (string[])["appendonly yes", "appendonly no"])
        {
            using var node = new EngineNode(appendOnly);
            node.Files.Files[Folder + "appendonly.aof.manifest"] = Bytes("file a seq 1 type b\nfile c seq 1 type b\n");
            Assert.Throws<LoadRefusedException>(() => Load(node));
            Assert.Equal(
                ["\n*** FATAL AOF MANIFEST FILE ERROR ***\n", "Reading the manifest file, at line 2\n", ">>> 'file c seq 1 type b'\n",
                    "Found duplicate base file information\n"], node.LogLines[^4..]);
        }
    }

    [Fact]
    public void A_damaged_base_is_named_with_the_place_of_the_damage()
    {
        using var first = new EngineNode();
        first.Do("SET a 1");
        first.Do("SAVE");
        var rdb = first.Files.Files["/data/dump.rdb"];
        rdb[^1] ^= 1;
        using var node = Create([("appendonly.aof.manifest", "file b.rdb seq 1 type b\n"), ("b.rdb", Text(rdb))]);
        Assert.Throws<LoadRefusedException>(() => Load(node));
        Assert.Contains($"(at offset {rdb.Length - 8})", node.LogLines[^2], StringComparison.Ordinal);
        Assert.Equal("Error reading the RDB base file b.rdb, AOF loading aborted", node.LogLines[^1]);
    }

    [Fact]
    public void A_transaction_larger_than_a_chunk_is_one_unit()
    {
        var text = Command("MULTI") + string.Concat(Enumerable.Range(0, 20_000).Select(i => Command($"SET k{i} value{i}")));
        using var node = Start(Bytes(text + Command("EXEC") + Command("SET z 1")));
        Assert.Equal(":20001|", node.Do("DBSIZE"));
        using var cut = Start(Bytes(text));
        Assert.Equal(":0|", cut.Do("DBSIZE"));
        AssertLogged(cut, $"Revert incomplete MULTI/EXEC transaction in AOF file {Incremental}");
        Assert.Empty(cut.Files.Files[Folder + Incremental]);
    }

    [Fact]
    public void A_failing_command_is_told_and_counted()
    {
        using var node = Start(Bytes(Command("SET a x") + Command("INCR a") + Command("SET b 1")));
        Assert.Equal(":2|", node.Do("DBSIZE"));
        AssertLogged(node,
            "== CRITICAL == This server is sending an error to its AOF-loading-client: 'ERR value is not an integer or out of range' after processing the "
            + "command 'incr'");
        Assert.Equal(1, node.Node.Stats.UnexpectedErrorReplies);
    }

    [Fact]
    public void Clients_are_told_of_the_load_and_INFO_of_its_progress()
    {
        using var node = Create(
            [("appendonly.aof.manifest", "file a seq 1 type b\nfile b seq 1 type i\n"), ("a", Command("SET a 1")), ("b", Command("SET b 1"))],
                "key-load-delay 3000");
        node.Node.LoadAtStart();
        Assert.Equal("-LOADING Redis is loading the dataset in memory|", node.Do("GET a"));
        node.Node.EndTurn();
        var info = node.Do("INFO persistence");
        Assert.Contains("|loading:1|", info, StringComparison.Ordinal);
        Assert.Contains("|loading_total_bytes:54|", info, StringComparison.Ordinal);
        Assert.Contains("|loading_loaded_bytes:27|", info, StringComparison.Ordinal);
        Assert.Contains("|loading_loaded_perc:50.00|", info, StringComparison.Ordinal);
        while (node.Node.IsLoading) node.Node.EndTurn();
        Assert.Equal("$1|1|", node.Do("GET a"));
    }

    [Fact]
    public void DEBUG_LOADAOF_takes_what_the_files_hold()
    {
        using var node = Start(Bytes(Command("SET a 1")), "enable-debug-command yes");
        _ = new StreamTap(node);
        node.Do("SET b 1");
        var offset = node.Node.Replication.Protocol.Log.EndOffset;
        Assert.Equal("+OK|", node.Do("DEBUG LOADAOF"));
        Assert.Equal(":2|", node.Do("DBSIZE"));
        Assert.Equal((offset, 0), (node.Node.Replication.Protocol.Log.EndOffset, node.Node.Dirty));
        Assert.Contains("Append Only File loaded by DEBUG LOADAOF", node.LogLines);
        node.Files.Files[Folder + Incremental] = Bytes("x");
        Assert.Equal("-ERR Error trying to load the AOF files, check server logs.|", node.Do("DEBUG LOADAOF"));
    }

    private static void AssertLogged(EngineNode node, params string[] starts)
    {
        foreach (var start in starts) Assert.Contains(node.LogLines, line => line.StartsWith(start, StringComparison.Ordinal));
    }
}
