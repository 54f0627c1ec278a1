using System.Runtime.CompilerServices;

namespace Redouble.Protocol.Requests;

/// <summary>Place of an argument: bytes from the start of its request, and length in bytes.</summary>
public readonly record struct ArgumentRange(int Offset, int Length);

/// <summary>
/// The arguments of a batch of requests, one after the other: a request owns the entries [start, start + count). Reused from batch
/// to batch; grows with what has really arrived, never with what a client announces.
/// </summary>
public sealed class ArgumentTable
{
    private const int RetainedMax = 16 * 1024;

    private ArgumentRange[] _entries;

    /// <param name="capacity">Entries to make room for.</param>
    public ArgumentTable(int capacity = 64) => _entries = new ArgumentRange[Math.Max(capacity, 4)];

    /// <summary>Entries in use.</summary>
    public int Count { get; internal set; }

    /// <summary>Entries that fit without growing.</summary>
    public int Capacity => _entries.Length;

    /// <summary>Bytes of memory that it takes.</summary>
    public long MemoryBytes => _entries.LongLength * Unsafe.SizeOf<ArgumentRange>();

    /// <summary>The place of argument <paramref name="index"/> of the batch.</summary>
    public ArgumentRange this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count) ThrowIndex();
            return _entries[index];
        }
    }

    internal ArgumentRange[] Entries => _entries;

    /// <summary>The arguments of one request.</summary>
    public ReadOnlySpan<ArgumentRange> Slice(int start, int count) => _entries.AsSpan(0, Count).Slice(start, count);

    /// <summary>Forgets all entries; a table that one huge request blew up shrinks back.</summary>
    public void Clear()
    {
        Count = 0;
        if (_entries.Length > RetainedMax) _entries = new ArgumentRange[64];
    }

    /// <summary>Forgets the entries from <paramref name="count"/> on.</summary>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count);
        Count = count;
    }

    /// <summary>Appends a place.</summary>
    public void Add(int offset, int length)
    {
        if ((uint)Count >= (uint)_entries.Length) Grow();
        _entries[Count++] = new ArgumentRange(offset, length);
    }

    /// <summary>Doubles the room; returns the new array.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // rare: keeps the scanner's loop small
    internal ArgumentRange[] Grow()
    {
        Array.Resize(ref _entries, checked(_entries.Length * 2));
        return _entries;
    }

    internal void MoveTail(int start, ArgumentTable target)
    {
        foreach (var range in Slice(start, Count - start)) target.Add(range.Offset, range.Length);
        Truncate(start);
    }

    private static void ThrowIndex() => throw new ArgumentOutOfRangeException("index");
}
