using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Verification;
using Redouble.Replication.Verification;

namespace Redouble.Engine.Tests.Verification;

public sealed class CopyCheckTests
{
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
        check.Await(now: 0);
        var message = new VerifyMessage();
        message.Begin(VerifyMessageKind.Keys, 1);
        Assert.True(message.TryAppendKey(new VerifiedKey { Name = "key"u8, Value = 1, Identity = 2 }));
        var content = message.Bytes;
        Assert.True(VerifyMessage.TryReadHead(ref content, out var kind, out _));
        check.OnMessage(kind, content, asksForKeys: true, now: 0);
        Assert.True(check.HasUnread);
        check.CompareKeys(own);
        Assert.Equal((0L, false), (check.DifferingKeys, check.HasUnread));
        Assert.Empty(check.Listed);
    }
}
