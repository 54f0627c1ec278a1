using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.Generic.Sorting;

/// <summary>
/// The elements that a SORT is about, copied out of storage: look-ups for weights and results may remove expired keys. Bytes stand in one
/// buffer, an item is where its element and its weight are in it. One per node, reused; large ones are given back. Elements for which there is no such
/// buffer are refused with an <see cref="InsufficientMemoryException"/>.
/// </summary>
/// <param name="lengthMax">Of a buffer.</param>
internal sealed class SortVector(int lengthMax)
{
    private const int RetainedMax = 1 << 22; // a sort of 100,000 elements, again and again, allocates nothing
    private byte[] _bytes = [];
    private SortItem[] _items = [];
    private byte[] _scratch = [];
    private SortItem[] _sorted = [];
    private readonly NumberOrder _numbers = new();
    private int _used;

    /// <summary>For elements of 2 GiB together.</summary>
    public SortVector()
        : this(Array.MaxLength)
    {
    }

    /// <summary>Elements.</summary>
    public int Count { get; private set; }

    /// <summary>The items, to be sorted and read.</summary>
    public Span<SortItem> Items => _items.AsSpan(0, Count);

    /// <summary>The element of an item.</summary>
    public ReadOnlySpan<byte> Element(in SortItem item) => _bytes.AsSpan(item.Start, item.Length);

    /// <summary>The text by which the item is sorted; only when it has one.</summary>
    public ReadOnlySpan<byte> Weight(in SortItem item) => _bytes.AsSpan(item.WeightStart, item.WeightLength);

    /// <summary>Room for so many bytes, until the next call.</summary>
    public Span<byte> Scratch(long length)
    {
        if (_scratch.Length < length) Grow(ref _scratch, length, 0);
        return _scratch;
    }

    /// <summary>Adds an element.</summary>
    public void Add(ReadOnlySpan<byte> element)
    {
        if (Count == _items.Length) Grow(ref _items, Count + 1L, Count);
        _items[Count] = new SortItem { Order = Count, Start = Keep(element), Length = element.Length, WeightStart = -1 };
        Count++;
    }

    /// <summary>Adds an element whose number is known, if it is one.</summary>
    public void Add(PackedValue element)
    {
        if (!element.IsInteger)
        {
            Add(element.Bytes);
            return;
        }

        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        Add(element.Text(digits));
        ref var item = ref _items[Count - 1];
        item.Number = element.Integer;
        item.IsNumber = true;
    }

    /// <summary>Gives an item a text to be sorted by.</summary>
    public void SetWeight(ref SortItem item, ReadOnlySpan<byte> weight)
    {
        item.WeightStart = Keep(weight);
        item.WeightLength = weight.Length;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Count = 0;
        _used = 0;
        if (_scratch.Length > RetainedMax) _scratch = [];
        if (_bytes.Length > RetainedMax) _bytes = [];
        if (_items.Length > RetainedMax / SortItem.Size) _items = [];
        if (_sorted.Length > RetainedMax / SortItem.Size) _sorted = [];
        if (_numbers.Capacity > RetainedMax / SortItem.Size) _numbers.Clear();
    }

    /// <summary>Sorts by number, equal ones by their bytes.</summary>
    public void SortByNumber(bool descending)
    {
        if (Count < 2) return;
        // Numbers are sorted alone, and items follow them.
        ReserveForNumbers();
        for (var i = 0; i < Count; i++) _numbers.Set(i, _items[i].Number);
        _numbers.Sort(Count);
        var places = _numbers.Places[..Count];
        for (var i = 0; i < places.Length; i++) _sorted[i] = _items[places[i]];
        (_items, _sorted) = (_sorted, _items);
        var keys = _numbers.Keys[..Count];
        for (int from = 0, to; from < keys.Length; from = to)
        {
            for (to = from + 1; to < keys.Length && keys[to] == keys[from];) to++;
            if (to - from > 1) Items[from..to].Sort(new TextOrder(this));
        }

        if (descending) Items.Reverse();
    }

    /// <summary>Sorts by the text of elements.</summary>
    public void SortByText(bool descending)
    {
        Items.Sort(new TextOrder(this));
        if (descending) Items.Reverse();
    }

    /// <summary>
    /// Puts the elements in the order of their bytes before they are sorted by weight. Members of a set or a sorted set come in the order of a table, which is
    /// another one on each server: where weights are equal, and a replica runs the same command, it would show in what is stored.
    /// </summary>
    public void Settle()
    {
        SortByText(descending: false);
        for (var i = 0; i < Count; i++) _items[i].Order = i;
    }

    /// <summary>
    /// Sorts by the text of weights, missing ones first, as far as <paramref name="count"/> items from <paramref name="start"/> on need it. When all are
    /// wanted, items of equal weight stay in the order in which they were added; else they come as Redis' <see cref="PartialSort"/> leaves them.
    /// </summary>
    public void SortByWeight(bool descending, int start, int count)
    {
        if (count == Count) Items.Sort(new WeightOrder(this, descending, KeepsOrder: true));
        else PartialSort.Sort(Items, start, start + count - 1, new WeightOrder(this, descending, KeepsOrder: false));
    }

    /// <summary>
    /// An array for a SORT. The collected heap keeps the pages of large arrays that are gone, and has none for others at its limit, until it is told to give
    /// them back.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">There is no room for it.</exception>
    internal static T[] Allocate<T>(long length)
    {
        try
        {
            return new T[length];
        }
        catch (OutOfMemoryException)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        }

        try
        {
            return new T[length];
        }
        catch (OutOfMemoryException refused)
        {
            throw new InsufficientMemoryException("No memory for the elements of a SORT.", refused);
        }
    }

    private int Keep(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _used < bytes.Length) Grow(ref _bytes, (long)_used + bytes.Length, _used);
        bytes.CopyTo(_bytes.AsSpan(_used));
        _used += bytes.Length;
        return _used - bytes.Length;
    }

    // As long as the items may become without growing, so that the next sort allocates nothing; what is given back afterwards only as long as it must be.
    private void ReserveForNumbers()
    {
        var length = _items.Length > RetainedMax / SortItem.Size ? Count : _items.Length;
        if (_sorted.Length < Count) _sorted = Allocate<SortItem>(length);
        _numbers.Reserve(_sorted.Length);
    }

    // To at least a length, by half of it more or twice the length it has.
    private void Grow<T>(ref T[] buffer, long length, int kept)
    {
        if (length > lengthMax) throw new InsufficientMemoryException($"{length} bytes or elements are more than a SORT takes.");
        var larger = Allocate<T>(Math.Min(lengthMax, Math.Max(length + (length / 2), buffer.Length * 2L)));
        buffer.AsSpan(0, kept).CopyTo(larger);
        buffer = larger;
    }

    private readonly struct TextOrder(SortVector vector) : IComparer<SortItem>
    {
        public int Compare(SortItem x, SortItem y) => vector.Element(x).SequenceCompareTo(vector.Element(y));
    }

    private readonly record struct WeightOrder(SortVector Vector, bool Descending, bool KeepsOrder) : IComparer<SortItem>
    {
        public int Compare(SortItem x, SortItem y)
        {
            var order = x.WeightStart < 0 || y.WeightStart < 0 ? (x.WeightStart < 0 ? 0 : 1) - (y.WeightStart < 0 ? 0 : 1)
                : Vector.Weight(x).SequenceCompareTo(Vector.Weight(y));
            if (order == 0) return KeepsOrder ? x.Order - y.Order : 0;
            return Descending ? -Math.Sign(order) : order;
        }
    }
}

/// <summary>An element of a SORT.</summary>
internal struct SortItem
{
    /// <summary>Bytes of one.</summary>
    public const int Size = 32;

    public double Number;
    public bool IsNumber;   // it was added with it
    public int Order;       // how many were added before it
    public int Start;
    public int Length;
    public int WeightStart; // -1: there is none
    public int WeightLength;
}
