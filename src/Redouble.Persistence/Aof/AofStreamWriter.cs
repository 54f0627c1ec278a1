using Redouble.Core.Text;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Structures;

namespace Redouble.Persistence.Aof;

/// <summary>
/// Writes a stream as commands:
/// <code>
///   XADD key id field value …                            an entry
///   XADD key MAXLEN 0 id x y                             a stream without any: it has to be there, and know its last id
///   XSETID key last-id ENTRIESADDED n MAXDELETEDID id
///   XGROUP CREATE key group last-id ENTRIESREAD n
///   XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n JUSTID FORCE       an entry that is pending
///   XGROUP CREATECONSUMER key group consumer             a consumer without any
/// </code>
/// An entry that is pending may be deleted. It cannot be added for that, as ids only grow and it is known only behind the entries; so it is claimed as
/// any: Redis passes over that, and a load here makes it pending.
/// </summary>
/// <param name="writer">Where they go.</param>
internal sealed class AofStreamWriter(AofCommandWriter writer)
{
    private const int DeletedFlag = 1;
    private const int SameFieldsFlag = 2;

    private readonly List<(RdbStreamId Id, long TimeMs, ulong Deliveries)> _pending = []; // of the group, in the order of ids
    private byte[] _key = [];
    private byte[] _group = [];
    private byte[]? _consumer; // one without a pending entry so far

    /// <summary>A stream begins.</summary>
    public void Begin(byte[] key)
    {
        _key = key;
        _consumer = null;
    }

    /// <summary>The next entries, as a node holds them.</summary>
    public void AddNode(RdbStreamId id, ReadOnlySpan<byte> listpack)
    {
        var at = Listpack.First(listpack);
        at = Skip(listpack, at, 2); // counts of entries and of deleted ones
        var masterFields = Listpack.Get(listpack, at).Integer;
        var names = Listpack.Next(listpack, at);
        at = Skip(listpack, names, masterFields + 1); // and the zero behind them
        while (at >= 0) at = AddEntry(id, listpack, at, names, masterFields);
    }

    /// <summary>Behind the entries: what the stream says of itself.</summary>
    public void SetState(in RdbStreamState state)
    {
        if (state.Length == 0) AddAndRemove(state.LastId);
        writer.Begin(7);
        writer.Word("XSETID"u8);
        writer.Word(_key);
        writer.Word(state.LastId);
        writer.Word("ENTRIESADDED"u8);
        writer.Word((long)state.EntriesAdded);
        writer.Word("MAXDELETEDID"u8);
        writer.Word(state.MaxDeletedId);
    }

    /// <summary>A group begins.</summary>
    public void BeginGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead)
    {
        End();
        _group = name.ToArray();
        writer.Begin(7);
        writer.Word("XGROUP"u8);
        writer.Word("CREATE"u8);
        writer.Word(_key);
        writer.Word(_group);
        writer.Word(lastId);
        writer.Word("ENTRIESREAD"u8);
        writer.Word(entriesRead);
    }

    /// <summary>An entry is pending in the group; whose it is follows.</summary>
    public void AddPending(RdbStreamId id, long timeMs, ulong deliveries) => _pending.Add((id, timeMs, deliveries));

    /// <summary>A consumer begins.</summary>
    public void BeginConsumer(ReadOnlySpan<byte> name)
    {
        EndConsumer();
        _consumer = name.ToArray();
        _claims = 0;
    }

    /// <summary>An entry is the consumer's.</summary>
    public void Claim(RdbStreamId id)
    {
        var index = _pending.BinarySearch((id, 0, 0), ById.Instance);
        if (index < 0) throw new InvalidOperationException($"The entry {id} is a consumer's and not pending in its group.");
        var (_, timeMs, deliveries) = _pending[index];
        _claims++;
        writer.Begin(12);
        writer.Word("XCLAIM"u8);
        writer.Word(_key);
        writer.Word(_group);
        writer.Word(_consumer);
        writer.Word(0);
        writer.Word(id);
        writer.Word("TIME"u8);
        writer.Word(timeMs);
        writer.Word("RETRYCOUNT"u8);
        writer.Word((long)deliveries);
        writer.Word("JUSTID"u8);
        writer.Word("FORCE"u8);
    }

    /// <summary>The stream, or its group, ends.</summary>
    public void End()
    {
        EndConsumer();
        _pending.Clear();
        const int retainedMax = 4096;
        if (_pending.Capacity > retainedMax) _pending.Capacity = retainedMax;
    }

    private long _claims;

    private void EndConsumer()
    {
        if (_consumer is { } name && _claims == 0)
        {
            writer.Begin(5);
            writer.Word("XGROUP"u8);
            writer.Word("CREATECONSUMER"u8);
            writer.Word(_key);
            writer.Word(_group);
            writer.Word(name);
        }

        _consumer = null;
    }

    // An id of 0-0 cannot be added; the XSETID behind it puts that right.
    private void AddAndRemove(RdbStreamId lastId)
    {
        writer.Begin(7);
        writer.Word("XADD"u8);
        writer.Word(_key);
        writer.Word("MAXLEN"u8);
        writer.Word("0"u8);
        writer.Word(lastId is { Ms: 0, Sequence: 0 } ? new RdbStreamId(0, 1) : lastId);
        writer.Word("x"u8);
        writer.Word("y"u8);
    }

    // Returns where the next one is, -1 for none.
    private int AddEntry(RdbStreamId id, ReadOnlySpan<byte> listpack, int at, int names, long masterFields)
    {
        var flags = Next(listpack, ref at);
        var entry = new RdbStreamId(unchecked(id.Ms + (ulong)Next(listpack, ref at)), 0);
        entry = entry with { Sequence = unchecked(id.Sequence + (ulong)Next(listpack, ref at)) };
        var isSame = (flags & SameFieldsFlag) != 0;
        var fields = isSame ? masterFields : Next(listpack, ref at);
        if ((flags & DeletedFlag) != 0) return Skip(listpack, at, (isSame ? fields : 2 * fields) + 1);
        writer.Begin(3 + (2 * fields));
        writer.Word("XADD"u8);
        writer.Word(_key);
        writer.Word(entry);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (long i = 0; i < fields; i++)
        {
            if (isSame)
            {
                writer.Word(Listpack.Get(listpack, names).Text(digits));
                names = Listpack.Next(listpack, names);
            }
            else
            {
                writer.Word(Listpack.Get(listpack, at).Text(digits));
                at = Listpack.Next(listpack, at);
            }

            writer.Word(Listpack.Get(listpack, at).Text(digits));
            at = Listpack.Next(listpack, at);
        }

        return Listpack.Next(listpack, at); // passes the length of the entry
    }

    private static long Next(ReadOnlySpan<byte> listpack, ref int at)
    {
        var number = Listpack.Get(listpack, at).Integer;
        at = Listpack.Next(listpack, at);
        return number;
    }

    private static int Skip(ReadOnlySpan<byte> listpack, int at, long entries)
    {
        for (; entries > 0; entries--) at = Listpack.Next(listpack, at);
        return at;
    }

    private sealed class ById : IComparer<(RdbStreamId Id, long TimeMs, ulong Deliveries)>
    {
        public static readonly ById Instance = new();

        public int Compare((RdbStreamId Id, long TimeMs, ulong Deliveries) x, (RdbStreamId Id, long TimeMs, ulong Deliveries) y) => x.Id.CompareTo(y.Id);
    }
}
