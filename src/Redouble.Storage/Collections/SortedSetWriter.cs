using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>Under which conditions a score is set, and how: the options of ZADD.</summary>
[Flags]
public enum ScoreOptions
{
    None = 0,

    /// <summary>NX: members that are there stay as they are.</summary>
    OnlyNew = 1,

    /// <summary>XX: no member is added.</summary>
    OnlyExisting = 2,

    /// <summary>GT: a member that is there only gets a greater score.</summary>
    OnlyGreater = 4,

    /// <summary>LT: a member that is there only gets a smaller score.</summary>
    OnlyLess = 8,

    /// <summary>INCR: the score is added to the one that the member has.</summary>
    Increment = 16,
}

/// <summary>What became of an element.</summary>
public enum ScoreChange
{
    /// <summary>The options did not allow it.</summary>
    Refused,

    /// <summary>The sum would be no number; nothing was changed.</summary>
    NotANumber,

    /// <summary>It had that score.</summary>
    Same,

    /// <summary>It has another score now.</summary>
    Updated,

    /// <summary>It is new.</summary>
    Added,
}

/// <summary>
/// A sorted set that may be changed. It is opened with the first change: a command that turns out to change nothing wakes no watcher, and costs
/// the snapshot nothing. One without elements is to be deleted by the caller.
/// </summary>
public ref struct SortedSetWriter
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly Database _database;
    private readonly ReadRecord _found;
    private readonly ulong _hash;
    private WriteRecord _record;
    private bool _isOpen;

    /// <param name="keyspace">The keyspace.</param>
    /// <param name="database">The database that it is in.</param>
    /// <param name="found">A record of a sorted set that the database has just found.</param>
    /// <param name="hash">Its key's hash.</param>
    public SortedSetWriter(Keyspace.Keyspace keyspace, Database database, ReadRecord found, ulong hash)
    {
        _keyspace = keyspace;
        _database = database;
        _found = found;
        _hash = hash;
    }

    private SortedSetWriter(Keyspace.Keyspace keyspace, Database database, WriteRecord record)
    {
        _keyspace = keyspace;
        _database = database;
        _record = record;
        _isOpen = true;
    }

    /// <summary>Elements.</summary>
    public readonly long Count => IsCollection ? new ElementTable(_keyspace, Collection).Count : PackedPairs.Count(Packed);

    private readonly bool IsCollection => _isOpen ? _record.IsCollection : _found.Record.IsCollection;

    private readonly Collection Collection => _isOpen ? _record.Collection : _found.Record.Collection;

    private readonly ReadOnlySpan<byte> Packed => _isOpen ? _record.Value : _found.Value;

    /// <summary>Creates an empty one, to which elements must be added.</summary>
    public static SortedSetWriter Create(Keyspace.Keyspace keyspace, Database database, scoped ReadOnlySpan<byte> key, ulong hash) =>
        new(keyspace, database, database.CreatePacked(key, hash, ValueType.SortedSet, ValueEncoding.Listpack, PackedPairs.Empty));

    /// <summary>Up to so many elements are about to be set. As in Redis, their number alone may say that they do not fit a listpack.</summary>
    public void Expect(int elements)
    {
        if (elements > _keyspace.Limits.SortedSetMaxListpackEntries && !IsCollection) Unpack();
    }

    /// <summary>Sets the score of a member, or adds it.</summary>
    /// <param name="member">Not a span over storage.</param>
    /// <param name="score">The score or the increment; then the score that the member has got.</param>
    /// <param name="options">Conditions.</param>
    public ScoreChange Set(scoped ReadOnlySpan<byte> member, ref double score, ScoreOptions options)
    {
        if (!IsCollection && !_keyspace.Limits.MayGrow(Packed.Length, member.Length)) Unpack();
        if (IsCollection) return SetInTable(member, ref score, options);
        var packed = Packed;
        var at = SortedSetReader.FindPacked(packed, member);
        if (at >= 0)
        {
            var change = Decide(SortedTable.ScoreAt(packed, at), ref score, options);
            if (change == ScoreChange.Updated) PutPacked(at, member, score);
            return change;
        }

        if ((options & ScoreOptions.OnlyExisting) != 0) return ScoreChange.Refused;
        if (PackedPairs.Count(packed) >= _keyspace.Limits.SortedSetMaxListpackEntries || member.Length > _keyspace.Limits.SortedSetMaxListpackValue)
        {
            Unpack();
            return SetInTable(member, ref score, options);
        }

        PutPacked(-1, member, score);
        return ScoreChange.Added;
    }

    /// <summary>Removes a member; false when it is not there. It must not be a span over storage.</summary>
    public bool Remove(scoped ReadOnlySpan<byte> member)
    {
        if (IsCollection)
        {
            var hash = _keyspace.Hash(member);
            if (new ElementTable(_keyspace, Collection).Find(member, hash).IsMissing) return false;
            Open();
            return new SortedTable(_keyspace, _record.OpenCollection()).Remove(member, hash);
        }

        var at = SortedSetReader.FindPacked(Packed, member);
        if (at < 0) return false;
        DeletePacked(at, 1);
        return true;
    }

    /// <summary>
    /// Removes elements that follow each other. They must be there. When they are most of a large set, the others are copied, and what was the set is freed in
    /// slices, as if it had been overwritten: a set that is cut back to its first thousand stalls nobody.
    /// </summary>
    public void Remove(RankRange range)
    {
        const int newSetMin = 16; // what creating a set takes is worth so many removals
        if (!IsCollection)
        {
            DeletePacked(PackedPairs.Seek(Packed, (int)range.Start), (int)range.Count);
            return;
        }

        Open();
        var table = new SortedTable(_keyspace, _record.OpenCollection());
        if (range.Count <= Math.Max(newSetMin, table.Count - range.Count)) table.Remove(range);
        else _record.SetCollection(table.CopyWithout(range), ValueEncoding.SkipList);
    }

    // Redis' order: NX, then the sum, then GT and LT.
    private static ScoreChange Decide(double current, ref double score, ScoreOptions options)
    {
        if ((options & ScoreOptions.OnlyNew) != 0) return ScoreChange.Refused;
        var wanted = score;
        if ((options & ScoreOptions.Increment) != 0)
        {
            wanted += current;
            if (double.IsNaN(wanted)) return ScoreChange.NotANumber;
        }

        if ((options & ScoreOptions.OnlyLess) != 0 && wanted >= current) return ScoreChange.Refused;
        if ((options & ScoreOptions.OnlyGreater) != 0 && wanted <= current) return ScoreChange.Refused;
        score = wanted;
        return wanted == current ? ScoreChange.Same : ScoreChange.Updated;
    }

    private void Open()
    {
        if (_isOpen) return;
        _record = _database.Open(_found, _hash);
        _isOpen = true;
    }

    private ScoreChange SetInTable(scoped ReadOnlySpan<byte> member, ref double score, ScoreOptions options)
    {
        var hash = _keyspace.Hash(member);
        var element = new ElementTable(_keyspace, Collection).Find(member, hash);
        if (element.IsMissing)
        {
            if ((options & ScoreOptions.OnlyExisting) != 0) return ScoreChange.Refused;
            Open();
            new SortedTable(_keyspace, _record.OpenCollection()).Add(member, hash, score);
            return ScoreChange.Added;
        }

        var change = Decide(SortedTable.ScoreOf(element), ref score, options);
        if (change != ScoreChange.Updated) return change;
        Open();
        new SortedTable(_keyspace, _record.OpenCollection()).SetScore(element, score);
        return change;
    }

    // Puts an element where it belongs, after taking the one at the offset out, if there is one.
    private void PutPacked(int replaced, scoped ReadOnlySpan<byte> member, double score)
    {
        Open();
        Span<byte> text = stackalloc byte[Doubles.MaxLength];
        text = text[..SortedTable.FormatPacked(score, text)];
        var used = _record.Value.Length;
        var added = PackedPairs.EncodedSize(member) + PackedPairs.EncodedSize(text);
        if (replaced >= 0) added -= PackedPairs.After(_record.Value, PackedPairs.After(_record.Value, replaced)) - replaced;
        var room = _record.Resize(Math.Max(used, used + added), mayGrowMore: true);
        if (replaced >= 0) used = PackedPairs.Delete(room[..used], replaced);
        var size = PackedPairs.Insert(room, used, SortedTable.PlaceIn(room[..used], member, score), member, text);
        if (size < room.Length) _record.Resize(size);
    }

    private void DeletePacked(int at, int elements)
    {
        Open();
        var bytes = _record.Resize(_record.Value.Length);
        _record.Resize(PackedPairs.Delete(bytes, at, elements));
    }

    private void Unpack()
    {
        Open();
        _record.SetCollection(ElementTable.Unpack(_keyspace, ValueType.SortedSet, _record.Value, _record.Encoding), ValueEncoding.SkipList);
    }
}
