using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Redouble.Core.Text;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>How the scores of a member of several sets are combined.</summary>
public enum ScoreAggregate
{
    Sum,
    Min,
    Max,
}

/// <content>Sorted sets: elements with scores, each once, or combined.</content>
public sealed partial class CollectionBuilder
{
    /// <summary>Elements that are put in order together: sorted first, their places in the tree lie in its order and are found in the cache.</summary>
    private const int UnorderedMax = 8192;

    private ulong[] _unorderedKeys = [];
    private nint[] _unordered = [];
    private int _unorderedCount;

    /// <summary>What was built so far, in its order.</summary>
    public SortedSetReader Sorted
    {
        get
        {
            Order();
            return new(keyspace, _collection.IsMissing ? Packed : default, _collection);
        }
    }

    /// <summary>Adds a member to a sorted set; false when it is there, or the score is not a number.</summary>
    public bool AddScore(ReadOnlySpan<byte> member, double score)
    {
        if (double.IsNaN(score)) return false;
        if (_collection.IsMissing)
        {
            if (PackedPairs.Find(Packed, member) >= 0) return false;
            if (PackedCount < Limits.SortedSetMaxListpackEntries && member.Length <= Limits.SortedSetMaxListpackValue && Limits.MayGrow(_end, member.Length))
            {
                AppendInOrder(member, score);
                return true;
            }

            Unpack();
        }

        var bits = MemoryMarshal.AsBytes(new ReadOnlySpan<double>(in score));
        if (Defers) return AddLater(member, bits, -1);
        AskForRoom();
        var table = Table;
        var hash = table.Hash(member);
        if (!table.Find(member, hash).IsMissing) return false;
        OrderLater(table.Add(member, hash, bits), score);
        return true;
    }

    /// <summary>
    /// Begins a sorted set whose members may come several times, through <see cref="Combine"/>. Nothing else may be asked of it before
    /// <see cref="EndCombination"/>, which puts the elements in order: once each, whatever became of their scores meanwhile.
    /// </summary>
    public void BeginCombination() => Begin(ValueType.SortedSet, long.MaxValue);

    /// <summary>Adds a member, or combines the score it has with another.</summary>
    public void Combine(ReadOnlySpan<byte> member, double score, ScoreAggregate aggregate)
    {
        AskForRoom();
        var table = Table;
        var hash = table.Hash(member);
        var element = table.Find(member, hash);
        if (!element.IsMissing) score = Combined(SortedTable.ScoreOf(element), score, aggregate);
        else element = table.Add(member, hash, stackalloc byte[sizeof(double)]);
        BinaryPrimitives.WriteDoubleLittleEndian(element.Value, score);
    }

    /// <summary>All members have come.</summary>
    /// <param name="mayPack">Whether the elements are packed if there are few of them; a result that is only read need not be.</param>
    public void EndCombination(bool mayPack = true)
    {
        var longest = 0;
        using (var elements = new ElementCursor(keyspace, _collection))
        {
            while (elements.MoveNext())
            {
                OrderLater(elements.Record, elements.Score);
                longest = Math.Max(longest, elements.Record.KeyLength);
            }
        }

        Order();
        var sorted = new SortedTable(keyspace, _collection);
        if (mayPack && sorted.Count <= Limits.SortedSetMaxListpackEntries && longest <= Limits.SortedSetMaxListpackValue) Pack(sorted);
    }

    /// <summary>Two scores of one member as one. Infinities of both signs add up to 0.</summary>
    public static double Combined(double score, double other, ScoreAggregate aggregate)
    {
        if (aggregate == ScoreAggregate.Min) return other < score ? other : score;
        if (aggregate == ScoreAggregate.Max) return other > score ? other : score;
        score += other;
        return double.IsNaN(score) ? 0 : score;
    }

    private void OrderLater(Record element, double score)
    {
        if (_unordered.Length == 0) (_unorderedKeys, _unordered) = (new ulong[UnorderedMax], new nint[UnorderedMax]);
        _unorderedKeys[_unorderedCount] = SortedTable.KeyOf(score);
        _unordered[_unorderedCount++] = element.Place;
        if (_unorderedCount == UnorderedMax) Order();
    }

    private void Order()
    {
        if (_unorderedCount == 0) return;
        AskForRoom();
        var sorted = new SortedTable(keyspace, _collection);
        if (sorted.TryPrepend(_unorderedKeys.AsSpan(0, _unorderedCount), _unordered.AsSpan(0, _unorderedCount)))
        {
            _unorderedCount = 0;
            return;
        }

        Array.Sort(_unorderedKeys, _unordered, 0, _unorderedCount);
        for (var i = 0; i < _unorderedCount; i++)
        {
            var element = Record.At(_unordered[i]);
            sorted.Insert(element, SortedTable.ScoreOf(element));
        }

        _unorderedCount = 0;
    }

    private void Pack(in SortedTable sorted)
    {
        Span<byte> text = stackalloc byte[Doubles.MaxLength];
        for (var cursor = sorted.Order.First(); !cursor.AtEnd; cursor.MoveNext())
        {
            var element = Record.At(cursor.Item);
            AppendPair(element.Key, text[..SortedTable.FormatPacked(SortedTable.ScoreOf(element), text)]);
        }

        keyspace.Store.Collections.Detach(_collection);
        _collection = default;
    }

    // A packed sorted set is in the order of score, then member.
    private void AppendInOrder(ReadOnlySpan<byte> member, double score)
    {
        Span<byte> text = stackalloc byte[Doubles.MaxLength];
        var scoreText = text[..SortedTable.FormatPacked(score, text)];
        EnsureRoom(_end + PackedPairs.EncodedSize(member) + PackedPairs.EncodedSize(scoreText));
        _end = PackedPairs.Insert(_packed, _end, SortedTable.PlaceIn(Packed, member, score), member, scoreText);
        _entries += 2;
    }
}
