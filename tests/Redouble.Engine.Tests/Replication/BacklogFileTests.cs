using System.Buffers.Binary;
using System.Text;
using Redouble.Core.Checksums;
using Redouble.Engine.Tests.Harness;
using Redouble.Replication.Log;
using static Redouble.Engine.Tests.Persistence.Aof.AofSet;

namespace Redouble.Engine.Tests.Replication;

/// <summary>What a restarted node can still tell replicas: from repl-backlog-persist, or from the end of its append-only file.</summary>
public sealed class BacklogFileTests
{
    private const string BacklogPath = "/data/replication.backlog";
    private const string RdbPath = "/data/dump.rdb";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_backlog_survives_a_clean_shutdown(bool asReplica)
    {
        using var first = new EngineNode("repl-backlog-persist yes", "save 1 1");
        _ = new StreamTap(first);
        for (var i = 0; i < 5000; i++) first.Do($"SET key{i} {new string('v', 20)}");
        first.Do("SHUTDOWN");
        Assert.Equal(0, first.ExitStatus);
        var log = first.Node.Replication.Protocol.Log;
        var bytes = BytesOf(first);
        Assert.True(bytes.Length > 200_000);

        using var second = Restart(first, first.Files.Files[BacklogPath], asReplica);
        var restored = second.Node.Replication.Protocol;
        Assert.Equal((log.FirstOffset, log.EndOffset), (restored.Log.FirstOffset, restored.Log.EndOffset));
        Assert.Equal(bytes, BytesOf(second));
        foreach (var offset in (long[])[log.FirstOffset + 5, log.EndOffset]) // where units begin is known, too
        {
            using var expected = new LogExtract(log, offset, log.EndOffset);
            using var extract = new LogExtract(restored.Log, offset, log.EndOffset);
            Assert.Equal((expected.Start, expected.MissingBytes), (extract.Start, extract.MissingBytes));
        }

        Assert.False(second.Files.Files.ContainsKey(BacklogPath));
        Assert.Equal(first.Node.Replication.Protocol.History.Identity.Id, asReplica ? restored.History.Identity.Id : restored.History.Identity.SecondId);
    }

    /// <summary>A Redis before 7.4 goes on from behind the last unit that it could not apply, and a file that does not tell which may end with one.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(1)]
    public void The_last_unit_of_field_expiry_is_known_again(int version)
    {
        using var first = new EngineNode("repl-backlog-persist yes", "save 1 1");
        _ = new StreamTap(first);
        foreach (var command in (string[])["MULTI", "HSET h f 1", "HPEXPIREAT h 1999999999000 FIELDS 1 f", "EXEC"]) first.Do(command);
        var (unit, id) = (first.Node.Replication.Protocol.Log.EndOffset, first.Node.Replication.Protocol.History.Identity.Id);
        first.Do("SET a 1");
        first.Do("SHUTDOWN");
        var end = first.Node.Replication.Protocol.Log.EndOffset;
        var file = first.Files.Files[BacklogPath];
        Assert.StartsWith($"REDOUBLE-BACKLOG 3 {id} 1 {end} {unit} -1 1 -1\n", Text(file), StringComparison.Ordinal);
        var headLength = file.AsSpan().IndexOf((byte)'\n') + 1;
        var former = version == 1 ? $"REDOUBLE-BACKLOG 1 {id} 1 {end}\n" : $"REDOUBLE-BACKLOG 2 {id} 1 {end} {unit}\n";
        if (version < 3) file = Summed([.. Encoding.ASCII.GetBytes(former), .. file.AsSpan(headLength)]);
        using var second = Restart(first, file, asReplica: false);
        var log = second.Node.Replication.Protocol.Log;
        Assert.Equal((end, end, version == 1 ? end : unit), (log.EndOffset, log.HistoryLength, log.FieldExpiryOffset));
        Assert.Equal(version < 3, log.EdgeFor(1) == null); // the former ones do not tell where a unit begins
    }

    /// <summary>
    /// What is kept beyond repl-backlog-size, for a time or as nobody else has it, was dropped while it was read: a replica that was away needed a full sync
    /// in just the case that it had been kept for.
    /// </summary>
    [Theory]
    [InlineData("repl-backlog-seconds 600", "repl-backlog-sole-copy-size 0", false)]
    [InlineData("repl-backlog-seconds 0", "repl-backlog-sole-copy-size 1mb", false)]
    [InlineData("repl-backlog-seconds 0", "repl-backlog-sole-copy-size 0", true)]
    public void What_is_kept_beyond_the_size_is_kept_by_the_next_start(string seconds, string soleCopy, bool isSmall)
    {
        string[] directives = ["repl-backlog-persist yes", "repl-backlog-size 20kb", "repl-backlog-size-max 1mb", seconds, soleCopy];
        using var first = new EngineNode([.. directives, "save 1 1"]);
        _ = new StreamTap(first);
        var history = first.Node.Replication.Protocol.History;
        history.NoteShared(0);
        first.Do("SET first 1");
        first.Node.Replication.Protocol.Sample(0);
        for (var i = 0; i < 5000; i++) first.Do($"SET key{i} {new string('v', 20)}");
        first.Do("SHUTDOWN");
        using var second = new EngineNode(directives);
        foreach (var (name, content) in first.Files.Files) second.Files.Files[name] = content;
        second.Node.UpdateTime();
        Load(second);
        var protocol = second.Node.Replication.Protocol;
        var end = protocol.Log.EndOffset;
        Assert.Equal(end, history.Log.EndOffset);
        Assert.Equal(1, history.Log.FirstOffset); // there is a reader that holds it
        Assert.Equal((0, true), (protocol.History.SharedOffset, protocol.History.IsSoleCopy));
        Sample(1);
        Assert.Equal(isSmall, protocol.Log.FirstOffset > 1);
        Sample(599_000);
        Assert.Equal(isSmall, protocol.Log.FirstOffset > 1);
        Sample(2_000);
        Assert.Equal(soleCopy.EndsWith(" 0", StringComparison.Ordinal), protocol.Log.FirstOffset > 1);

        void Sample(long milliseconds)
        {
            second.Clock.Advance(milliseconds);
            for (var i = 0; i < 10; i++)
            {
                protocol.BeginTurn(second.Clock.MonotonicMicroseconds);
                protocol.Sample(second.Clock.MonotonicMicroseconds);
            }
        }
    }

    [Fact]
    public void A_full_disk_is_left_without_half_a_backlog()
    {
        using var node = new EngineNode("repl-backlog-persist yes", "save ''");
        _ = new StreamTap(node);
        node.Do("SET a 1");
        node.Files.IsFull = true;
        node.Do("SHUTDOWN NOSAVE");
        Assert.Equal(0, node.ExitStatus);
        Assert.Contains("The backlog could not be saved: No space left on device", node.LogLines);
        Assert.Empty(node.Files.Files);
    }

    [Fact]
    public void A_backlog_that_does_not_join_or_is_damaged_is_not_used()
    {
        using var first = new EngineNode("repl-backlog-persist yes", "save 1 1");
        _ = new StreamTap(first);
        first.Do("SET a 1");
        first.Do("SHUTDOWN");
        var file = first.Files.Files[BacklogPath];
        var end = first.Node.Replication.Protocol.Log.EndOffset;
        for (var i = 0; i < file.Length; i++)
        {
            var damaged = (byte[])file.Clone();
            damaged[i] ^= 1;
            AssertUnused(damaged);
        }

        for (var cut = 0; cut < file.Length; cut++) AssertUnused(file[..cut]);
        var vast = (byte[])file.Clone();
        Encoding.ASCII.GetBytes("$9223372036854775807\r\n").CopyTo(vast.AsSpan(vast.AsSpan().IndexOf("$6"u8)));
        AssertUnused(vast); // it was walked through before its sum was compared, and what is walked through there is what this node has written
        AssertUnused([.. file, 0]);

        void AssertUnused(byte[] backlog)
        {
            using var node = Restart(first, backlog, asReplica: false);
            var log = node.Node.Replication.Protocol.Log;
            Assert.Equal((end + 1, end, 0), (log.FirstOffset, log.EndOffset, log.HistoryLength));
            Assert.False(node.Files.Files.ContainsKey(BacklogPath));
        }
    }

    [Fact]
    public void Nothing_is_left_or_taken_without_the_directive()
    {
        using var first = new EngineNode("save 1 1");
        _ = new StreamTap(first);
        first.Do("SET a 1");
        first.Do("SHUTDOWN");
        Assert.False(first.Files.Files.ContainsKey(BacklogPath));
    }

    [Theory]
    [InlineData("@100\nSET a 1\n@127\nSET b 1\n@154", 101, 154)]
    [InlineData("@100\nSET a 1\n@127\n#TS:1\nMULTI\nSET b 1\nEXEC\n@183", 101, 183)]
    [InlineData("@100\nSET a 1\n@127\n@141\nSET b 1\n@168", 142, 168)] // a PING was not written
    [InlineData("@100\nSET a 1\n@127\n@141", 142, 141)]
    [InlineData("SET a 1\n@127\nSET b 1\n@154", 128, 154)]
    [InlineData("@100\nSET a 1\n@127\nSET b 1\n@150\nSET c 1\n@177", 151, 177)] // something else was written
    public void The_end_of_an_append_only_file_is_the_backlog(string file, long first, long last)
    {
        using var node = Start(Bytes(Marked(file)));
        var log = node.Node.Replication.Protocol.Log;
        Assert.Equal((first, last), (log.FirstOffset, log.EndOffset));
        var commands = string.Concat(file.Split('\n').Where(line => line[0] is not ('@' or '#')).Select(Command));
        Assert.Equal(commands[^(int)(last - first + 1)..], BytesOf(node));
    }

    /// <summary>The bytes in the file were a backlog of repl-backlog-size, whatever the server had kept before it was killed.</summary>
    [Theory]
    [InlineData("repl-backlog-seconds 600", "repl-backlog-sole-copy-size 0", 1 << 20)]
    [InlineData("repl-backlog-seconds 0", "repl-backlog-sole-copy-size 512kb", 512 << 10)]
    [InlineData("repl-backlog-seconds 0", "repl-backlog-sole-copy-size 0", 20 << 10)]
    public void The_end_of_an_append_only_file_is_as_long_as_the_backlog_may_be(string seconds, string soleCopy, int bytes)
    {
        var file = new StringBuilder("@100\n");
        long offset = 100;
        for (var i = 0; i < 1000; i++)
        {
            var command = $"SET key{i} {new string('v', 2000)}";
            offset += Command(command).Length;
            file.Append(command).Append('\n').Append($"@{offset}\n");
        }

        using var node = Start(Bytes(Marked(file.ToString())), "repl-backlog-size 20kb", "repl-backlog-size-max 1mb", seconds, soleCopy);
        var log = node.Node.Replication.Protocol.Log;
        Assert.Equal(offset, log.EndOffset);
        Assert.InRange(log.HistoryLength, bytes, bytes + (130 << 10));
        using var extract = new LogExtract(log, log.FirstOffset, log.EndOffset);
        Assert.InRange(extract.MissingBytes, 0, 66 << 10);
        Assert.Equal(-1, extract.BrokenAt);
    }

    [Fact]
    public void A_place_that_is_not_believed_has_no_backlog()
    {
        using var node = Start(Bytes(Marked("@100\nSET a 1\n@127") + Command("SET b 1")));
        Assert.Equal(0, node.Node.Replication.Protocol.Log.HistoryLength);
    }

    // With the sum at its end made anew.
    private static byte[] Summed(byte[] file)
    {
        const int sumLength = 8;
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(file.Length - sumLength), Crc64.Append(0, file.AsSpan(0, file.Length - sumLength)));
        return file;
    }

    private static EngineNode Restart(EngineNode saved, byte[] backlog, bool asReplica)
    {
        var node = new EngineNode(asReplica ? ["repl-backlog-persist yes", "replicaof 127.0.0.1 1"] : ["repl-backlog-persist yes"]);
        node.Files.Files[RdbPath] = saved.Files.Files[RdbPath];
        node.Files.Files[BacklogPath] = backlog;
        node.Node.UpdateTime();
        Load(node);
        return node;
    }

    private static string BytesOf(EngineNode node)
    {
        var log = node.Node.Replication.Protocol.Log;
        var cursor = log.TryOpenCursor(log.FirstOffset)!;
        var text = new StringBuilder();
        while (cursor.PendingBytes > 0)
        {
            var part = cursor.Peek();
            text.Append(Encoding.Latin1.GetString(part));
            cursor.Advance(part.Length);
        }

        cursor.Close();
        return text.ToString();
    }
}
