using Redouble.Engine.Commands;

namespace Redouble.Engine.Tests.Commands;

public sealed class PartialSortTests
{
    [Fact]
    public void A_range_holds_what_it_would_hold_if_all_were_sorted()
    {
        var random = new Random(17);
        for (var round = 0; round < 2000; round++)
        {
            var length = random.Next(1, 200);
            var values = Enumerable.Range(0, length).Select(_ => random.Next(0, round % 2 == 0 ? 5 : 1000)).ToArray();
            var sorted = values.Order().ToArray();
            var first = random.Next(length);
            var last = random.Next(first, length);
            var before = values.ToArray();
            PartialSort.Sort(values.AsSpan(), first, last, default(Ascending));
            var isRight = sorted[first..(last + 1)].SequenceEqual(values[first..(last + 1)]);
            Assert.True(isRight, $"round {round}: {string.Join(' ', before)}, {first} to {last}");
            Assert.Equal(sorted, values.Order());
        }
    }

    /// <summary>McIlroy's adversary ("A Killer Adversary for Quicksort", 1999): it decides the order while it is asked, and always so that the pivot is bad.</summary>
    [Fact]
    public void Input_made_to_be_slow_is_sorted_in_time_and_stack()
    {
        const int count = 200_000;
        var adversary = new Adversary(count);
        var items = Enumerable.Range(0, count).ToArray();
        PartialSort.Sort(items.AsSpan(), 0, count - 1, new Asking(adversary));
        Assert.InRange(adversary.Comparisons, count, 200L * count);
        for (var i = 1; i < count; i++) Assert.True(adversary.Values[items[i - 1]] <= adversary.Values[items[i]]);
    }

    private readonly struct Ascending : IComparer<int>
    {
        public int Compare(int x, int y) => x.CompareTo(y);
    }

    private readonly struct Asking(Adversary adversary) : IComparer<int>
    {
        public int Compare(int x, int y) => adversary.Compare(x, y);
    }

    private sealed class Adversary
    {
        private int _decided;
        private int _candidate;

        public Adversary(int count)
        {
            Values = new int[count];
            Array.Fill(Values, int.MaxValue); // not decided: as large as it will have to be
        }

        public int[] Values { get; }

        public long Comparisons { get; private set; }

        public int Compare(int x, int y)
        {
            Comparisons++;
            if (x == y) return 0;
            if (Values[x] == int.MaxValue && Values[y] == int.MaxValue) Values[x == _candidate ? x : y] = _decided++;
            if (Values[x] == int.MaxValue) _candidate = x;
            else if (Values[y] == int.MaxValue) _candidate = y;
            return Values[x].CompareTo(Values[y]);
        }
    }
}
