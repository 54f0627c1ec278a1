using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// The elements of a large sorted set: by member in a table, whose records have the score as 8 bytes, and by score, then member, in a tree
/// that refers to those records. All changes go through here, so that the running snapshot has an element before it changes.
/// </summary>
internal readonly ref struct SortedTable
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ElementTable _table;
    private readonly CountedTree<OrderedEntries> _order;

    public SortedTable(Keyspace.Keyspace keyspace, Collection collection)
    {
        _keyspace = keyspace;
        _table = new ElementTable(keyspace, collection);
        _order = collection.Order(keyspace.Home);
    }

    public long Count => _table.Count;

    /// <summary>The elements in their order.</summary>
    public CountedTree<OrderedEntries> Order => _order;

    public ElementTable Table => _table;

    public static double ScoreOf(Record element) => BinaryPrimitives.ReadDoubleLittleEndian(element.Value);

    /// <summary>The score of the member at an offset of a packed sorted set.</summary>
    public static double ScoreAt(ReadOnlySpan<byte> packed, int member) => ScoreOf(PackedPairs.Get(packed, PackedPairs.After(packed, member)));

    /// <summary>A packed score: an integer entry or text.</summary>
    /// <exception cref="InvalidDataException">It is no number; what comes from files is checked before.</exception>
    public static double ScoreOf(PackedValue packed)
    {
        if (packed.IsInteger) return packed.Integer;
        return Doubles.TryParse(packed.Bytes, out var score) ? score : throw new InvalidDataException("A sorted set holds a score that is no number.");
    }

    /// <summary>A score as listpacks and pairs have it: the shortest text that reads back as the same number. As in Redis, a listpack knows no -0.</summary>
    public static int FormatPacked(double score, Span<byte> text) => Doubles.Format(score == 0 ? 0 : score, text);

    /// <summary>Scores as numbers whose unsigned order is that of the scores; the two zeros are one.</summary>
    public static ulong KeyOf(double score)
    {
        var bits = BitConverter.DoubleToUInt64Bits(score == 0 ? 0 : score);
        return (bits & 1UL << 63) != 0 ? ~bits : bits | 1UL << 63;
    }

    /// <summary>Where in a packed sorted set the element belongs: the offset of the first one behind it, or the end.</summary>
    public static int PlaceIn(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> member, double score)
    {
        var at = PackedPairs.HeaderSize;
        while (at < packed.Length)
        {
            var scoreAt = PackedPairs.After(packed, at);
            if (ComesAfter(packed, at, scoreAt, member, score)) break;
            at = PackedPairs.After(packed, scoreAt);
        }

        return at;
    }

    public Record Find(ReadOnlySpan<byte> member) => _table.Find(member);

    /// <summary>Adds a member that is not there.</summary>
    public void Add(ReadOnlySpan<byte> member, double score) => Add(member, _table.Hash(member), score);

    /// <summary>Adds a member that is not there.</summary>
    public void Add(ReadOnlySpan<byte> member, ulong hash, double score)
    {
        var bits = BitConverter.DoubleToInt64Bits(score);
        var element = _table.Add(member, hash, MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in bits)));
        Insert(element, score);
    }

    /// <summary>Gives an element of the table its place in the order.</summary>
    public void Insert(Record element, double score)
    {
        var cursor = _order.Seek(new Place(KeyOf(score), element.Key));
        _order.Insert(ref cursor, new TreeEntry(KeyOf(score), element.Place));
    }

    /// <summary>
    /// Gives elements of the table their places in front of all others, if they are in descending order and belong there: as files have them. Else false.
    /// </summary>
    public bool TryPrepend(ReadOnlySpan<ulong> keys, ReadOnlySpan<nint> elements)
    {
        if (_order.TryGetEdge(first: true, out var first) && !IsBefore(keys[0], elements[0], first.Key, first.Item)) return false;
        for (var i = 1; i < keys.Length; i++)
        {
            if (!IsBefore(keys[i], elements[i], keys[i - 1], elements[i - 1])) return false;
        }

        _order.Prepend(keys, elements);
        return true;
    }

    private static bool IsBefore(ulong key, nint element, ulong otherKey, nint other) =>
        key < otherKey || (key == otherKey && Record.At(element).Key.SequenceCompareTo(Record.At(other).Key) < 0);

    /// <summary>Gives an element another score.</summary>
    public void SetScore(Record element, double score)
    {
        _table.BeforeChange(element);
        var cursor = CursorOf(element);
        BinaryPrimitives.WriteDoubleLittleEndian(element.Value, score);
        if (cursor.Key == KeyOf(score)) return;
        _order.Remove(ref cursor);
        Insert(element, score);
    }

    public bool Remove(ReadOnlySpan<byte> member, ulong hash)
    {
        var element = _table.Find(member, hash);
        if (element.IsMissing) return false;
        var cursor = CursorOf(element);
        _order.Remove(ref cursor);
        _table.Remove(element, hash);
        return true;
    }

    /// <summary>Removes elements that follow each other. They must be there.</summary>
    public void Remove(RankRange range)
    {
        var cursor = _order.SeekWeight(range.Start, out _);
        var walk = cursor;
        for (var i = 0L; i < range.Count; i++)
        {
            var element = Record.At(walk.Item);
            walk.MoveNext();
            _table.Remove(element, _table.Hash(element.Key));
        }

        _order.RemoveRange(ref cursor, range.Count);
    }

    /// <summary>A copy without elements that follow each other.</summary>
    public Collection CopyWithout(RankRange range)
    {
        var copy = _keyspace.Store.Collections.Create(Keyspace.ValueType.SortedSet);
        var kept = new SortedTable(_keyspace, copy);
        kept.AppendFrom(_order.First(), range.Start);
        var behind = range.Start + range.Count;
        if (behind < Count) kept.AppendFrom(_order.SeekWeight(behind, out _), Count - behind);
        return copy;
    }

    // Elements of another set, all of which come behind those that are here.
    private void AppendFrom(TreeCursor cursor, long count)
    {
        for (; count > 0; count--, cursor.MoveNext())
        {
            var element = Record.At(cursor.Item);
            var copy = _table.Add(element.Key, _table.Hash(element.Key), element.Value);
            _order.Append(new TreeEntry(cursor.Key, copy.Place));
        }
    }

    /// <summary>The elements whose scores lie in an interval.</summary>
    public RankRange RanksOf(in ScoreRange range)
    {
        var start = _order.Rank(_order.Seek(new ScorePlace(KeyOf(range.Min), range.ExcludesMin)));
        var end = _order.Rank(_order.Seek(new ScorePlace(KeyOf(range.Max), !range.ExcludesMax)));
        return new RankRange(start, Math.Max(0, end - start));
    }

    /// <summary>The elements whose members lie in an interval, where all scores are the same.</summary>
    public RankRange RanksOf(in LexRange range)
    {
        var start = _order.Rank(_order.Seek(new MinPlace(range)));
        var end = _order.Rank(_order.Seek(new MaxPlace(range)));
        return new RankRange(start, Math.Max(0, end - start));
    }

    /// <summary>The place of an element in the order.</summary>
    public TreeCursor CursorOf(Record element) => _order.Seek(new Place(KeyOf(ScoreOf(element)), element.Key));

    /// <summary>In front of the first element that is not before (key, member).</summary>
    internal readonly ref struct Place(ulong key, ReadOnlySpan<byte> member) : ITreeProbe
    {
        private readonly ReadOnlySpan<byte> _member = member;

        [MethodImpl(MethodImplOptions.AggressiveInlining)] // in the tree's binary search
        public bool LiesAfter(in TreeEntry entry) =>
            entry.Key < key || (entry.Key == key && Record.At(entry.Item).Key.SequenceCompareTo(_member) < 0);
    }

    /// <summary>In front of the first element of a score, or behind the last one.</summary>
    private readonly struct ScorePlace(ulong key, bool isBehind) : ITreeProbe
    {
        private readonly ulong _above = isBehind ? key + 1 : key; // no key is that large that this overflows

        [MethodImpl(MethodImplOptions.AggressiveInlining)] // in the tree's binary search
        public bool LiesAfter(in TreeEntry entry) => entry.Key < _above;
    }

    private readonly ref struct MinPlace(LexRange range) : ITreeProbe
    {
        private readonly LexRange _range = range;

        public bool LiesAfter(in TreeEntry entry) => !_range.IsAboveMin(Record.At(entry.Item).Key);
    }

    private readonly ref struct MaxPlace(LexRange range) : ITreeProbe
    {
        private readonly LexRange _range = range;

        public bool LiesAfter(in TreeEntry entry) => _range.IsBelowMax(Record.At(entry.Item).Key);
    }

    private static bool ComesAfter(ReadOnlySpan<byte> packed, int at, int scoreAt, ReadOnlySpan<byte> member, double score)
    {
        var other = ScoreOf(PackedPairs.Get(packed, scoreAt));
        if (other != score) return other > score;
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        return PackedPairs.Get(packed, at).Text(digits).SequenceCompareTo(member) > 0;
    }
}
