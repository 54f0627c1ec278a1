using System.Runtime.CompilerServices;
using Redouble.Core.Text;
using Redouble.Persistence.Rdb.Legacy;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Checks and delivers values that are one run of bytes. What may be kept as it is goes to <see cref="IRdbTarget.OnPacked"/>; the forms of
/// older and newer servers are taken apart.
/// </summary>
internal sealed class PackedValues<TTarget>
    where TTarget : IRdbTarget
{
    private const long FieldExpiryMax = 0xffff_ffff_ffff;

    private readonly PackedMembers _members = new();

    /// <summary>Gives large buffers back.</summary>
    public void Clear() => _members.Clear();

    /// <summary>Delivers a whole value.</summary>
    public RdbStep Deliver(RdbType type, ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target) => type switch
    {
        RdbType.SetIntset => DeliverIntset(bytes, key, ref target),
        RdbType.SetListpack => DeliverMembers(bytes, key, ref target),
        RdbType.HashListpack => DeliverHash(bytes, key, ref target),
        RdbType.SortedSetListpack => DeliverSortedSet(bytes, key, ref target),
        RdbType.HashListpackEx or RdbType.HashListpackExPreRelease => DeliverExpiringHash(bytes, key, ref target),
        RdbType.HashZipmap => DeliverZipmap(bytes, key, ref target),
        _ => DeliverZiplist(type, bytes, key, ref target),
    };

    /// <summary>Delivers the elements of a valid ziplist as those of a list.</summary>
    public static bool DeliverList(ReadOnlySpan<byte> ziplist, ref TTarget target)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var entries = new ZiplistEntries(ziplist);
        while (entries.MoveNext())
        {
            if (!target.OnElement(entries.Text(digits))) return false;
        }

        return true;
    }

    private static RdbStep DeliverIntset(ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target) =>
        Intset.Validate(bytes) && Intset.Count(bytes) > 0
            ? RdbStep.DoneIf(target.OnPacked(key, ValueType.Set, PackedKind.Intset, bytes, 0))
            : RdbStep.Bad("Intset integrity check failed.");

    private RdbStep DeliverMembers(ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target)
    {
        if (!_members.TryRead(bytes, 1, out var entries)) return RdbStep.Bad("Set listpack integrity check failed.");
        return entries == 0 ? RdbStep.Empty : RdbStep.DoneIf(target.OnPacked(key, ValueType.Set, PackedKind.Listpack, bytes, _members.LongestEntry));
    }

    private RdbStep DeliverHash(ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target)
    {
        if (!_members.TryReadPairs(bytes)) return RdbStep.Bad("Hash listpack integrity check failed.");
        if (_members.Offsets.IsEmpty) return RdbStep.Empty;
        return RdbStep.DoneIf(target.OnPacked(key, ValueType.Hash, PackedKind.Pairs, _members.Pairs, _members.LongestEntry));
    }

    private RdbStep DeliverSortedSet(ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target)
    {
        const string problem = "Zset listpack integrity check failed.";
        if (!_members.TryReadPairs(bytes)) return RdbStep.Bad(problem);
        if (_members.Offsets.IsEmpty) return RdbStep.Empty;
        if (!TryReadScores(bytes, _members.Offsets, out var isInOrder)) return RdbStep.Bad(problem);
        return isInOrder ? RdbStep.DoneIf(target.OnPacked(key, ValueType.SortedSet, PackedKind.Pairs, _members.Pairs, _members.LongestEntry))
            : DeliverUnordered(bytes, _members.Offsets, key, ref target);
    }

    // No server writes pairs out of order. They can be put in order, but no search may see them as they are.
    private static RdbStep DeliverUnordered(ReadOnlySpan<byte> listpack, ReadOnlySpan<int> members, in RdbKey key, ref TTarget target)
    {
        if (!target.BeginCollection(key, ValueType.SortedSet, (ulong)members.Length)) return RdbStep.NextIf(false);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        foreach (var member in members)
        {
            _ = TryReadScore(listpack, member, out var score); // all of them are numbers
            if (!target.OnScore(Listpack.Get(listpack, member).Text(digits), score)) return RdbStep.NextIf(false);
        }

        return RdbStep.DoneIf(target.EndCollection());
    }

    private static bool TryReadScores(ReadOnlySpan<byte> listpack, ReadOnlySpan<int> members, out bool isInOrder)
    {
        isInOrder = true;
        var scoreBefore = double.NegativeInfinity;
        for (var i = 0; i < members.Length; i++)
        {
            if (!TryReadScore(listpack, members[i], out var score)) return false;
            if (score < scoreBefore || (score == scoreBefore && i > 0 && !IsBefore(listpack, members[i - 1], members[i]))) isInOrder = false;
            scoreBefore = score;
        }

        return true;
    }

    private static bool IsBefore(ReadOnlySpan<byte> listpack, int member, int other)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        Span<byte> otherDigits = stackalloc byte[Integers.MaxLength];
        return Listpack.Get(listpack, member).Text(digits).SequenceCompareTo(Listpack.Get(listpack, other).Text(otherDigits)) < 0;
    }

    // It stands behind its member.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // every score of every file
    private static bool TryReadScore(ReadOnlySpan<byte> listpack, int member, out double score)
    {
        var at = Listpack.After(listpack, member);
        var isInteger = Listpack.TryGetInteger(listpack, at, out var number);
        score = number;
        return isInteger || Doubles.TryParse(Listpack.Get(listpack, at).Bytes, out score);
    }

    // Field, value, expiry in milliseconds since 1970 or 0.
    private RdbStep DeliverExpiringHash(ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target)
    {
        const string problem = "Hash listpack integrity check failed.";
        if (!_members.TryRead(bytes, 3, out var entries)) return RdbStep.Bad(problem);
        if (entries == 0) return RdbStep.Empty;
        var entry = 0;
        for (var at = Listpack.First(bytes); at >= 0; at = Listpack.Next(bytes, at))
        {
            if (entry++ % 3 != 2) continue;
            var time = Listpack.Get(bytes, at);
            if (!time.IsInteger || time.Integer is < 0 or > FieldExpiryMax) return RdbStep.Bad(problem);
        }

        if (TimedListpack.IsInOrder(bytes)) return RdbStep.DoneIf(target.OnPacked(key, ValueType.Hash, PackedKind.TimedListpack, bytes, _members.LongestEntry));
        if (!target.BeginCollection(key, ValueType.Hash, (ulong)entries / 3)) return RdbStep.NextIf(false);
        Span<byte> fieldDigits = stackalloc byte[Integers.MaxLength];
        Span<byte> valueDigits = stackalloc byte[Integers.MaxLength];
        for (var at = Listpack.First(bytes); at >= 0; at = Listpack.Next(bytes, at))
        {
            var field = Listpack.Get(bytes, at).Text(fieldDigits);
            at = Listpack.Next(bytes, at);
            var value = Listpack.Get(bytes, at).Text(valueDigits);
            at = Listpack.Next(bytes, at);
            var time = Listpack.Get(bytes, at).Integer;
            if (!target.OnField(field, value, time == 0 ? -1 : time)) return RdbStep.NextIf(false);
        }

        return RdbStep.DoneIf(target.EndCollection());
    }

    private static RdbStep DeliverZipmap(ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target)
    {
        if (!Zipmap.Validate(bytes, out var count) || count == 0) return RdbStep.Bad("Zipmap integrity check failed.");
        if (!target.BeginCollection(key, ValueType.Hash, (ulong)count)) return RdbStep.NextIf(false);
        var entries = new ZipmapEntries(bytes);
        while (entries.MoveNext())
        {
            if (!target.OnField(entries.Field, entries.Value, -1)) return RdbStep.NextIf(false);
        }

        return RdbStep.DoneIf(target.EndCollection());
    }

    private static RdbStep DeliverZiplist(RdbType type, ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target)
    {
        var (valueType, stride, problem) = type switch
        {
            RdbType.ListZiplist => (ValueType.List, 1, "List ziplist integrity check failed."),
            RdbType.HashZiplist => (ValueType.Hash, 2, "Hash ziplist integrity check failed."),
            _ => (ValueType.SortedSet, 2, "Zset ziplist integrity check failed."),
        };
        if (!Ziplist.Validate(bytes, out var entries) || entries % stride != 0) return RdbStep.Bad(problem);
        if (entries == 0) return RdbStep.Empty;
        if (valueType == ValueType.SortedSet && !AreScoresNumbers(bytes)) return RdbStep.Bad(problem);
        if (!target.BeginCollection(key, valueType, (ulong)(entries / stride))) return RdbStep.NextIf(false);
        var delivered = valueType == ValueType.List ? DeliverList(bytes, ref target) : DeliverPairs(bytes, valueType, ref target);
        return delivered ? RdbStep.DoneIf(target.EndCollection()) : RdbStep.NextIf(false);
    }

    private static bool DeliverPairs(ReadOnlySpan<byte> ziplist, ValueType type, ref TTarget target)
    {
        Span<byte> firstDigits = stackalloc byte[Integers.MaxLength];
        Span<byte> secondDigits = stackalloc byte[Integers.MaxLength];
        var entries = new ZiplistEntries(ziplist);
        while (entries.MoveNext())
        {
            var first = entries.Text(firstDigits);
            entries.MoveNext();
            var second = entries.Text(secondDigits);
            if (type == ValueType.Hash)
            {
                if (!target.OnField(first, second, -1)) return false;
                continue;
            }

            if (!Doubles.TryParse(second, out var score) || !target.OnScore(first, score)) return false;
        }

        return true;
    }

    private static bool AreScoresNumbers(ReadOnlySpan<byte> ziplist)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var entries = new ZiplistEntries(ziplist);
        while (entries.MoveNext())
        {
            entries.MoveNext();
            if (!Doubles.TryParse(entries.Text(digits), out _)) return false;
        }

        return true;
    }
}
