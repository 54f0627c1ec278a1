namespace Redouble.Storage.Collections;

/// <summary>Something with a name.</summary>
internal interface INamed
{
    ReadOnlySpan<byte> Name { get; }
}

/// <summary>Lists in the order of names, byte by byte.</summary>
internal static class NameOrder
{
    /// <summary>Index of the name, or the complement of where it would be.</summary>
    public static int Search<T>(List<T> items, ReadOnlySpan<byte> name)
        where T : class, INamed
    {
        var low = 0;
        var high = items.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = items[middle].Name.SequenceCompareTo(name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
