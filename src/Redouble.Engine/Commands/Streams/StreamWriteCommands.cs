using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Streams;

/// <summary>XADD, XTRIM, XDEL, XSETID.</summary>
internal static class StreamWriteCommands
{
    /// <summary>Longest entry.</summary>
    private const int EntryBytesMax = 1 << 30;

    private readonly struct Fields(CommandContext c, int at) : IStreamFields
    {
        public int Count => c.Count - at;

        public ReadOnlySpan<byte> this[int index] => c[at + index];
    }

    [Command("xadd", Arity = -5, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.Stream,
        Keys = "RW update @1 -- UPDATE instead of INSERT because of the optional trimming feature", Group = CommandGroup.Stream, Since = "5.0.0",
        Summary = "Appends an entry to a stream, which is created when there is none.", Tips = "nondeterministic_output",
        Complexity = "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
        Syntax =
            "key [NOMKSTREAM^6.2.0] [trim=( strategy=( MAXLEN | MINID^6.2.0 ) [operator=( equal='=' | approximately='~' )] threshold [LIMIT "
            + "count^6.2.0] )] "
            + "id-selector=( auto-id='*' | id ) data=( field value )...",
        History =
            "6.2.0 Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option.; 7.0.0 Added support for the `<ms>-*` explicit ID "
            + "form.")]
    public static void XAdd(CommandContext c)
    {
        if (!StreamTrimOptions.TryParse(c, isAdd: true, out var options)) return;
        var fields = new Fields(c, options.Next + 1);
        if (fields.Count < 2 || fields.Count % 2 != 0)
        {
            c.Reply.Error("ERR wrong number of arguments for 'xadd' command"u8);
            return;
        }

        if (options.HasId && options.HasSequence && options.Id.IsZero)
        {
            c.Reply.Error("ERR The ID specified in XADD must be greater than 0-0"u8);
            return;
        }

        if (!Lookups.TryFind(c, 1, ValueType.Stream, out var record)) return;
        var isNew = record.IsMissing;
        if (isNew && options.NoCreate)
        {
            c.Reply.Null();
            return;
        }

        if (!TryChooseId(c, options, isNew ? default : new StreamValueReader(c.Keyspace, record).LastId, out var id) || IsTooLarge(c, fields)) return;
        var hash = c.Hash(1);
        var stream = isNew ? StreamValueWriter.Create(c.Database, c[1], hash) : new StreamValueWriter(c.Database.Open(record, hash));
        stream.Append(id, fields);
        c.Reply.Id(id);
        c.Database.ReportModification(c[1]);
        c.Notify(KeyspaceEvents.Stream, "xadd"u8, c[1]);
        c.Changed();
        if (options.HasTrim && stream.Trim(options.Trim) > 0) c.Notify(KeyspaceEvents.Stream, "xtrim"u8, c[1]);
        if (!isNew) c.Node.Blocking.KeyReady(c.Session.Database, c[1]);
        var isExplicit = options.HasId && options.HasSequence;
        if (!isExplicit || (options.HasTrim && options.Trim.IsApproximate)) StreamEffects.Rewritten(c, options, stream.Reader, isExplicit ? null : id);
    }

    [Command("xtrim", Arity = -4, Flags = CommandFlags.Write, Acl = AclCategory.Stream, Keys = "RW delete @1", Group = CommandGroup.Stream, Since = "5.0.0",
        Summary = "Removes entries from the beginning of a stream.", Tips = "nondeterministic_output",
        Complexity = "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes "
            + "containing multiple entries that can be released with a single deallocation.",
        Syntax = "key trim=( strategy=( MAXLEN | MINID^6.2.0 ) [operator=( equal='=' | approximately='~' )] threshold [LIMIT count^6.2.0] )",
        History = "6.2.0 Added the `MINID` trimming strategy and the `LIMIT` option.")]
    public static void XTrim(CommandContext c)
    {
        if (!StreamTrimOptions.TryParse(c, isAdd: false, out var options) || !Lookups.TryFind(c, 1, ValueType.Stream, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        var stream = new StreamValueWriter(c.Database.Open(record, c.Hash(1)));
        var removed = stream.Trim(options.Trim);
        c.Reply.Integer(removed);
        if (removed == 0) return;
        c.Database.ReportModification(c[1]);
        c.Notify(KeyspaceEvents.Stream, "xtrim"u8, c[1]);
        c.Changed((int)Math.Min(removed, int.MaxValue));
        if (options.Trim.IsApproximate) StreamEffects.Rewritten(c, options, stream.Reader, null);
    }

    [Command("xdel", Arity = -3, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Stream, Keys = "RW delete @1", Group = CommandGroup.Stream,
        Since = "5.0.0", Summary = "Removes entries of a stream by their ids.",
        Complexity = "O(1) for each single item to delete in the stream, regardless of the stream size.", Syntax = "key id...")]
    public static void XDel(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.Stream, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        for (var i = 2; i < c.Count; i++)
        {
            if (!StreamArguments.TryId(c, i, out _)) return;
        }

        var stream = new StreamValueWriter(c.Database.Open(record, c.Hash(1)));
        var removed = 0;
        for (var i = 2; i < c.Count; i++)
        {
            var id = StreamArguments.IdAt(c, i);
            if (stream.Delete(id)) removed++;
        }

        if (removed > 0)
        {
            c.Database.ReportModification(c[1]);
            c.Notify(KeyspaceEvents.Stream, "xdel"u8, c[1]);
            c.Changed(removed);
        }

        c.Reply.Integer(removed);
    }

    [Command("xsetid", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.Stream, Keys = "RW update @1",
        Group = CommandGroup.Stream, Since = "5.0.0", Summary = "Sets the last id of a stream, for internal use.", Complexity = "O(1)",
        Syntax = "key last-id [ENTRIESADDED entries-added:integer^7.0.0] [MAXDELETEDID max-deleted-id^7.0.0]",
        History = "7.0.0 Added the `entries_added` and `max_deleted_entry_id` arguments.")]
    public static void XSetId(CommandContext c)
    {
        if (!StreamArguments.TryId(c, 2, out var id) || !TryParseSetId(c, id, out var entriesAdded, out var maxDeletedId)) return;
        if (!Lookups.TryFind(c, 1, ValueType.Stream, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Error("ERR no such key"u8);
            return;
        }

        var before = new StreamValueReader(c.Keyspace, record);
        if (id < before.MaxDeletedId && !HeedsNoDeleted(c))
        {
            c.Reply.Error("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"u8);
            return;
        }

        if (before.Length > 0 && id < before.LastEntryId())
        {
            c.Reply.Error("ERR The ID specified in XSETID is smaller than the target stream top item"u8);
            return;
        }

        if (before.Length > 0 && entriesAdded != -1 && before.Length > entriesAdded)
        {
            c.Reply.Error("ERR The entries_added specified in XSETID is smaller than the target stream length"u8);
            return;
        }

        var stream = new StreamValueWriter(c.Database.Open(record, c.Hash(1)));
        stream.SetLastId(id);
        if (entriesAdded != -1) stream.SetEntriesAdded(entriesAdded);
        if (!maxDeletedId.IsZero) stream.SetMaxDeletedId(maxDeletedId);
        c.Reply.Ok();
        c.Changed();
        c.Database.ReportModification(c[1]);
        c.Notify(KeyspaceEvents.Stream, "xsetid"u8, c[1]);
    }

    // A primary that is a Redis 7.0 sets ids below the greatest deleted one; so its copy has to, and what a file has of it.
    private static bool HeedsNoDeleted(CommandContext c) => c.Session.Has(SessionFlags.Primary);

    private static bool TryParseSetId(CommandContext c, StreamId id, out long entriesAdded, out StreamId maxDeletedId)
    {
        entriesAdded = -1;
        maxDeletedId = default;
        for (var i = 3; i < c.Count; i += 2)
        {
            var hasMore = i + 1 < c.Count;
            if (hasMore && c.Is(i, "entriesadded"u8))
            {
                if (!c.TryInteger(i + 1, out entriesAdded)) return false;
                if (entriesAdded >= 0) continue;
                c.Reply.Error("ERR entries_added must be positive"u8);
                return false;
            }

            if (!hasMore || !c.Is(i, "maxdeletedid"u8))
            {
                c.SyntaxError();
                return false;
            }

            if (!StreamArguments.TryId(c, i + 1, out maxDeletedId)) return false;
            if (id >= maxDeletedId || HeedsNoDeleted(c)) continue;
            c.Reply.Error("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"u8);
            return false;
        }

        return true;
    }

    private static bool TryChooseId(CommandContext c, in StreamTrimOptions options, StreamId last, out StreamId id)
    {
        id = options.Id;
        if (last == StreamId.Max)
        {
            c.Reply.Error("ERR The stream has exhausted the last possible ID, unable to add more items"u8);
            return false;
        }

        if (!options.HasId)
        {
            // The clock may have gone back; ids do not.
            id = new StreamId((ulong)c.NowMs, 0);
            if (id.Ms <= last.Ms) last.TryNext(out id);
        }
        else if (!options.HasSequence && id.Ms == last.Ms)
        {
            last.TryNext(out id);
            if (id.Ms != last.Ms) id = default;
        }

        if (id > last) return true;
        c.Reply.Error("ERR The ID specified in XADD is equal or smaller than the target stream top item"u8);
        return false;
    }

    private static bool IsTooLarge(CommandContext c, in Fields fields)
    {
        if (c.Arguments.Request.Length <= EntryBytesMax) return false;
        long bytes = 0;
        for (var i = 0; i < fields.Count; i++) bytes += fields[i].Length;
        if (bytes <= EntryBytesMax) return false;
        c.Reply.Error("ERR Elements are too large to be stored"u8);
        return true;
    }
}
