using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Differential.ComparisonRule;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// Replies about streams hold times and idle times, which each server took from its own clock, and numbers of nodes inside Redis' radix tree. They are
/// compared with those replaced by their kind; names, IDs, counts and order stay.
/// </summary>
internal static class StreamInfo
{
    private const long RecentMs = 3_600_000;
    private const long IdleToleranceMs = 3000;

    public static ComparisonRule[] Rules(bool translate) =>
    [
        new("times of delivery; nodes of the radix tree; 7.2 shows when a consumer was active", Is("XINFO STREAM", "XINFO CONSUMERS"),
            (e, a) => Canonical(e, translate) == Canonical(a, addNew: false)),
        new("the clock moves between the two servers' answers", Is("XPENDING"), SamePending),
        new("IDs made of the clock", Is("@XADDNOW"), (e, a) => e.Equals(a)),
    ];

    /// <param name="addNew">Puts the fields in that 7.2 has and 7.0 has not.</param>
    private static string Canonical(Reply reply, bool addNew)
    {
        if (!reply.IsAggregate || reply.Text is not null)
        {
            return reply.IsInteger && IsRecent(reply.Integer) ? "a time" : reply.ToString();
        }

        var parts = new List<string>();
        for (int i = 0; i < reply.Items.Length; i++)
        {
            string name = i % 2 == 0 && i + 1 < reply.Items.Length ? reply[i].Text ?? "" : "";
            if (name is "seen-time" or "active-time" or "idle" or "inactive" or "radix-tree-nodes" && reply[i + 1].IsInteger)
            {
                parts.Add(name);
                parts.AddRange(addNew && name == "seen-time" ? ["active-time"] : addNew && name == "idle" ? (string[])["inactive"] : []);
                i++;
            }
            else
            {
                parts.Add(Canonical(reply[i], addNew));
            }
        }

        return $"{reply.Type}[{string.Join(", ", parts)}]";
    }

    private static bool SamePending(Reply expected, Reply actual) =>
        expected.Type == '*' && actual.Type == '*' && expected.Items.Length == actual.Items.Length && expected.Items.Zip(actual.Items).All(pair =>
            pair.First.Items is [var id, var consumer, var idle, var count]
            && pair.Second.Items is [var otherId, var otherConsumer, var otherIdle, var otherCount]
            && id.Equals(otherId) && consumer.Equals(otherConsumer) && count.Equals(otherCount)
            && idle.IsInteger && otherIdle.IsInteger && Math.Abs(idle.Integer - otherIdle.Integer) <= IdleToleranceMs);

    private static bool IsRecent(long ms) => Math.Abs(ms - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()) < RecentMs;
}
