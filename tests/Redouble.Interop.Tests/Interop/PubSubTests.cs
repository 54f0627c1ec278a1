using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Messages reach the subscribers of a replica by its primary's stream.</summary>
public sealed class PubSubTests
{
    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void SubscribersOfAReplicaHearWhatIsPublishedOnThePrimary(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--notify-keyspace-events", "KEA");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        RespClient publisher = s.Connect(primary);
        RespClient subscriber = s.Connect(replica);
        subscriber.Must("SUBSCRIBE", "news");
        subscriber.Must("PSUBSCRIBE", "__key*__:k", "__keyevent@*");
        subscriber.Read();
        subscriber.Must("SSUBSCRIBE", "shard");
        string large = new('x', 100_000);
        Assert.Equal(0, publisher.Must("PUBLISH", "news", "one").Integer); // who hears it over there is not counted
        publisher.Must("SPUBLISH", "shard", large);
        publisher.Must("PUBLISH", "elsewhere", "nobody");
        publisher.Must("SELECT", "3");
        publisher.Must("MULTI");
        publisher.Must("SET", "k", "v");
        publisher.Must("PUBLISH", "news", "two");
        publisher.Must("DEL", "k");
        publisher.Must("EXEC");
        publisher.Must("PUBLISH", "news", "three");
        string[] expected =
        [
            "*[$message, $news, $one]", $"*[$smessage, $shard, ${large}]", "*[$pmessage, $__key*__:k, $__keyspace@3__:k, $set]",
            "*[$pmessage, $__keyevent@*, $__keyevent@3__:set, $k]", "*[$message, $news, $two]", "*[$pmessage, $__key*__:k, $__keyspace@3__:k, $del]",
            "*[$pmessage, $__keyevent@*, $__keyevent@3__:del, $k]", "*[$message, $news, $three]",
        ];
        foreach (string message in expected)
        {
            Assert.Equal(message, subscriber.Read().ToString());
        }

        Link.WaitEqual(primary, replica);
        Assert.Equal(1, replica.Once("PUBLISH", "news", "local").Integer);
        Assert.Equal("*[$message, $news, $local]", subscriber.Read().ToString());
        publisher.Must("PUBLISH", "news", "four");
        Assert.Equal("*[$message, $news, $four]", subscriber.Read().ToString());
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });
}
