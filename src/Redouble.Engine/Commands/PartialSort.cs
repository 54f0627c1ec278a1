namespace Redouble.Engine.Commands;

/// <summary>
/// Sorts so much of a span that a range of it holds what it would hold if all of it were sorted. In which order equal items come is part of what
/// clients of Redis see (GEOSEARCH … COUNT, SORT … LIMIT), so this is the quicksort of Bentley and McIlroy (<i>Engineering a Sort Function</i>, 1993) in
/// the steps in which C libraries of BSD take it:
/// <code>
///   │ = pivot │ &lt; pivot │ not looked at │ > pivot │ = pivot │      equal ones gather at both ends, then move to the middle;
///   0         left      low ►         ◄ high      right            parts that the range does not touch stay unsorted
/// </code>
/// </summary>
internal static class PartialSort
{
    private const int InsertionMax = 6;
    private const int MedianOfNineMin = 41;

    // Parts within parts. Of items in any usual order there are fewer; input made to be slow gets the library's sort, which cannot be slow.
    private const int DepthMax = 128;

    /// <summary>Sorts what is needed for the items from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public static void Sort<T, TComparer>(Span<T> items, int first, int last, TComparer comparer)
        where TComparer : struct, IComparer<T> => Sort(items, first, last, comparer, depth: 0);

    private static void Sort<T, TComparer>(Span<T> items, int first, int last, TComparer comparer, int depth)
        where TComparer : struct, IComparer<T>
    {
        for (; items.Length > InsertionMax; depth++)
        {
            if (depth == DepthMax)
            {
                items.Sort(comparer);
                return;
            }

            var (less, greater) = Partition(items, comparer);
            var start = items.Length - greater;
            if (less > 1 && last >= 0 && first < less) Sort(items[..less], first, last, comparer, depth + 1);
            if (greater <= 1 || last < start || first >= items.Length) return;
            items = items[start..];
            first -= start;
            last -= start;
        }

        SortByInsertion(items, comparer);
    }

    private static void SortByInsertion<T, TComparer>(Span<T> items, TComparer comparer)
        where TComparer : struct, IComparer<T>
    {
        for (var i = 1; i < items.Length; i++)
        {
            for (var j = i; j > 0 && comparer.Compare(items[j - 1], items[j]) > 0; j--) Swap(items, j - 1, j);
        }
    }

    // Moves the items into the order less, equal, greater.
    private static (int Less, int Greater) Partition<T, TComparer>(Span<T> items, TComparer comparer)
        where TComparer : struct, IComparer<T>
    {
        Swap(items, 0, ChoosePivot(items, comparer));
        int left = 1, low = 1, high = items.Length - 1, right = items.Length - 1;
        while (true)
        {
            int order;
            while (low <= high && (order = comparer.Compare(items[low], items[0])) <= 0)
            {
                if (order == 0) Swap(items, left++, low);
                low++;
            }

            while (low <= high && (order = comparer.Compare(items[high], items[0])) >= 0)
            {
                if (order == 0) Swap(items, high, right--);
                high--;
            }

            if (low > high) break;
            Swap(items, low++, high--);
        }

        var less = low - left;
        var greater = right - high;
        Exchange(items, 0, low - Math.Min(left, less), Math.Min(left, less));
        var equalAtEnd = items.Length - 1 - right;
        Exchange(items, low, items.Length - Math.Min(greater, equalAtEnd), Math.Min(greater, equalAtEnd));
        return (less, greater);
    }

    private static int ChoosePivot<T, TComparer>(Span<T> items, TComparer comparer)
        where TComparer : struct, IComparer<T>
    {
        var middle = items.Length / 2;
        if (items.Length == InsertionMax + 1) return middle;
        var low = 0;
        var high = items.Length - 1;
        if (items.Length >= MedianOfNineMin)
        {
            var step = items.Length / 8;
            low = Median(items, low, low + step, low + (2 * step), comparer);
            middle = Median(items, middle - step, middle, middle + step, comparer);
            high = Median(items, high - (2 * step), high - step, high, comparer);
        }

        return Median(items, low, middle, high, comparer);
    }

    private static int Median<T, TComparer>(Span<T> items, int a, int b, int c, TComparer comparer)
        where TComparer : struct, IComparer<T>
    {
        if (comparer.Compare(items[a], items[b]) < 0)
        {
            if (comparer.Compare(items[b], items[c]) < 0) return b;
            return comparer.Compare(items[a], items[c]) < 0 ? c : a;
        }

        if (comparer.Compare(items[b], items[c]) > 0) return b;
        return comparer.Compare(items[a], items[c]) < 0 ? a : c;
    }

    private static void Swap<T>(Span<T> items, int a, int b) => (items[a], items[b]) = (items[b], items[a]);

    private static void Exchange<T>(Span<T> items, int a, int b, int count)
    {
        for (var i = 0; i < count; i++) Swap(items, a + i, b + i);
    }
}
