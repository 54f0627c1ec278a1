using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Verification;
using Redouble.Replication.Verification;

namespace Redouble.Engine.Tests.Verification;

public sealed class CopyCheckTests
{
    /// <summary>All copies are asked for the buckets in which one of them differs. What this one has there is compared already, or was equal.</summary>
    [Fact]
    public void A_bucket_that_is_asked_for_because_of_another_copy_shows_no_differences()
    {
        using var node = new EngineNode();
        var buckets = new BucketSet();
        buckets.Add(KeyBuckets.Of("key"u8));
        var own = new KeyList(buckets, expected: 0, keysMax: 10);
        var check = new CopyCheck(node.Node.Replication.Protocol.Replicas.CreateLink("127.0.0.1"), now: 0);
        Hear(check);
        check.CompareKeys(own);
        Assert.Equal(0, check.DifferingKeys);

        check.Left.Add(KeyBuckets.Of("key"u8));
        Hear(check);
        check.CompareKeys(own);
        Assert.Equal(1, check.DifferingKeys);
    }

    /// <summary>There are more keys in the buckets than are compared at once: one that is not in the list may be here nevertheless.</summary>
    [Fact]
    public void A_list_that_is_cut_shows_no_differences()
    {
        using var node = new EngineNode();
        var buckets = new BucketSet();
        buckets.Add(KeyBuckets.Of([]));
        var own = new KeyList(buckets, expected: 0, keysMax: 0);
        own.Take(default);
        Assert.True(own.IsCut);

        var check = new CopyCheck(node.Node.Replication.Protocol.Replicas.CreateLink("127.0.0.1"), now: 0);
        Hear(check);
        check.CompareKeys(own);
        Assert.Equal((0L, false), (check.DifferingKeys, check.HasUnread));
        Assert.Empty(check.Listed);
    }

    private static void Hear(CopyCheck check)
    {
        check.Await(now: 0);
        var message = new VerifyMessage();
        message.Begin(VerifyMessageKind.Keys, 1);
        Assert.True(message.TryAppendKey(new VerifiedKey { Name = "key"u8, Value = 1, Identity = 2 }));
        var content = message.Bytes;
        Assert.True(VerifyMessage.TryReadHead(ref content, out var kind, out _));
        check.OnMessage(kind, content, asksForKeys: true, now: 0);
        Assert.True(check.HasUnread);
    }
}
