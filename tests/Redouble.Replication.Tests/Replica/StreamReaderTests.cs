using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

public sealed class StreamReaderTests
{
    private static readonly string[] Commands =
    [
        Wire.Command("SELECT", "3"), Wire.Command("SET", "key", "value"), "\r\n", Wire.Command("MULTI"), Wire.Command("INCR", "n"),
        Wire.Command("SELECT", "4"), Wire.Command("REPLCONF", "GETACK", "*"), "\n", Wire.Command("DEL", "key"), Wire.Command("EXEC"), Wire.Command("PING"),
        Wire.Command("multi"), Wire.Command("exec"), Wire.Command("SET", "a", "exec"),
    ];

    private static readonly string[] Expected =
        ["SELECT 3", "SET key value", "{", "INCR n", "SELECT 4", "DEL key", "}", "PING", "{", "}", "SET a exec"];

    [Fact]
    public void EveryCutInTwoGivesTheSame()
    {
        var stream = string.Concat(Commands);
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            using var fixture = new LinkFixture(blockCapacity: 50);
            fixture.FullSync();
            fixture.Receive(stream[..cut]);
            Assert.Equal(1000 + AppliedOf(cut), fixture.Log.EndOffset);
            fixture.Receive(stream[cut..]);
            Assert.Equal(Expected, fixture.Host.Applied);
            Assert.Equal(1000 + stream.Length, fixture.Log.EndOffset);
            Assert.Equal(4, fixture.Log.StreamDatabase);
        }
    }

    [Fact]
    public void ALinkCutAtEveryByteLosesAndRepeatsNothing()
    {
        var stream = string.Concat(Commands);
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            using var fixture = new LinkFixture();
            fixture.FullSync();
            fixture.Receive(stream[..cut]);
            fixture.Link.OnClosed(fixture.Now, "cut");
            var applied = AppliedOf(cut);
            Assert.Contains($"\r\n{1001 + applied}\r\n", fixture.Handshake());
            fixture.Receive("+CONTINUE\r\n" + stream[applied..]);
            Assert.Equal(Expected, fixture.Host.Applied);
            Assert.Equal(1000 + stream.Length, fixture.Log.EndOffset);
        }
    }

    /// <summary>It was noted before it was known to fail: when the link came back, the stream went on there, which ended the process.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ADatabaseThatIsNotHereIsNotGoneOnIn(bool inTransaction)
    {
        using var fixture = new LinkFixture();
        fixture.Host.UnknownDatabase = "20";
        fixture.FullSync();
        fixture.Receive(Wire.Command("SELECT", "3") + Wire.Command("SET", "a", "1"));
        var end = fixture.Log.EndOffset;
        var stray = Wire.Command("SELECT", "20") + Wire.Command("SET", "b", "1");
        if (inTransaction) stray = Wire.Command("MULTI") + stray + Wire.Command("EXEC");
        for (var i = 0; i < 3; i++)
        {
            fixture.Receive(stray, whileUp: true);
            Assert.Equal((false, end, 3), (fixture.Link.IsUp, fixture.Log.EndOffset, fixture.Log.StreamDatabase));
            Assert.Contains("SELECT 20", fixture.Link.LastError);
            Assert.Equal(Wire.Command("PSYNC", LinkFixture.IdA, $"{end + 1}"), fixture.Handshake());
            fixture.Receive("+CONTINUE\r\n");
            Assert.Equal((true, 3), (fixture.Link.IsUp, fixture.Host.Database));
        }
    }

    /// <summary>A full sync from a replica may tell a database that is not here. Its stream need not say another one before the next write.</summary>
    [Fact]
    public void AStreamInADatabaseThatIsNotHereHasToLeaveItFirst()
    {
        var set = Wire.Command("SET", "a", "1");
        var transaction = Wire.Command("MULTI") + set + Wire.Command("EXEC");
        var leaves = Wire.Command("MULTI") + Wire.Command("SELECT", "3") + set + Wire.Command("EXEC");
        foreach (var (stream, applied) in (ReadOnlySpan<(string, string[])>)[
            (set, []), (transaction, []), (Wire.Command("PUBLISH", "a", "b"), []), ("\r\n" + Wire.Command("PING") + set, ["PING"]),
            (Wire.Command("SELECT", "3") + set, ["SELECT 3", "SET a 1"]), (leaves + set, ["{", "SELECT 3", "SET a 1", "}", "SET a 1"])])
        {
            using var fixture = new LinkFixture();
            fixture.FullSync(database: 20);
            Assert.Equal((true, -1), (fixture.Link.IsUp, fixture.Log.StreamDatabase));
            fixture.Receive(stream, whileUp: true);
            Assert.Equal(applied, fixture.Host.Applied);
            Assert.Equal((applied.Length > 1, applied.Length > 1 ? 3 : -1), (fixture.Link.IsUp, fixture.Log.StreamDatabase));
            if (!fixture.Link.IsUp) Assert.Equal(Wire.Command("PSYNC", "?", "-1"), fixture.Handshake());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void SmallReadsGiveTheSame(int readMax)
    {
        using var fixture = new LinkFixture();
        fixture.FullSync();
        fixture.Receive(string.Concat(Enumerable.Repeat(string.Concat(Commands), 20)), readMax);
        Assert.Equal(Enumerable.Repeat(Expected, 20).SelectMany(words => words), fixture.Host.Applied);
    }

    [Fact]
    public void TheLastUnitOfFieldExpiryIsKnown()
    {
        using var fixture = new LinkFixture();
        fixture.FullSync();
        var command = Wire.Command("HPEXPIREAT", "h", "1", "FIELDS", "1", "f");
        var set = Wire.Command("SET", "a", "1");
        fixture.Receive(set + command + Wire.Command("MULTI") + set + Wire.Command("EXEC") + set);
        Assert.Equal(0, fixture.Log.FieldExpiryOffset);
        fixture.Receive(set + Wire.Command("MULTI") + set + command + set + Wire.Command("EXEC"));
        var end = fixture.Log.EndOffset;
        fixture.Receive(set + command);
        Assert.Equal(end, fixture.Log.FieldExpiryOffset);
        fixture.Receive(set + Wire.Command("RESTORE", "k", "0", "value\u000c\0checksum") + set);
        Assert.Equal(fixture.Log.EndOffset - set.Length, fixture.Log.FieldExpiryOffset);
    }

    [Fact]
    public void LongBatchesArePreparedBeforeTheyAreApplied()
    {
        using var fixture = new LinkFixture();
        fixture.FullSync();
        fixture.Receive(string.Concat(Enumerable.Range(0, 1000).Select(i => Wire.Command("SET", $"key:{i}", $"{i}"))));
        Assert.Equal(1000, fixture.Host.Applied.Count);
        Assert.Equal(1000, fixture.Host.Prepared);
        Assert.Equal("SET key:999 999", fixture.Host.Applied[^1]);
    }

    [Fact]
    public void LargeAndLongCommandsGrowTheBufferAndGiveItBack()
    {
        using var fixture = new LinkFixture();
        fixture.FullSync();
        var lent = fixture.Pool.LentBytes;
        var many = Wire.Command(["MSET", .. Enumerable.Range(0, 20_000).Select(i => $"{i}")]);
        var large = Wire.Command("SET", "k", new string('x', 300_000));
        fixture.Receive(Wire.Command("SET", "a", "1") + many + large + many + Wire.Command("SET", "b", "1"), readMax: 4096);
        Assert.Equal(["SET a 1", "MSET … 5", "SET … 300000", "MSET … 5", "SET b 1"], fixture.Host.Applied);
        Assert.Equal(1000 + 54 + (2 * many.Length) + large.Length, fixture.Log.EndOffset);
        fixture.Log.Create(0);
        Assert.InRange(fixture.Pool.LentBytes, 0, lent);
    }

    /// <summary>Between the last data and the end there may be anything that leaves the data set as it is.</summary>
    [Fact]
    public void MessagesAreAppliedAndAreNoData()
    {
        using var fixture = new LinkFixture();
        fixture.FullSync();
        fixture.Receive(Wire.Command("SET", "a", "1"));
        var data = fixture.Log.EndOffset;
        Assert.Equal(data, fixture.Log.LastDataOffset);
        fixture.Receive(Wire.Command("PUBLISH", "c", "m") + Wire.Command("PING") + Wire.Command("SELECT", "3") + Wire.Command("spublish", "c", "m"));
        Assert.Equal(["SET a 1", "PUBLISH c m", "PING", "SELECT 3", "spublish c m"], fixture.Host.Applied);
        Assert.Equal(data, fixture.Log.LastDataOffset);
        fixture.Receive(Wire.Command("MULTI") + Wire.Command("PUBLISH", "c", "m") + Wire.Command("EXEC"));
        Assert.Equal(fixture.Log.EndOffset, fixture.Log.LastDataOffset);
    }

    [Fact]
    public void ALongTransactionIsAppliedAtItsEnd()
    {
        using var fixture = new LinkFixture();
        fixture.FullSync();
        var body = string.Concat(Enumerable.Range(0, 5000).Select(i => Wire.Command("RPUSH", "list", $"element {i}")));
        fixture.Receive(Wire.Command("MULTI") + body, readMax: 3000);
        Assert.Empty(fixture.Host.Applied);
        Assert.Equal(1000, fixture.Log.EndOffset);
        fixture.Receive(Wire.Command("EXEC"));
        Assert.Equal(5002, fixture.Host.Applied.Count);
        Assert.Equal(0, fixture.Link.UnappliedBytes);
        Assert.Equal(PrimaryLinkState.Connected, fixture.Link.State);
    }

    // Bytes of the first commands that are applied when so many bytes have arrived.
    private static int AppliedOf(int received)
    {
        int end = 0, applied = 0;
        var inTransaction = false;
        foreach (var command in Commands)
        {
            end += command.Length;
            if (end > received) break;
            if (command.Contains("MULTI", StringComparison.OrdinalIgnoreCase)) inTransaction = true;
            if (command.StartsWith("*1\r\n$4\r\nexec", StringComparison.OrdinalIgnoreCase)) inTransaction = false;
            if (!inTransaction) applied = end;
        }

        return applied;
    }
}
