using System.Runtime.CompilerServices;
using Redouble.Storage.Structures;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Checks a node of a stream from outside, entry by entry. Redis' layout, every number an integer entry of the listpack:
/// <code>
/// master    count, deleted, fields n, n names, 0
/// entry     flags, ms and sequence relative to the node's id,
///           fields m, m pairs of name and value    or, with flag 2 (same fields as the master), n values,
///           how many listpack entries this entry has had so far
/// flags     1 deleted, 2 same fields
/// </code>
/// Ids ascend over the entries that are not deleted. A deleted one may be greater than those behind it, and than the stream's last id: XSETID does
/// not look at it. So may the node's own id, if its first entry is deleted.
/// </summary>
internal static class StreamListpack
{
    private const string Broken = "Stream listpack integrity check failed.";
    private const int Deleted = 1;
    private const int SameFields = 2;

    /// <summary>What is wrong with a node, or null.</summary>
    /// <param name="listpack">The node.</param>
    /// <param name="id">The id that its entries are relative to.</param>
    /// <param name="before">The greatest id of an entry in the nodes before; 0-0 for none.</param>
    /// <param name="node">What it holds.</param>
    public static string? Check(ReadOnlySpan<byte> listpack, RdbStreamId id, RdbStreamId before, out StreamNode node)
    {
        node = default;
        var last = before;
        if (!ListpackCheck.TryBegin(listpack, out var end)) return Broken;
        if (end == Listpack.HeaderSize) return ListpackCheck.IsCount(listpack, 0) ? "Empty listpack inside stream" : Broken;
        var walk = new Walk(listpack, end);
        var count = walk.Number();
        var deleted = walk.Number();
        var fields = walk.Number();
        walk.Pass(fields);
        if (walk.Number() != 0) return Broken;

        var deletedSeen = 0L;
        var liveSeen = 0L;
        while (!walk.IsAtEnd)
        {
            if (!TryReadEntry(ref walk, fields, id, out var flags, out var entryId)) return Broken;
            if ((flags & Deleted) != 0)
            {
                deletedSeen++;
                continue;
            }

            if (entryId.CompareTo(last) <= 0 || (liveSeen + deletedSeen == 0 && entryId.CompareTo(id) < 0)) return Broken;
            if (liveSeen++ == 0) node.FirstId = entryId;
            last = entryId;
        }

        node.Length = (ulong)liveSeen;
        node.LastId = last;
        return walk.IsBroken || liveSeen != count || deletedSeen != deleted || !ListpackCheck.IsCount(listpack, walk.Entries) ? Broken : null;
    }

    private static bool TryReadEntry(ref Walk walk, long masterFields, RdbStreamId id, out long flags, out RdbStreamId entryId)
    {
        flags = walk.Number();
        entryId = new RdbStreamId(unchecked(id.Ms + (ulong)walk.Number()), unchecked(id.Sequence + (ulong)walk.Number()));
        var isSame = (flags & SameFields) != 0;
        var fields = isSame ? masterFields : walk.Number();
        walk.Pass(fields);
        if (!isSame) walk.Pass(fields);
        var size = walk.Number();
        return !walk.IsBroken && size == (isSame ? fields + 3 : (2 * fields) + 4);
    }

    /// <summary>Goes from entry to entry and checks each; broken once one is missing or not sound, or no integer where one belongs.</summary>
    private ref struct Walk(ReadOnlySpan<byte> listpack, int end)
    {
        private readonly ReadOnlySpan<byte> _listpack = listpack;
        private readonly int _end = end;
        private int _at = Listpack.HeaderSize; // -1: broken

        /// <summary>Entries passed.</summary>
        public int Entries { get; private set; }

        public readonly bool IsBroken => _at < 0;

        public readonly bool IsAtEnd => _at < 0 || _at == _end;

        [MethodImpl(MethodImplOptions.AggressiveInlining)] // four or more per entry of a stream
        public long Number()
        {
            Entries++;
            _at = ListpackCheck.PassInteger(_listpack, _at, _end, out var number);
            return number;
        }

        public void Pass(long entries)
        {
            if (entries < 0) _at = -1;
            for (; entries > 0 && _at >= 0; entries--)
            {
                Entries++;
                _at = _at < _end ? ListpackCheck.Pass(_listpack, _at, _end) : -1;
            }
        }
    }
}

/// <summary>What a sound node holds.</summary>
internal struct StreamNode
{
    /// <summary>Entries that are not deleted.</summary>
    public ulong Length { get; set; }

    /// <summary>The id of the first of them; 0-0 when there is none.</summary>
    public RdbStreamId FirstId { get; set; }

    /// <summary>The id of the last of them.</summary>
    public RdbStreamId LastId { get; set; }
}
