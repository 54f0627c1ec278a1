using Redouble.Core.Text;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Sets;

/// <summary>
/// Intersection, union and difference of the sets at several keys. The members of the result go to a <see cref="IMemberSink"/>; nothing is written to
/// the keyspace meanwhile.
/// </summary>
internal static class SetAlgebra
{
    /// <summary>Looks all keys up. False when one holds another type, after replying so.</summary>
    public static bool TryRead(CommandContext c, int firstKey, int count, out RecordHandle[] sets)
    {
        sets = [];
        for (var i = 0; i < count; i++)
        {
            if (!Lookups.TryRead(c, firstKey + i, ValueType.Set, out _)) return false;
        }

        // Held only now: what had expired was removed above, and no record lives through a removal.
        sets = new RecordHandle[count];
        for (var i = 0; i < count; i++) sets[i] = c.Database.Peek(c[firstKey + i], c.Hash(firstKey + i)).Hold();
        return true;
    }

    /// <summary>Members of all sets, until the sink has enough.</summary>
    public static void Intersect<TSink>(Keyspace keyspace, RecordHandle[] sets, ref TSink sink)
        where TSink : struct, IMemberSink, allows ref struct
    {
        foreach (var set in sets)
        {
            if (set.IsMissing) return;
        }

        // The smallest is gone through, and the next smallest, most likely to say no, is asked first.
        Array.Sort(sets, (a, b) => CountOf(keyspace, a).CompareTo(CountOf(keyspace, b)));
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        using var members = new ElementCursor(keyspace, sets[0].Read(keyspace));
        while (members.MoveNext())
        {
            if (!IsInAll(keyspace, sets, members, digits)) continue;
            if (!sink.Add(members.Name.Text(digits))) return;
        }
    }

    /// <summary>Members of any set; the sink sees those of several sets more than once.</summary>
    public static void Unite<TSink>(Keyspace keyspace, RecordHandle[] sets, ref TSink sink)
        where TSink : struct, IMemberSink, allows ref struct
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        foreach (var set in sets)
        {
            if (set.IsMissing) continue;
            using var members = new ElementCursor(keyspace, set.Read(keyspace));
            while (members.MoveNext()) sink.Add(members.Name.Text(digits));
        }
    }

    /// <summary>Members of the first set that are in no other.</summary>
    public static void Subtract<TSink>(Keyspace keyspace, RecordHandle[] sets, ref TSink sink)
        where TSink : struct, IMemberSink, allows ref struct
    {
        var first = sets[0];
        if (first.IsMissing) return;
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var others = Array.FindAll(sets[1..], static set => !set.IsMissing);
        var union = MemberUnion.TryMake(keyspace, CountOf(keyspace, first), others, others.Sum(set => CountOf(keyspace, set)));
        using var members = new ElementCursor(keyspace, first.Read(keyspace));
        while (members.MoveNext())
        {
            var isInAny = union?.Contains(members.Name.Text(digits)) ?? IsInAny(keyspace, others, members, digits);
            if (!isInAny) sink.Add(members.Name.Text(digits));
        }
    }

    /// <summary>Members of a set; 0 for none.</summary>
    public static long CountOf(Keyspace keyspace, RecordHandle set) => new SetReader(keyspace, set.Read(keyspace)).Count;

    private static bool IsInAll(Keyspace keyspace, RecordHandle[] sets, in ElementCursor members, Span<byte> digits)
    {
        var name = members.Name;
        for (var i = 1; i < sets.Length; i++)
        {
            if (!new SetReader(keyspace, sets[i].Read(keyspace)).Contains(name, digits)) return false;
        }

        return true;
    }

    private static bool IsInAny(Keyspace keyspace, ReadOnlySpan<RecordHandle> sets, in ElementCursor members, Span<byte> digits)
    {
        var name = members.Name;
        foreach (var set in sets)
        {
            if (new SetReader(keyspace, set.Read(keyspace)).Contains(name, digits)) return true;
        }

        return false;
    }
}

/// <summary>Takes the members of a result.</summary>
internal interface IMemberSink
{
    /// <summary>A member; false when no more are wanted.</summary>
    bool Add(scoped ReadOnlySpan<byte> member);
}

/// <summary>Counts members, up to a limit.</summary>
internal struct MemberCounter(long limit) : IMemberSink
{
    public long Count { get; private set; }

    public bool Add(scoped ReadOnlySpan<byte> member) => ++Count < limit || limit == 0;
}

/// <summary>Writes members to the reply as they come.</summary>
internal struct MemberReply(CommandContext c) : IMemberSink
{
    public long Count { get; private set; }

    public bool Add(scoped ReadOnlySpan<byte> member)
    {
        c.Reply.Bulk(member);
        Count++;
        return true;
    }
}

/// <summary>Collects members, each once.</summary>
internal readonly struct MemberCollector(CollectionBuilder into) : IMemberSink
{
    public bool Add(scoped ReadOnlySpan<byte> member)
    {
        into.AddMember(member);
        return true;
    }
}
