using System.Text;
using Redouble.Core.Memory;
using Redouble.Engine.PubSub;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.PubSub;

public sealed class SubscriptionTableTests
{
    /// <summary>Random subscriptions of sessions that come and go, against lists that are searched from end to end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Equals_a_list_of_pairs(int seed)
    {
        var random = new Random(seed);
        using var node = new EngineNode("save ");
        var table = node.Node.Subscriptions;
        var before = node.Node.Heap.UsedBytes;
        var sessions = new List<Session>();
        var model = new List<(Session Session, TopicKind Kind, string Name)>();
        for (var step = 0; step < 5000; step++)
        {
            if (sessions.Count == 0 || random.Next(100) < 3) sessions.Add(node.Connect());
            var session = sessions[random.Next(sessions.Count)];
            var kind = (TopicKind)random.Next(3);
            var name = $"name {random.Next(40)}";
            var bytes = Encoding.ASCII.GetBytes(name);
            switch (random.Next(100))
            {
                case < 60:
                    Assert.Equal(!model.Contains((session, kind, name)), table.Add(session, kind, bytes));
                    if (!model.Contains((session, kind, name))) model.Add((session, kind, name));
                    break;
                case < 90:
                    Assert.Equal(model.Remove((session, kind, name)), table.Remove(session, kind, bytes));
                    break;
                case < 97:
                    var oldest = model.FindIndex(entry => entry.Session == session && entry.Kind == kind);
                    Assert.Equal(oldest >= 0, table.TryFirst(session, kind, out var first));
                    if (oldest < 0) break;
                    Assert.Equal(model[oldest].Name, Encoding.ASCII.GetString(first));
                    table.RemoveFirst(session, kind);
                    model.RemoveAt(oldest);
                    break;
                default:
                    node.Node.RemoveSession(session);
                    sessions.Remove(session);
                    model.RemoveAll(entry => entry.Session == session);
                    break;
            }

            Assert.Equal(model.Count(entry => entry.Kind == kind && entry.Name == name), table.CountSubscribers(kind, bytes));
            Assert.Equal(model.Where(entry => entry.Kind == kind).Select(entry => entry.Name).Distinct().Count(), table.Count(kind));
            Assert.Equal(model.Count(entry => entry.Session == session), session.Subscriptions?.Total ?? 0);
            Assert.Equal(model.Exists(entry => entry.Session == session), session.Has(SessionFlags.PubSub));
        }

        Assert.NotEmpty(model);
        foreach (var session in sessions) node.Node.RemoveSession(session);
        Assert.True(table.IsEmpty);
        Assert.Equal(before, node.Node.Heap.UsedBytes);
    }

    [Fact]
    public void A_name_is_kept_once()
    {
        using var node = new EngineNode("save ");
        var name = new byte[100_000];
        node.Node.Subscriptions.Add(node.Connect(), TopicKind.Channel, name);
        var one = node.Node.Heap.UsedBytes;
        for (var i = 0; i < 100; i++) node.Node.Subscriptions.Add(node.Connect(), TopicKind.Channel, name);
        Assert.True(node.Node.Heap.UsedBytes - one <= NativeHeap.RoundedSize(100 * Subscription.MemoryBytes));
    }
}
