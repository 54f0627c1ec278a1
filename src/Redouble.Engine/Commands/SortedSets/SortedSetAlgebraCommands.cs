using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD.</summary>
internal static class SortedSetAlgebraCommands
{
    private enum Operation
    {
        Union,
        Intersection,
        Difference,
        Cardinality,
    }

    [Command("zunion", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1#",
        Group = CommandGroup.SortedSet, Since = "6.2.0", Summary = "Returns the members of several sorted sets, their scores combined.",
        Complexity = "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting "
            + "sorted set.",
        Syntax = "numkeys key... [WEIGHTS weight:integer...] [AGGREGATE aggregate=(SUM|MIN|MAX)] [WITHSCORES]")]
    public static void ZUnion(CommandContext c) => Reply(c, Operation.Union);

    [Command("zinter", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1#",
        Group = CommandGroup.SortedSet, Since = "6.2.0", Summary = "Returns the members that several sorted sets share, their scores combined.",
        Complexity = "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the "
            + "number of elements in the resulting sorted set.",
        Syntax = "numkeys key... [WEIGHTS weight:integer...] [AGGREGATE aggregate=(SUM|MIN|MAX)] [WITHSCORES]")]
    public static void ZInter(CommandContext c) => Reply(c, Operation.Intersection);

    [Command("zdiff", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1#",
        Group = CommandGroup.SortedSet, Since = "6.2.0", Summary = "Returns the members of a sorted set that are in none of the others.",
        Complexity = "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the "
            + "size of the result set.",
        Syntax = "numkeys key... [WITHSCORES]")]
    public static void ZDiff(CommandContext c) => Reply(c, Operation.Difference);

    [Command("zunionstore", Arity = -4, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.SortedSet, Keys = "OW update @1; RO access @2#",
        Group = CommandGroup.SortedSet, Since = "2.0.0", Summary = "Stores the members of several sorted sets, their scores combined, in a key.",
        Complexity = "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting "
            + "sorted set.",
        Syntax = "destination:key numkeys key#1... [WEIGHTS weight:integer...] [AGGREGATE aggregate=(SUM|MIN|MAX)]")]
    public static void ZUnionStore(CommandContext c) => Store(c, Operation.Union, "zunionstore"u8);

    [Command("zinterstore", Arity = -4, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.SortedSet, Keys = "OW update @1; RO access @2#",
        Group = CommandGroup.SortedSet, Since = "2.0.0", Summary = "Stores the members that several sorted sets share, their scores combined, in a key.",
        Complexity = "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the "
            + "number of elements in the resulting sorted set.",
        Syntax = "destination:key numkeys key#1... [WEIGHTS weight:integer...] [AGGREGATE aggregate=(SUM|MIN|MAX)]")]
    public static void ZInterStore(CommandContext c) => Store(c, Operation.Intersection, "zinterstore"u8);

    [Command("zdiffstore", Arity = -4, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.SortedSet, Keys = "OW update @1; RO access @2#",
        Group = CommandGroup.SortedSet, Since = "6.2.0", Summary = "Stores the members of a sorted set that are in none of the others in a key.",
        Complexity = "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the "
            + "size of the result set.",
        Syntax = "destination:key numkeys key#1...")]
    public static void ZDiffStore(CommandContext c) => Store(c, Operation.Difference, "zdiffstore"u8);

    [Command("zintercard", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1#",
        Group = CommandGroup.SortedSet, Since = "7.0.0", Summary = "Returns the number of members that several sorted sets share.",
        Complexity = "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.",
        Syntax = "numkeys key... [LIMIT limit:integer]")]
    public static void ZInterCard(CommandContext c)
    {
        if (!TryParse(c, 1, Operation.Cardinality, stores: false, out var sources, out var options)) return;
        SortedSetAlgebra.Sort(sources);
        c.Reply.Integer(SortedSetAlgebra.CountShared(c.Keyspace, sources, options.Limit));
    }

    private static void Reply(CommandContext c, Operation operation)
    {
        if (!TryParse(c, 1, operation, stores: false, out var sources, out var options)) return;
        var built = Build(c, operation, sources, options.Aggregate, stores: false);
        RangeReply.Write(c, built.Sorted, new RankRange(0, built.Count), isReversed: false, options.WithScores);
        built.Drop();
    }

    private static void Store(CommandContext c, Operation operation, ReadOnlySpan<byte> name)
    {
        if (!TryParse(c, 2, operation, stores: true, out var sources, out var options)) return;
        KeyOutcomes.Store(c, 1, Build(c, operation, sources, options.Aggregate, stores: true), KeyspaceEvents.SortedSet, name);
    }

    private static CollectionBuilder Build(CommandContext c, Operation operation, ScoreSource[] sources, ScoreAggregate aggregate, bool stores)
    {
        var builder = c.Keyspace.Builder;
        builder.BeginCombination();
        if (operation != Operation.Difference) SortedSetAlgebra.Sort(sources);
        if (operation == Operation.Union) SortedSetAlgebra.Unite(c.Keyspace, sources, aggregate, builder);
        else if (operation == Operation.Intersection) SortedSetAlgebra.Intersect(c.Keyspace, sources, aggregate, builder);
        else SortedSetAlgebra.Subtract(c.Keyspace, sources, builder);
        builder.EndCombination(mayPack: stores); // a reply shows the -0 that a listpack does not know
        return builder;
    }

    // As in Redis, the keys are looked up before the options are read.
    private static bool TryParse(CommandContext c, int numKeys, Operation operation, bool stores, out ScoreSource[] sources, out Options options)
    {
        sources = [];
        options = default;
        if (!c.TryInteger(numKeys, out var keys)) return false;
        if (keys < 1)
        {
            c.Reply.Error($"ERR at least 1 input key is needed for '{c.Info.FullName}' command");
            return false;
        }

        if (keys > c.Count - numKeys - 1)
        {
            c.SyntaxError();
            return false;
        }

        if (!SortedSetAlgebra.TryRead(c, numKeys + 1, (int)keys, out sources)) return false;
        for (var i = numKeys + 1 + (int)keys; i < c.Count;)
        {
            if (!TryParseOption(c, ref i, operation, stores, sources, ref options)) return false;
        }

        return true;
    }

    private static bool TryParseOption(CommandContext c, ref int i, Operation operation, bool stores, ScoreSource[] sources, ref Options options)
    {
        var left = c.Count - i;
        var combines = operation is Operation.Union or Operation.Intersection;
        if (combines && left > sources.Length && c.Is(i, "weights"u8))
        {
            i++;
            return TryParseWeights(c, ref i, sources);
        }

        if (combines && left >= 2 && c.Is(i, "aggregate"u8) && TryParseAggregate(c, i + 1, out options.Aggregate))
        {
            i += 2;
            return true;
        }

        if (!stores && operation != Operation.Cardinality && c.Is(i, "withscores"u8))
        {
            options.WithScores = true;
            i++;
            return true;
        }

        if (operation == Operation.Cardinality && left >= 2 && c.Is(i, "limit"u8))
        {
            if (!Integers.TryParse(c[i + 1], out options.Limit) || options.Limit < 0)
            {
                c.Reply.Error("ERR LIMIT can't be negative"u8);
                return false;
            }

            i += 2;
            return true;
        }

        c.SyntaxError();
        return false;
    }

    private static bool TryParseWeights(CommandContext c, ref int i, ScoreSource[] sources)
    {
        for (var source = 0; source < sources.Length; source++, i++)
        {
            if (!Doubles.TryParse(c[i], out var weight))
            {
                c.Reply.Error("ERR weight value is not a float"u8);
                return false;
            }

            sources[source] = sources[source] with { Weight = weight };
        }

        return true;
    }

    private static bool TryParseAggregate(CommandContext c, int index, out ScoreAggregate aggregate)
    {
        aggregate = c.Is(index, "min"u8) ? ScoreAggregate.Min : c.Is(index, "max"u8) ? ScoreAggregate.Max : ScoreAggregate.Sum;
        return aggregate != ScoreAggregate.Sum || c.Is(index, "sum"u8);
    }

    private struct Options
    {
        public ScoreAggregate Aggregate;
        public bool WithScores;
        public long Limit;
    }
}
