namespace Redouble.Engine.Commands.Generic.Sorting;

/// <summary>
/// Puts numbers in order by the bytes of their keys, from the lowest (radix sort): a pass for each byte in which they differ, of which whole numbers of eight
/// digits have four and all doubles eight. So the work is the same in whatever order they come, and no comparison is mispredicted. Buffers are reused.
/// </summary>
internal sealed class NumberOrder
{
    private const int Values = 256; // of a byte
    private const int FewMax = 100; // a comparing sort is faster

    private readonly int[] _counts = new int[sizeof(ulong) * Values];
    private ulong[] _keys = [];
    private ulong[] _keysTo = [];
    private int[] _places = [];
    private int[] _placesTo = [];

    /// <summary>Numbers there is room for.</summary>
    public int Capacity => _keys.Length;

    /// <summary>The keys, in ascending order once they are sorted.</summary>
    public ReadOnlySpan<ulong> Keys => _keys;

    /// <summary>Which number, as it was set, the key at an index is of.</summary>
    public ReadOnlySpan<int> Places => _places;

    /// <summary>Makes room for numbers.</summary>
    /// <exception cref="InsufficientMemoryException">There is none.</exception>
    public void Reserve(int capacity)
    {
        if (Capacity >= capacity) return;
        (_keys, _keysTo, _places, _placesTo) = (
            SortVector.Allocate<ulong>(capacity), SortVector.Allocate<ulong>(capacity), SortVector.Allocate<int>(capacity), SortVector.Allocate<int>(capacity));
    }

    /// <summary>Gives the buffers back.</summary>
    public void Clear() => (_keys, _keysTo, _places, _placesTo) = ([], [], [], []);

    /// <summary>Sets the number at an index; both zeros are one.</summary>
    public void Set(int index, double number)
    {
        const ulong sign = 1UL << 63;
        var bits = BitConverter.DoubleToUInt64Bits(number == 0 ? 0 : number);
        _keys[index] = (bits & sign) != 0 ? ~bits : bits | sign;
        _places[index] = index;
    }

    /// <summary>Sorts the first numbers, all of which were set.</summary>
    public void Sort(int count)
    {
        if (count <= FewMax)
        {
            _keys.AsSpan(0, count).Sort(_places.AsSpan(0, count));
            return;
        }

        Count(_keys.AsSpan(0, count));
        for (var digit = 0; digit < sizeof(ulong); digit++)
        {
            var starts = _counts.AsSpan(digit * Values, Values);
            var shift = digit * 8;
            if (starts[(byte)(_keys[0] >> shift)] == count) continue; // they do not differ in it
            Distribute(_keys.AsSpan(0, count), _places.AsSpan(0, count), starts, shift, _keysTo, _placesTo);
            (_keys, _keysTo) = (_keysTo, _keys);
            (_places, _placesTo) = (_placesTo, _places);
        }
    }

    private void Count(ReadOnlySpan<ulong> keys)
    {
        var counts = _counts.AsSpan(0, sizeof(ulong) * Values);
        counts.Clear();
        foreach (var key in keys)
        {
            counts[(byte)key]++;
            counts[Values + (byte)(key >> 8)]++;
            counts[(2 * Values) + (byte)(key >> 16)]++;
            counts[(3 * Values) + (byte)(key >> 24)]++;
            counts[(4 * Values) + (byte)(key >> 32)]++;
            counts[(5 * Values) + (byte)(key >> 40)]++;
            counts[(6 * Values) + (byte)(key >> 48)]++;
            counts[(7 * Values) + (byte)(key >> 56)]++;
        }
    }

    // Behind each other by the byte's value; those of one value stay in their order.
    private static void Distribute(
        ReadOnlySpan<ulong> keys, ReadOnlySpan<int> places, Span<int> starts, int shift, Span<ulong> keysTo, Span<int> placesTo)
    {
        var next = 0;
        foreach (ref var start in starts)
        {
            var count = start;
            start = next;
            next += count;
        }

        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys[i];
            var to = starts[(byte)(key >> shift)]++;
            keysTo[to] = key;
            placesTo[to] = places[i];
        }
    }
}
