using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>Elements to be added to a sorted set, as a command's arguments have them. They are known to be well formed.</summary>
internal interface IScoredMembers
{
    int Count { get; }

    double Score(int index);

    ReadOnlySpan<byte> Member(int index);
}

/// <summary>What ZADD, ZINCRBY and GEOADD have in common once their arguments are read.</summary>
internal static class ScoreAddition
{
    /// <summary>Adds elements to the sorted set at argument 1, and replies. Returns whether anything changed.</summary>
    /// <param name="c">The command.</param>
    /// <param name="elements">At least one.</param>
    /// <param name="options">Conditions.</param>
    /// <param name="countsUpdates">Whether the reply counts the elements that got another score, too.</param>
    public static bool Run<TElements>(CommandContext c, TElements elements, ScoreOptions options, bool countsUpdates)
        where TElements : struct, IScoredMembers
    {
        var increments = (options & ScoreOptions.Increment) != 0;
        if (!Lookups.TryFind(c, 1, ValueType.SortedSet, out var record)) return false;
        if (record.IsMissing && (options & ScoreOptions.OnlyExisting) != 0)
        {
            if (increments) c.Reply.Null();
            else c.Reply.Integer(0);
            return false;
        }

        c.Keyspace.RequireRoomToGrow(record, c.RequestLength);
        var hash = c.Hash(1);
        var set = record.IsMissing ? SortedSetWriter.Create(c.Keyspace, c.Database, c[1], hash) : new SortedSetWriter(c.Keyspace, c.Database, record, hash);
        set.Expect(elements.Count);
        int added = 0, updated = 0;
        for (var i = 0; i < elements.Count; i++)
        {
            var score = elements.Score(i);
            var change = set.Set(elements.Member(i), ref score, options);
            if (change == ScoreChange.Added) added++;
            else if (change == ScoreChange.Updated) updated++;
            if (increments) ReplySum(c, change, score);
        }

        if (!increments) c.Reply.Integer(countsUpdates ? added + updated : added);
        if (added + updated == 0) return false;
        c.Changed(added + updated);
        c.Notify(KeyspaceEvents.SortedSet, increments ? "zincr"u8 : "zadd"u8, c[1]);
        return true;
    }

    private static void ReplySum(CommandContext c, ScoreChange change, double score)
    {
        if (change == ScoreChange.NotANumber) c.Reply.Error("ERR resulting score is not a number (NaN)"u8);
        else if (change == ScoreChange.Refused) c.Reply.Null();
        else c.Reply.Double(score);
    }
}
