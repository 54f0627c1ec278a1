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

    /// <summary>
    /// Entries up to which a listpack of more than a megabyte is delivered whole. A hundred KB of payload may be ten MB of listpack and five million members:
    /// of one with more the elements are delivered, so that the table which takes them refuses the first that comes twice, and no array grows with them.
    /// </summary>
    private const int LargeEntriesMax = 1 << 16;

    private const string SetProblem = "Set listpack integrity check failed.";
    private const string HashProblem = "Hash listpack integrity check failed.";
    private const string SortedSetProblem = "Zset listpack integrity check failed.";

    private readonly PackedMembers _members = new();

    /// <summary>Gives large buffers back.</summary>
    public void Clear() => _members.Clear();

    /// <summary>Delivers a whole value.</summary>
    public RdbStep Deliver(RdbType type, ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target) => type switch
    {
        RdbType.SetIntset => DeliverIntset(bytes, key, ref target),
        RdbType.SetListpack when HasMany(bytes, out var entries) => DeliverMany(bytes, ValueType.Set, 1, entries, SetProblem, key, ref target),
        RdbType.HashListpack when HasMany(bytes, out var entries) => DeliverMany(bytes, ValueType.Hash, 2, entries, HashProblem, key, ref target),
        RdbType.SortedSetListpack when HasMany(bytes, out var entries) =>
            DeliverMany(bytes, ValueType.SortedSet, 2, entries, SortedSetProblem, key, ref target),
        RdbType.HashListpackEx or RdbType.HashListpackExPreRelease when HasMany(bytes, out var entries) =>
            DeliverMany(bytes, ValueType.Hash, 3, entries, HashProblem, key, ref target),
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
        if (!_members.TryRead(bytes, 1, out var entries)) return RdbStep.Bad(SetProblem);
        return entries == 0 ? RdbStep.Empty : RdbStep.DoneIf(target.OnPacked(key, ValueType.Set, PackedKind.Listpack, bytes, _members.LongestEntry));
    }

    private RdbStep DeliverHash(ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target)
    {
        if (!_members.TryReadPairs(bytes)) return RdbStep.Bad(HashProblem);
        if (_members.Offsets.IsEmpty) return RdbStep.Empty;
        return RdbStep.DoneIf(target.OnPacked(key, ValueType.Hash, PackedKind.Pairs, _members.Pairs, _members.LongestEntry));
    }

    private RdbStep DeliverSortedSet(ReadOnlySpan<byte> bytes, in RdbKey key, ref TTarget target)
    {
        if (!_members.TryReadPairs(bytes)) return RdbStep.Bad(SortedSetProblem);
        if (_members.Offsets.IsEmpty) return RdbStep.Empty;
        if (!TryReadScores(bytes, _members.Offsets, out var isInOrder)) return RdbStep.Bad(SortedSetProblem);
        if (isInOrder) return RdbStep.DoneIf(target.OnPacked(key, ValueType.SortedSet, PackedKind.Pairs, _members.Pairs, _members.LongestEntry));

        // No server writes pairs out of order. They can be put in order, but no search may see them as they are.
        return DeliverElements(bytes, ValueType.SortedSet, 2, 2 * _members.Offsets.Length, SortedSetProblem, key, ref target);
    }

    // Also what is no listpack: it has 0 then.
    private static bool HasMany(ReadOnlySpan<byte> bytes, out int entries)
    {
        entries = 0;
        if (bytes.Length <= RdbScratch.RetainedMax) return false;
        if (!Listpack.Validate(bytes, out entries)) entries = 0;
        return entries is 0 or > LargeEntriesMax;
    }

    private static RdbStep DeliverMany(
        ReadOnlySpan<byte> listpack, ValueType type, int stride, int entries, string problem, in RdbKey key, ref TTarget target) =>
        entries > 0 && entries % stride == 0 ? DeliverElements(listpack, type, stride, entries, problem, key, ref target) : RdbStep.Bad(problem);

    // The elements of a valid listpack of so many times stride entries: a member, with its score, or its value, and its time.
    private static RdbStep DeliverElements(
        ReadOnlySpan<byte> listpack, ValueType type, int stride, int entries, string problem, in RdbKey key, ref TTarget target)
    {
        if (!target.BeginCollection(key, type, (ulong)(entries / stride))) return RdbStep.NextIf(false);
        Span<byte> nameDigits = stackalloc byte[Integers.MaxLength];
        Span<byte> valueDigits = stackalloc byte[Integers.MaxLength];
        for (var at = Listpack.First(listpack); at >= 0; at = Listpack.Next(listpack, at))
        {
            var name = Listpack.Get(listpack, at).Text(nameDigits);
            bool accepted;
            if (stride == 1)
            {
                accepted = target.OnElement(name);
            }
            else if (type == ValueType.SortedSet)
            {
                if (!TryReadScore(listpack, at, out var score)) return RdbStep.Bad(problem);
                at = Listpack.After(listpack, at);
                accepted = target.OnScore(name, score);
            }
            else
            {
                at = Listpack.After(listpack, at);
                var value = Listpack.Get(listpack, at).Text(valueDigits);
                long time = 0;
                if (stride == 3 && !TryReadTime(listpack, at = Listpack.After(listpack, at), out time)) return RdbStep.Bad(problem);
                accepted = target.OnField(name, value, time == 0 ? -1 : time);
            }

            if (!accepted) return RdbStep.NextIf(false);
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
        if (!_members.TryRead(bytes, 3, out var entries)) return RdbStep.Bad(HashProblem);
        if (entries == 0) return RdbStep.Empty;
        var entry = 0;
        for (var at = Listpack.First(bytes); at >= 0; at = Listpack.Next(bytes, at))
        {
            if (entry++ % 3 == 2 && !TryReadTime(bytes, at, out _)) return RdbStep.Bad(HashProblem);
        }

        return TimedListpack.IsInOrder(bytes)
            ? RdbStep.DoneIf(target.OnPacked(key, ValueType.Hash, PackedKind.TimedListpack, bytes, _members.LongestEntry))
            : DeliverElements(bytes, ValueType.Hash, 3, entries, HashProblem, key, ref target);
    }

    private static bool TryReadTime(ReadOnlySpan<byte> listpack, int at, out long time) =>
        Listpack.TryGetInteger(listpack, at, out time) && time is >= 0 and <= FieldExpiryMax;

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
