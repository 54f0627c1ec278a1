using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// The elements of a large sorted set: by member in a table, whose records have the score as 8 bytes, and by score, then member, in a tree
/// that refers to those records. All changes go through here, so that the running snapshot has an element before it changes.
/// </summary>
internal readonly ref struct SortedTable
{
    private readonly ElementTable _table;
    private readonly CountedTree<OrderedEntries> _order;

    public SortedTable(Keyspace.Keyspace keyspace, Collection collection)
    {
        _table = new ElementTable(keyspace, collection);
        _order = collection.Order(keyspace.Home);
    }

    public long Count => _table.Count;

    /// <summary>The elements in their order.</summary>
    public CountedTree<OrderedEntries> Order => _order;

    public ElementTable Table => _table;

    public static double ScoreOf(Record element) => BinaryPrimitives.ReadDoubleLittleEndian(element.Value);

    /// <summary>A score in a listpack: an integer entry or text.</summary>
    /// <exception cref="InvalidDataException">It is no number; what comes from files is checked before.</exception>
    public static double ScoreOf(PackedValue packed)
    {
        if (packed.IsInteger) return packed.Integer;
        return Doubles.TryParse(packed.Bytes, out var score) ? score : throw new InvalidDataException("A sorted set holds a score that is no number.");
    }

    /// <summary>A score as listpacks have it: the shortest text that reads back as the same number.</summary>
    public static int FormatPacked(double score, Span<byte> text) => Doubles.Format(score, text);

    /// <summary>Scores as numbers whose unsigned order is that of the scores; the two zeros are one.</summary>
    public static ulong KeyOf(double score)
    {
        var bits = BitConverter.DoubleToUInt64Bits(score == 0 ? 0 : score);
        return (bits & 1UL << 63) != 0 ? ~bits : bits | 1UL << 63;
    }

    /// <summary>Where in a sorted listpack the element belongs: the offset of the first one behind it, or of the end.</summary>
    public static int PlaceIn(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> member, double score)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var at = Listpack.First(packed); at >= 0;)
        {
            var scoreAt = Listpack.Next(packed, at);
            var other = ScoreOf(Listpack.Get(packed, scoreAt));
            if (other > score || (other == score && Listpack.Get(packed, at).Text(digits).SequenceCompareTo(member) > 0)) return at;
            at = Listpack.Next(packed, scoreAt);
        }

        return Listpack.End(packed);
    }

    public Record Find(ReadOnlySpan<byte> member) => _table.Find(member);

    /// <summary>Adds a member that is not there.</summary>
    public Record Add(ReadOnlySpan<byte> member, double score)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, score);
        var element = _table.Add(member, bytes);
        var cursor = _order.Seek(new Place(KeyOf(score), member));
        _order.Insert(ref cursor, new TreeEntry(KeyOf(score), element.Place));
        return element;
    }

    /// <summary>Gives an element another score.</summary>
    public void SetScore(Record element, double score)
    {
        _table.BeforeChange(element);
        var cursor = CursorOf(element);
        BinaryPrimitives.WriteDoubleLittleEndian(element.Value, score);
        if (cursor.Key == KeyOf(score)) return;
        _order.Remove(ref cursor);
        cursor = _order.Seek(new Place(KeyOf(score), element.Key));
        _order.Insert(ref cursor, new TreeEntry(KeyOf(score), element.Place));
    }

    public bool Remove(ReadOnlySpan<byte> member)
    {
        var element = _table.Find(member);
        if (element.IsMissing) return false;
        var cursor = CursorOf(element);
        _order.Remove(ref cursor);
        return _table.Remove(member);
    }

    /// <summary>Removes the element at the cursor, which is then at the next one.</summary>
    public void RemoveAt(scoped ref TreeCursor cursor)
    {
        var element = Record.At(cursor.Item);
        _order.Remove(ref cursor);
        _table.Remove(element.Key);
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
}
