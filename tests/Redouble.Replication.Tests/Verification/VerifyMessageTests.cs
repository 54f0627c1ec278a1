using Redouble.Replication.Verification;

namespace Redouble.Replication.Tests.Verification;

/// <summary>Messages of replicas, whole, cut and damaged.</summary>
public sealed class VerifyMessageTests
{
    [Fact]
    public void KeysComeBackAsTheyWere()
    {
        var message = new VerifyMessage();
        message.Begin(VerifyMessageKind.Keys, 77);
        Assert.True(message.IsEmpty);
        Assert.True(message.TryAppendKey(Key("first", 3)));
        Assert.True(message.TryAppendKey(Key(new string('n', 300), 65_536)));
        ReadOnlySpan<byte> rest = message.Bytes;
        Assert.True(VerifyMessage.TryReadHead(ref rest, out var kind, out var id));
        Assert.Equal((VerifyMessageKind.Keys, 77UL), (kind, id));
        Assert.True(VerifyMessage.TryReadKey(ref rest, out var key));
        Assert.Equal((3, 5UL, -1L, 9UL), (key.Database, key.Identity, key.ExpireAtMs, key.Value));
        Assert.Equal("first"u8, key.Name);
        Assert.True(VerifyMessage.TryReadKey(ref rest, out key));
        Assert.Equal((65_536, VerifyMessage.NameMax), (key.Database, key.Name.Length));
        Assert.False(VerifyMessage.TryReadKey(ref rest, out _));
    }

    [Fact]
    public void AMessageIsBounded()
    {
        var message = new VerifyMessage();
        message.Begin(VerifyMessageKind.Keys, 1);
        var keys = 0;
        while (message.TryAppendKey(Key(new string('n', 300), 0))) keys++;
        Assert.InRange(message.Bytes.Length, VerifyMessage.LengthMax - 300, VerifyMessage.LengthMax);
        Assert.Equal(57, keys);
    }

    [Fact]
    public void BucketsGoWhereTheyBelong()
    {
        var message = new VerifyMessage();
        message.Begin(VerifyMessageKind.Buckets, 1);
        message.AppendBuckets(16383, [42]);
        ReadOnlySpan<byte> rest = message.Bytes;
        Assert.True(VerifyMessage.TryReadHead(ref rest, out _, out _));
        var all = new ulong[KeyBuckets.Count];
        Assert.True(VerifyMessage.TryReadBuckets(rest, all, out var count));
        Assert.Equal((1, 42UL), (count, all[16383]));
        Assert.False(VerifyMessage.TryReadBuckets(rest[..^1], all, out _));
        message.Begin(VerifyMessageKind.Buckets, 1);
        message.AppendBuckets(16383, [1, 2]);
        rest = message.Bytes;
        VerifyMessage.TryReadHead(ref rest, out _, out _);
        Assert.False(VerifyMessage.TryReadBuckets(rest, all, out _));
    }

    [Fact]
    public void CutMessagesAreNotRead()
    {
        var message = new VerifyMessage();
        message.Begin(VerifyMessageKind.Keys, 1);
        message.TryAppendKey(Key("name", 0));
        for (var length = 0; length < message.Bytes.Length; length++)
        {
            ReadOnlySpan<byte> rest = message.Bytes[..length];
            Assert.False(VerifyMessage.TryReadHead(ref rest, out _, out _) && VerifyMessage.TryReadKey(ref rest, out _), $"{length} bytes");
        }
    }

    private static VerifiedKey Key(string name, int database) =>
        new() { Database = database, Identity = 5, ExpireAtMs = -1, Value = 9, Name = System.Text.Encoding.ASCII.GetBytes(name) };
}
