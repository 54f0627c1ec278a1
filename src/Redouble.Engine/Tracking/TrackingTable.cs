using System.Buffers.Binary;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Tracking;

/// <summary>
/// Who has read which keys and wants to hear when they change. Keys are those of all databases together, as clients' caches are.
/// <code>
/// record    | key | item | item | item |      a keyspace of its own, in native memory: one record per key that somebody has read
/// item      | session slot, 4 | generation, 4 |      in ascending order, found by binary search
/// </code>
/// An entry lives until its key changes, the data set is flushed, or <c>tracking-table-max-keys</c> ends it: whoever disconnects or stops tracking leaves
/// its items behind. But a slot has one item per key: a later session in it takes the place of the one that is gone, so a key has never more
/// items than there were sessions at one time.
/// Costs about 45 bytes for a key of 16 bytes that one session has read, and 8 more for each further session.
/// </summary>
internal sealed class TrackingTable : IDisposable
{
    private const int ItemSize = 8;
    private readonly Keyspace _keyspace;

    /// <param name="heap">Heap of the data thread.</param>
    /// <param name="blocks">Its blocks: for keys that thousands of sessions have read.</param>
    /// <param name="hash">The hash of the node's keyspace, so that a hash is computed once per request.</param>
    /// <param name="listener">Never called: nothing expires here.</param>
    public TrackingTable(NativeHeap heap, BlockPool blocks, KeyHash hash, IKeyspaceListener listener) =>
        _keyspace = new Keyspace(1, heap, blocks, hash, listener) { ExpiryPolicy = ExpiryPolicy.Ignore, Touches = false };

    /// <summary>Keys.</summary>
    public long KeyCount => Entries.Count;

    /// <summary>Pairs of key and session.</summary>
    public long ItemCount { get; private set; }

    /// <summary>Whether a cleared table still holds memory.</summary>
    public bool CanFree => _keyspace.CanFree;

    private Database Entries => _keyspace[0];

    /// <summary>The session in an item of <see cref="Find"/>.</summary>
    public static SessionHandle SessionAt(ReadOnlySpan<byte> items, int index)
    {
        var item = ItemAt(items, index);
        return new SessionHandle((int)(item >> 32), (int)item);
    }

    /// <summary>Items in what <see cref="Find"/> returned.</summary>
    public static int Count(ReadOnlySpan<byte> items) => items.Length / ItemSize;

    /// <summary>The session has read the key.</summary>
    public void Add(ReadOnlySpan<byte> key, ulong hash, SessionHandle session)
    {
        var item = ((long)session.Slot << 32) | (uint)session.Generation;
        var found = Entries.Peek(key, hash);
        if (found.IsMissing)
        {
            Span<byte> only = stackalloc byte[ItemSize];
            BinaryPrimitives.WriteInt64LittleEndian(only, item);
            Entries.SetString(key, hash, only, ValueEncoding.Raw);
            ItemCount++;
            return;
        }

        var items = found.Value;
        var length = items.Length;
        var at = LowerBound(items, (long)session.Slot << 32);
        var isPresent = at < Count(items) && (int)(ItemAt(items, at) >> 32) == session.Slot;
        if (isPresent && ItemAt(items, at) == item) return;
        var room = Entries.OpenForWrite(key, hash).Resize(isPresent ? length : length + ItemSize, mayGrowMore: true);
        var place = room[(at * ItemSize)..];
        if (!isPresent)
        {
            place[..^ItemSize].CopyTo(place[ItemSize..]);
            ItemCount++;
        }

        BinaryPrimitives.WriteInt64LittleEndian(place, item);
    }

    /// <summary>The items of a key, none when nobody has read it. Valid until the table changes.</summary>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> key, ulong hash)
    {
        var found = Entries.Peek(key, hash);
        return found.IsMissing ? [] : found.Value;
    }

    /// <summary>Forgets a key; the span may be the table's own.</summary>
    public void Remove(ReadOnlySpan<byte> key, ulong hash)
    {
        var found = Entries.Peek(key, hash);
        if (found.IsMissing) return;
        ItemCount -= found.ValueLength / ItemSize;
        Entries.Delete(key, hash);
    }

    /// <summary>A key of the table, chosen at random. There must be one. Valid until the table changes.</summary>
    public ReadOnlySpan<byte> Random(IRandomSource random) => Entries.Random(random).Key;

    /// <summary>Forgets everything; the memory is freed in slices by <see cref="FreeSlice"/>.</summary>
    public void Clear()
    {
        _keyspace.Flush(0);
        ItemCount = 0;
    }

    /// <summary>Frees about so many entries of a cleared table; false when nothing is left.</summary>
    public bool FreeSlice(int entriesMax) => _keyspace.FreeSlice(entriesMax);

    public void Dispose() => _keyspace.Dispose();

    private static long ItemAt(ReadOnlySpan<byte> items, int index) => BinaryPrimitives.ReadInt64LittleEndian(items[(index * ItemSize)..]);

    private static int LowerBound(ReadOnlySpan<byte> items, long item)
    {
        int low = 0, high = Count(items);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (ItemAt(items, middle) < item) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
