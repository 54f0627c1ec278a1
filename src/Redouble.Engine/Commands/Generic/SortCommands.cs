using Redouble.Core.Text;
using Redouble.Engine.Commands.Generic.Sorting;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Generic;

/// <summary>SORT and SORT_RO.</summary>
internal static class SortCommands
{
    private const string Complexity =
        "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).";

    private const AclCategory Acl = AclCategory.Set | AclCategory.SortedSet | AclCategory.List | AclCategory.Dangerous;

    private const string Patterns = "RO access @1; RO access ? -- For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort";

    [Command("sort", Arity = -2, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = Acl,
        Keys = Patterns +
            "; OW update ? -- For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument "
            + "array",
        GetKeys = nameof(GetKeysOfSort), Group = CommandGroup.Generic, Since = "1.0.0", Summary = "Sorts the elements of a list, a set or a sorted set.",
        Complexity = Complexity,
        Syntax =
            "key [BY by-pattern:pattern#1{pattern}] [LIMIT offset-count=( offset:integer count:integer )] [GET get-pattern:pattern#1{pattern}+...] "
            + "[order=( ASC | DESC )] [sorting=ALPHA] [STORE destination:key#2]")]
    public static void Sort(CommandContext c) => Run(c, mayStore: true);

    [Command("sort_ro", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = Acl, Keys = Patterns, GetKeys = nameof(GetKeysOfSortRo),
        Group = CommandGroup.Generic, Since = "7.0.0",
        Summary = "Sorts the elements of a list, a set or a sorted set, and stores nothing.", Complexity = Complexity,
        Syntax =
            "key [BY by-pattern:pattern#1{pattern}] [LIMIT offset-count=( offset:integer count:integer )] [GET get-pattern:pattern#1{pattern}+...] "
            + "[order=( ASC | DESC )] [sorting=ALPHA]")]
    public static void SortRo(CommandContext c) => Run(c, mayStore: false);

    public static bool GetKeysOfSort<TArgs>(TArgs args, KeyPositions keys)
        where TArgs : ICommandArguments, allows ref struct
    {
        keys.Add(1, KeySpecFlags.RO | KeySpecFlags.Access);
        var store = 0;
        for (var i = 2; i < args.Count; i++)
        {
            if (AsciiCase.EqualsIgnoreCase(args[i], "limit"u8)) i += 2;
            else if (AsciiCase.EqualsIgnoreCase(args[i], "get"u8) || AsciiCase.EqualsIgnoreCase(args[i], "by"u8)) i++;
            else if (AsciiCase.EqualsIgnoreCase(args[i], "store"u8) && i + 1 < args.Count) store = ++i;
        }

        if (store > 0) keys.Add(store, KeySpecFlags.OW | KeySpecFlags.Update);
        return true;
    }

    public static bool GetKeysOfSortRo<TArgs>(TArgs args, KeyPositions keys)
        where TArgs : ICommandArguments, allows ref struct
    {
        keys.Add(1, KeySpecFlags.RO | KeySpecFlags.Access);
        return true;
    }

    private static void Run(CommandContext c, bool mayStore)
    {
        if (!SortOptions.TryParse(c, mayStore, out var options)) return;
        var record = Lookups.Read(c, 1);
        if (!record.IsMissing && record.Type is not (ValueType.List or ValueType.Set or ValueType.SortedSet))
        {
            c.WrongType();
            return;
        }

        // A set has no order of its own: what is stored must not depend on where its members happen to be.
        if (options.KeepsOrder && !record.IsMissing && record.Type == ValueType.Set && options.Store > 0)
        {
            options.KeepsOrder = false;
            options.Alphabetic = true;
            options.By = 0;
        }

        var vector = c.Node.SortVector;
        if (!record.IsMissing && record.Type == ValueType.SortedSet && !c.Node.Heap.IsShort)
        {
            // As in Redis, where it shows in OBJECT ENCODING: a sorted set is not packed any more once it was sorted. The result is the same.
            new SortedSetWriter(c.Keyspace, c.Database, record, c.Hash(1)).Expect(int.MaxValue);
            record = c.Database.Peek(c[1], c.Hash(1));
        }

        var isList = record.IsMissing || record.Type == ValueType.List;
        try
        {
            if (!record.IsMissing) Load(c, record, ref options, vector);
            if (!isList && options.Store > 0 && options.By > 0 && options.Alphabetic && !options.KeepsOrder) vector.Settle();
            if (options.KeepsOrder || Order(c, options, vector)) Write(c, options, vector);
        }
        finally
        {
            vector.Clear(); // also when there is no memory for the reply: the next client's sort begins with nothing
        }
    }

    // Of a list or a sorted set in its own order no more than the range that is wanted.
    private static void Load(CommandContext c, ReadRecord record, ref SortOptions options, SortVector vector)
    {
        switch (record.Type)
        {
            case ValueType.List:
                SortSources.AddList(c, record, ref options, vector);
                break;
            case ValueType.SortedSet when options.KeepsOrder:
                SortSources.AddSortedSet(c, record, ref options, vector);
                break;
            default:
                using (var elements = new ElementCursor(c.Keyspace, record))
                {
                    while (elements.MoveNext()) vector.Add(elements.Name);
                }

                break;
        }
    }

    // False after replying with an error.
    private static bool Order(CommandContext c, in SortOptions options, SortVector vector)
    {
        var areNumbers = true;
        foreach (ref var item in vector.Items)
        {
            if (item.IsNumber && options.By == 0 && !options.Alphabetic) continue;
            var weight = vector.Element(item);
            if (options.By > 0 && !SortPattern.TryFind(c, c[options.By], weight, vector, out weight))
            {
                item.Number = 0;
                continue;
            }

            if (options.Alphabetic)
            {
                if (options.By > 0) vector.SetWeight(ref item, weight);
            }
            else
            {
                areNumbers &= TryNumber(weight, out item.Number); // the other keys are looked up all the same
            }
        }

        if (!areNumbers)
        {
            c.Reply.Error("ERR One or more scores can't be converted into double"u8);
            return false;
        }

        var (start, count) = options.Range(vector.Count);
        if (!options.Alphabetic) vector.SortByNumber(options.Descending);
        else if (options.By > 0) vector.SortByWeight(options.Descending, start, count);
        else vector.SortByText(options.Descending);
        return true;
    }

    // As strtod reads it, up to a NUL: blanks may stand in front, and nothing at all is 0. A number that is too small to be exact is out of its range: of those
    // below the normal ones, all that are not spelled in hexadecimal digits.
    private static bool TryNumber(ReadOnlySpan<byte> text, out double number)
    {
        var end = text.IndexOf((byte)0);
        if (end >= 0) text = text[..end];
        number = 0;
        if (text.IsEmpty) return true;
        return Doubles.TryParse(text.TrimStart(" \t\n\v\f\r"u8), out number) && (!double.IsSubnormal(number) || text.IndexOfAny("xX"u8) >= 0);
    }

    private static void Write(CommandContext c, in SortOptions options, SortVector vector)
    {
        var (start, count) = options.Range(vector.Count);
        var items = vector.Items.Slice(start, count);
        if (options.Store > 0)
        {
            Store(c, options, vector, items);
            return;
        }

        c.RepliesFirst = true;
        c.Reply.ArrayHeader((long)items.Length * Math.Max(1, options.Gets));
        foreach (ref readonly var item in items)
        {
            var element = vector.Element(item);
            if (options.Gets == 0) c.Reply.Bulk(element);
            for (var i = options.FirstGet; i > 0; i = NextGet(c, i))
            {
                if (SortPattern.TryFind(c, c[i + 1], element, vector, out var value)) c.Reply.Bulk(value);
                else c.Reply.Null();
            }
        }
    }

    private static void Store(CommandContext c, in SortOptions options, SortVector vector, ReadOnlySpan<SortItem> items)
    {
        var builder = c.Keyspace.Builder;
        builder.Begin(ValueType.List, items.Length);
        foreach (ref readonly var item in items)
        {
            var element = vector.Element(item);
            if (options.Gets == 0) builder.AddElement(element);
            for (var i = options.FirstGet; i > 0; i = NextGet(c, i))
            {
                builder.AddElement(SortPattern.TryFind(c, c[i + 1], element, vector, out var value) ? value : default);
            }
        }

        KeyOutcomes.Store(c, options.Store, builder, KeyspaceEvents.List, "sortstore"u8, countsElements: true);
    }

    // Index of the next GET's word, 0 behind the last. Patterns may read GET too, so the words are gone through as they were parsed.
    private static int NextGet(CommandContext c, int at)
    {
        for (var i = at + 2; i < c.Count; i++)
        {
            if (c.Is(i, "get"u8)) return i;
            if (c.Is(i, "limit"u8)) i += 2;
            else if (c.Is(i, "by"u8) || c.Is(i, "store"u8)) i++;
        }

        return 0;
    }
}
