using System.Buffers;
using Redouble.Engine.Commands.Generic.Sorting;
using Redouble.Storage.Collections;

namespace Redouble.Engine.Commands.Geo;

/// <summary>A place that was found.</summary>
/// <param name="Rank">Its rank in the sorted set.</param>
/// <param name="Order">How many were found before it.</param>
/// <param name="Position">Where it is.</param>
/// <param name="Distance">Meters from the middle of the shape.</param>
/// <param name="Score">Its score.</param>
internal readonly record struct GeoPoint(long Rank, int Order, GeoPosition Position, double Distance, double Score);

/// <summary>The places of a sorted set that lie in a shape. Only what a few need is kept for the next search.</summary>
internal ref struct GeoPoints
{
    private const int RetainedMax = 1 << 16; // 3.5 MB

    private GeoPoint[] _points;

    private GeoPoints(int capacity) => _points = ArrayPool<GeoPoint>.Shared.Rent(capacity);

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>All of them.</summary>
    public readonly Span<GeoPoint> All => _points.AsSpan(0, Count);

    /// <summary>Finds the places in a shape.</summary>
    /// <param name="set">The places.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="limit">How many are enough; 0 for all.</param>
    public static GeoPoints Find(in SortedSetReader set, in GeoShape shape, long limit)
    {
        var found = new GeoPoints(64);
        Span<GeoCell> cells = stackalloc GeoCell[9];
        shape.FindCells(cells);
        var last = 0;
        for (var i = 0; i < cells.Length; i++)
        {
            // In a grid of two by two, several neighbours are the same.
            if (cells[i].Step == 0 || (last > 0 && cells[i] == cells[last])) continue;
            if (found.IsEnough(limit)) break;
            found.AddFrom(set, cells[i], shape, limit);
            last = i;
        }

        return found;
    }

    /// <summary>
    /// Sorts by distance, as far as the first <paramref name="wanted"/> need it. When all are wanted, those that are as far stay in the order in which
    /// they were found; else they come as Redis' <see cref="PartialSort"/> leaves them.
    /// </summary>
    public readonly void Sort(bool farthestFirst, int wanted)
    {
        if (wanted < Count) PartialSort.Sort(All, 0, wanted - 1, new ByDistance(farthestFirst, KeepsOrder: false));
        else All.Sort(new ByDistance(farthestFirst, KeepsOrder: true));
    }

    private readonly record struct ByDistance(bool FarthestFirst, bool KeepsOrder) : IComparer<GeoPoint>
    {
        public int Compare(GeoPoint x, GeoPoint y)
        {
            var order = FarthestFirst ? y.Distance.CompareTo(x.Distance) : x.Distance.CompareTo(y.Distance);
            return order == 0 && KeepsOrder ? x.Order.CompareTo(y.Order) : order;
        }
    }

    /// <summary>Gives back what it used.</summary>
    public readonly void Dispose()
    {
        if (_points.Length <= RetainedMax) ArrayPool<GeoPoint>.Shared.Return(_points);
    }

    private readonly bool IsEnough(long limit) => limit > 0 && Count >= limit;

    private void AddFrom(in SortedSetReader set, GeoCell cell, in GeoShape shape, long limit)
    {
        var range = set.RanksOf(new ScoreRange(cell.ScoreMin, cell.ScoreEnd, ExcludesMin: false, ExcludesMax: true));
        if (range.Count == 0) return;
        var cursor = set.CursorAt(range.Start);
        for (var i = 0L; i < range.Count && !IsEnough(limit); i++, cursor.MoveNext())
        {
            var score = cursor.Score;
            var position = GeoCell.OfScore(score).Area.Middle;
            if (shape.Contains(position, out var distance)) Add(new GeoPoint(range.Start + i, Count, position, distance, score));
        }
    }

    private void Add(GeoPoint point)
    {
        if (Count == _points.Length)
        {
            var larger = Count * 2 <= RetainedMax ? ArrayPool<GeoPoint>.Shared.Rent(Count * 2) : SortVector.Allocate<GeoPoint>(Count * 2L);
            _points.CopyTo(larger, 0);
            Dispose();
            _points = larger;
        }

        _points[Count++] = point;
    }
}
