using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// A node of a stream: a leaf whose content is 16 bytes of id, then a listpack as Redis lays it out, all numbers integer entries of it.
/// <code>
/// id        that of its first entry, deleted or not, to which the others are relative, big endian
/// master    entries, deleted ones, n, n names of fields, 0
/// entry     flags, ms and sequence relative to the id,
///           m, m pairs of name and value    or, with the flag for the master's fields, n values,
///           how many listpack entries this entry has had so far
/// </code>
/// A deleted entry is only flagged; a node goes with its last entry, unless that is cut off by its id (XTRIM). XSETID may set the stream's last id
/// below flagged ones. So ids ascend, in a node and from node to node, over the entries that are not deleted; none of them is below the id of its node.
/// Flagged ones stay where they are, since what XTRIM cuts off depends on them, in Redis too.
/// </summary>
internal static class StreamNode
{
    public const int Deleted = 1;
    public const int SameFields = 2;

    public static StreamId IdOf(ListLeaf leaf) => StreamId.Read(leaf.Content);

    /// <summary>The listpack.</summary>
    public static Span<byte> ListpackOf(ListLeaf leaf) => leaf.Content[StreamId.StoredSize..];

    /// <summary>The listpack and the free bytes behind it.</summary>
    public static Span<byte> RoomOf(ListLeaf leaf) => leaf.Room[StreamId.StoredSize..];

    /// <summary>To be called when the listpack has changed its size.</summary>
    public static void Fit(ListLeaf leaf) => leaf.Length = StreamId.StoredSize + Listpack.Size(RoomOf(leaf));

    /// <summary>Entries that are not deleted.</summary>
    public static long CountOf(ReadOnlySpan<byte> listpack) => Listpack.Get(listpack, Listpack.HeaderSize).Integer;

    /// <summary>Entries that are deleted.</summary>
    public static long DeletedOf(ReadOnlySpan<byte> listpack) => Listpack.Get(listpack, DeletedAt(listpack)).Integer;

    /// <summary>Offset of the number of the master's fields.</summary>
    public static int FieldsAt(ReadOnlySpan<byte> listpack) => Listpack.After(listpack, DeletedAt(listpack));

    /// <summary>Passes so many entries of the listpack.</summary>
    public static int Skip(ReadOnlySpan<byte> listpack, int at, long entries)
    {
        for (; entries > 0; entries--) at = Listpack.After(listpack, at);
        return at;
    }

    /// <summary>Counts entries as deleted. The listpack may grow by a few bytes.</summary>
    public static void CountDeleted(ListLeaf leaf, long entries)
    {
        var room = RoomOf(leaf);
        Listpack.Replace(room, Listpack.HeaderSize, CountOf(room) - entries);
        Listpack.Replace(room, DeletedAt(room), DeletedOf(room) + entries);
        Fit(leaf);
    }

    /// <summary>The id of the last entry, deleted or not.</summary>
    public static StreamId LastIdOf(ListLeaf leaf)
    {
        var listpack = ListpackOf(leaf);
        var id = IdOf(leaf);
        var at = Listpack.Last(listpack);
        for (var entries = Listpack.Get(listpack, at).Integer; entries > 0; entries--) at = Listpack.Previous(listpack, at);
        at = Listpack.After(listpack, at);
        return Relative(id, listpack, at);
    }

    /// <summary>The id of an entry whose relative one is at an offset.</summary>
    public static StreamId Relative(StreamId id, ReadOnlySpan<byte> listpack, int at)
    {
        var ms = unchecked(id.Ms + (ulong)Listpack.Get(listpack, at).Integer);
        return new StreamId(ms, unchecked(id.Sequence + (ulong)Listpack.Get(listpack, Listpack.After(listpack, at)).Integer));
    }

    private static int DeletedAt(ReadOnlySpan<byte> listpack) => Listpack.After(listpack, Listpack.HeaderSize);
}
