using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// One numbered database: typed access to its records. Look-ups give a <see cref="ReadRecord"/>; only the methods that change
/// something see writable records, after the snapshot, the watchers and the expiry rules have had their turn.
/// Hashes are <see cref="Keyspace.Hash"/> of the key, passed in because the loop has computed them for prefetching.
/// </summary>
public sealed partial class Database
{
    private readonly Keyspace _keyspace;

    internal Database(Keyspace keyspace, int number)
    {
        _keyspace = keyspace;
        Number = number;
        Table = keyspace.NewTable();
    }

    /// <summary>Its number, 0 to <c>databases</c> - 1.</summary>
    public int Number { get; }

    /// <summary>Sizes up to which collections stay packed.</summary>
    public CollectionLimits Limits => _keyspace.Limits;

    /// <summary>Keys in it, expired ones that are still present included.</summary>
    public long Count => Table.Records.Count;

    /// <summary>Keys with an expiry.</summary>
    public long ExpiresCount => Table.Expires.Count;

    /// <summary>Hashes with fields that expire.</summary>
    public long FieldExpiresCount => Table.FieldTimes.Count;

    /// <summary>Keys that its table has slots for.</summary>
    public long SlotCount => Table.Records.Capacity;

    /// <summary>Bytes of its tables.</summary>
    public long TableBytes => Table.TableBytes;

    /// <summary>Those of them that the table of keys with an expiry takes.</summary>
    public long ExpiresTableBytes => Table.Expires.Bytes;

    internal KeyTable Table { get; set; }

    /// <summary>Starts fetching the bucket of a hash.</summary>
    public void PrefetchBucket(ulong hash) => Table.Records.PrefetchBucket(hash);

    /// <summary>Starts fetching the record of a hash whose bucket has arrived.</summary>
    public void PrefetchRecord(ulong hash) => Table.Records.PrefetchRecord(hash);

    /// <summary>Starts fetching the rest of a record whose first line has arrived; returns whether elements of its value could be fetched next.</summary>
    public bool PrefetchRest(ulong hash) => Table.Records.PrefetchRest(hash);

    /// <summary>Whether the value has its elements in a table, so that it pays to fetch them ahead.</summary>
    public bool HasElements(ulong hash) => Table.Records.TryGetElements(hash, out _);

    /// <summary>Starts fetching the bucket of an element of a collection that has arrived.</summary>
    public void PrefetchElementBucket(ulong hash, ulong elementHash)
    {
        if (Table.Records.TryGetElements(hash, out var elements)) elements.PrefetchBucket(elementHash);
    }

    /// <summary>Starts fetching the record of an element whose bucket has arrived.</summary>
    public void PrefetchElement(ulong hash, ulong elementHash)
    {
        if (Table.Records.TryGetElements(hash, out var elements)) elements.PrefetchShortRecord(elementHash);
    }

    /// <summary>
    /// Looks a key up for reading. Expired keys go by <see cref="Keyspace.ExpiryPolicy"/>; the access time moves unless
    /// <see cref="Keyspace.Touches"/> is off.
    /// </summary>
    public ReadRecord Read(ReadOnlySpan<byte> key, ulong hash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return default;
        var record = position.Record;
        if (RecordTable.SlotHasExpiry(position) && IsGone(record, hash)) return default;
        if (_keyspace.Touches) _keyspace.Touch(record);
        var found = new ReadRecord(record);
        _keyspace.Tie(ref found);
        return found;
    }

    /// <summary>
    /// As <see cref="Read"/>, for a command that may change the key: one that is expired and hidden from readers is removed, whatever comes of the command.
    /// </summary>
    public ReadRecord ReadForWrite(ReadOnlySpan<byte> key, ulong hash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return default;
        var record = position.Record;
        if (RecordTable.SlotHasExpiry(position) && IsGoneForWrite(record, hash)) return default;
        if (_keyspace.Touches) _keyspace.Touch(record);
        var found = new ReadRecord(record);
        _keyspace.Tie(ref found);
        return found;
    }

    /// <summary>As <see cref="Read"/>, without moving the access time: TTL, TYPE, OBJECT and their like.</summary>
    public ReadRecord Peek(ReadOnlySpan<byte> key, ulong hash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return default;
        var record = position.Record;
        if (RecordTable.SlotHasExpiry(position) && IsGone(record, hash)) return default;
        var found = new ReadRecord(record);
        _keyspace.Tie(ref found);
        return found;
    }

    /// <summary>As <see cref="Peek"/>, a key whose time has passed too: for looks at the data set as it stands.</summary>
    public ReadRecord PeekPresent(ReadOnlySpan<byte> key, ulong hash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return default;
        var found = new ReadRecord(position.Record);
        _keyspace.Tie(ref found);
        return found;
    }

    /// <summary>
    /// Opens a key for change, or returns a missing record. A string counts as changed from here on; whoever changes a collection says so
    /// (<see cref="ReportModification"/>), because many commands open one and find nothing to do. The access time is left to the look-up that every
    /// command makes first: a write is one use of a key, not two.
    /// </summary>
    public WriteRecord OpenForWrite(scoped ReadOnlySpan<byte> key, ulong hash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return default;
        var record = position.Record;
        if (RecordTable.SlotHasExpiry(position) && IsGoneForWrite(record, hash)) return default;
        _keyspace.BeforeOpening(this, Table, record);
        return new WriteRecord(_keyspace, Table, record, hash);
    }

    /// <summary>Opens a record of this database for change that <see cref="Read"/> has just found: no second look-up.</summary>
    public WriteRecord Open(ReadRecord found, ulong hash)
    {
        var record = found.Record;
        _keyspace.BeforeOpening(this, Table, record);
        return new WriteRecord(_keyspace, Table, record, hash);
    }

    /// <summary>
    /// Stores a string under the key, replacing whatever was there.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="value">The value; must not be a span over storage.</param>
    /// <param name="encoding">How OBJECT ENCODING shall call it.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, -1 for none, or <see cref="Keyspace.KeepExpiry"/>.</param>
    /// <param name="wasRead">Whether a look-up of the same use of the key has moved its access time.</param>
    public void SetString(
        ReadOnlySpan<byte> key, ulong hash, ReadOnlySpan<byte> value, ValueEncoding encoding, long expireAtMs = -1, bool wasRead = false)
    {
        var position = Table.Records.Find(key, hash);
        if (position.Found && RecordTable.SlotHasExpiry(position) && IsGoneForWrite(position.Record, hash)) position = Table.Records.Find(key, hash);
        if (!position.Found)
        {
            if (_keyspace.ReportModifications) _keyspace.Listener.KeyModified(this, key);
            var created = _keyspace.CreateString(key, value, encoding, expireAtMs == Keyspace.KeepExpiry ? -1 : expireAtMs);
            Add(created, hash);
            return;
        }

        var record = position.Record;
        _keyspace.BeforeChange(this, Table, record);
        var hadExpiry = RecordTable.SlotHasExpiry(position);
        var expiry = expireAtMs == Keyspace.KeepExpiry ? record.ExpireAtMs : expireAtMs;
        if (hadExpiry == expiry >= 0 && record.Type == ValueType.String && value.Length <= Record.InlineValueMax && record.FitsInPlace(value.Length))
        {
            record.SetInlineLength(value.Length);
            value.CopyTo(record.Value);
            record.Encoding = encoding;
            if (hadExpiry) record.ExpireAtMs = expiry;
            if (_keyspace.Touches && !wasRead) _keyspace.Touch(record);
            return;
        }

        Overwrite(position, _keyspace.CreateString(record.Key, value, encoding, expiry), hash, wasRead);
    }

    /// <summary>
    /// Stores a raw string that fills a block under the key, replacing whatever was there: its bytes are not copied.
    /// </summary>
    /// <param name="key">The key; must not be a span over storage.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="value">The value, more than <see cref="Record.InlineValueMax"/> bytes; the reference becomes the record's.</param>
    /// <param name="expireAtMs">As above.</param>
    /// <param name="wasRead">As above.</param>
    public void SetString(ReadOnlySpan<byte> key, ulong hash, Block value, long expireAtMs = -1, bool wasRead = false)
    {
        var position = Table.Records.Find(key, hash);
        if (position.Found && RecordTable.SlotHasExpiry(position) && IsGoneForWrite(position.Record, hash)) position = Table.Records.Find(key, hash);
        if (!position.Found)
        {
            if (_keyspace.ReportModifications) _keyspace.Listener.KeyModified(this, key);
            Add(_keyspace.CreateString(key, value, expireAtMs == Keyspace.KeepExpiry ? -1 : expireAtMs), hash);
            return;
        }

        var record = position.Record;
        _keyspace.BeforeChange(this, Table, record);
        var expiry = expireAtMs == Keyspace.KeepExpiry ? record.ExpireAtMs : expireAtMs;
        Overwrite(position, _keyspace.CreateString(record.Key, value, expiry), hash, wasRead);
    }

    // An overwritten key has been used, and used before: what is known of that stays with it.
    private void Overwrite(RecordTable.Position position, Record replacement, ulong hash, bool wasRead)
    {
        replacement.Clock = position.Record.Clock;
        if (_keyspace.Touches && !wasRead) _keyspace.Touch(replacement);
        Replace(position, position.Record, replacement, hash);
    }

    /// <summary>
    /// Adds a key with a collection, packed. There must be no such key.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="type">Type of the value.</param>
    /// <param name="encoding"><see cref="ValueEncoding.Listpack"/> or <see cref="ValueEncoding.Intset"/>.</param>
    /// <param name="packed">The value's bytes; must not be a span over storage.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, or -1.</param>
    public WriteRecord CreatePacked(
        scoped ReadOnlySpan<byte> key, ulong hash, ValueType type, ValueEncoding encoding, scoped ReadOnlySpan<byte> packed, long expireAtMs = -1)
    {
        if (_keyspace.ReportModifications) _keyspace.Listener.KeyModified(this, key);
        return AddCreated(_keyspace.CreatePacked(key, type, encoding, packed, expireAtMs), hash);
    }

    /// <summary>Adds a key with an empty collection that is not packed. There must be no such key.</summary>
    internal WriteRecord CreateLarge(scoped ReadOnlySpan<byte> key, ulong hash, ValueType type, ValueEncoding encoding)
    {
        if (_keyspace.ReportModifications) _keyspace.Listener.KeyModified(this, key);
        return AddCreated(_keyspace.CreateCollection(key, _keyspace.Store.Collections.Create(type), encoding, expireAtMs: -1), hash);
    }

    private WriteRecord AddCreated(Record record, ulong hash)
    {
        Add(record, hash);
        return new WriteRecord(_keyspace, Table, record, hash);
    }

    /// <summary>Moves a key of a scratch keyspace here, where there must be none of its name.</summary>
    public void TakeFrom(Keyspace scratch, ReadOnlySpan<byte> key, ulong hash)
    {
        RequireFree(key, hash);
        if (_keyspace.ReportModifications) _keyspace.Listener.KeyModified(this, key);
        var from = scratch[0].Table;
        var position = from.Records.Find(key, hash);
        var record = position.Record;
        from.Unindex(record);
        from.Records.Remove(position, hash);
        if (record.HasExpiry) from.Expires.Remove(from.Expires.Find(record, hash), hash);
        Add(record, hash);
    }

    /// <summary>Stores what was built under the key, in the place of whatever was there, whose access time it gets: overwriting is a use.</summary>
    public void Put(ReadOnlySpan<byte> key, ulong hash, CollectionBuilder built, long expireAtMs = -1)
    {
        var position = Table.Records.Find(key, hash);
        if (position.Found && RecordTable.SlotHasExpiry(position) && IsGoneForWrite(position.Record, hash)) position = default;
        var overwrites = position.Found;
        var clock = overwrites ? position.Record.Clock : 0;
        var record = built.Finish(key, expireAtMs); // there may be no room for it: nothing has changed yet
        if (overwrites)
        {
            _keyspace.BeforeChange(this, Table, position.Record);
            Drop(position, position.Record, hash);
        }
        else if (_keyspace.ReportModifications)
        {
            _keyspace.Listener.KeyModified(this, key);
        }

        if (overwrites)
        {
            record.Clock = clock;
            if (_keyspace.Touches) _keyspace.Touch(record);
        }

        Add(record, hash, overwrites);
    }

    /// <summary>
    /// Removes a key; false when there was none. An expired one counts as none, except where expired keys are only hidden: the writable replica that
    /// is told to remove one does.
    /// </summary>
    public bool Delete(ReadOnlySpan<byte> key, ulong hash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return false;
        var record = position.Record;
        if (RecordTable.SlotHasExpiry(position) && _keyspace.ExpiryPolicy != ExpiryPolicy.Hide && IsGone(record, hash)) return false;
        _keyspace.BeforeChange(this, Table, record);
        Drop(position, record, hash);
        return true;
    }

    /// <summary>Removes a key that may have expired; false when there was none. For commands that replace it: the expiry is no event of its own then.</summary>
    public bool DeletePresent(ReadOnlySpan<byte> key, ulong hash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return false;
        var record = position.Record;
        _keyspace.BeforeChange(this, Table, record);
        Drop(position, record, hash);
        return true;
    }

    /// <summary>Sets or replaces the expiry of a key; false when there is none.</summary>
    public bool SetExpiry(ReadOnlySpan<byte> key, ulong hash, long expireAtMs)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return false;
        var record = position.Record;
        if (RecordTable.SlotHasExpiry(position) && IsGoneForWrite(record, hash)) return false;
        _keyspace.BeforeChange(this, Table, record, keepsValue: true);
        if (record.HasExpiry)
        {
            record.ExpireAtMs = expireAtMs;
            return true;
        }

        Replace(position, record, MoveToCopy(record, record.Key, expireAtMs), hash);
        return true;
    }

    /// <summary>Takes the expiry away; false when there is no such key or no expiry.</summary>
    public bool RemoveExpiry(ReadOnlySpan<byte> key, ulong hash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return false;
        var record = position.Record;
        if (!RecordTable.SlotHasExpiry(position) || IsGoneForWrite(record, hash)) return false;
        _keyspace.BeforeChange(this, Table, record, keepsValue: true);
        Replace(position, record, MoveToCopy(record, record.Key, -1), hash);
        return true;
    }

    /// <summary>Gives a record, with its value, another key in another or the same database; false when there is no such record.</summary>
    /// <exception cref="InvalidOperationException">The new key is taken, be it by an expired record. Nothing was changed.</exception>
    public bool MoveRecord(ReadOnlySpan<byte> key, ulong hash, Database to, ReadOnlySpan<byte> newKey, ulong newHash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return false;
        to.RequireFree(newKey, newHash);
        var record = position.Record;
        _keyspace.BeforeChange(this, Table, record, keepsValue: true);
        if (_keyspace.ReportModifications) _keyspace.Listener.KeyModified(to, newKey);
        var renamed = MoveToCopy(record, newKey, record.ExpireAtMs);
        Drop(position, record, hash);
        to.Add(renamed, newHash);
        return true;
    }

    /// <summary>Copies a record to another key, whatever that has; false when there is no such record.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for the value. Nothing was changed.</exception>
    public bool CopyRecord(ReadOnlySpan<byte> key, ulong hash, Database to, ReadOnlySpan<byte> newKey, ulong newHash)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return false;
        if (position.Record.IsCollection && _keyspace.Listener.MayRefuse) _keyspace.RequireRoomForCopy(position.Record.Collection);
        var copy = _keyspace.Copy(position.Record, newKey, position.Record.ExpireAtMs, takeBlock: false);
        to.Delete(newKey, newHash);
        if (_keyspace.ReportModifications) _keyspace.Listener.KeyModified(to, newKey);
        to.Add(copy, newHash);
        return true;
    }

    /// <summary>Sets the access clock of a key (RESTORE with IDLETIME or FREQ, loading).</summary>
    public void SetClock(ReadOnlySpan<byte> key, ulong hash, int clock)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return;
        var record = position.Record;
        record.Clock = clock;
    }

    /// <summary>Sets what OBJECT ENCODING calls a value that stays the same: no change to watchers, snapshots and replicas.</summary>
    public void SetEncoding(ReadOnlySpan<byte> key, ulong hash, ValueEncoding encoding)
    {
        var position = Table.Records.Find(key, hash);
        if (!position.Found) return;
        var record = position.Record;
        record.Encoding = encoding;
    }

    /// <summary>Says that a key is about to change, ahead of the calls that change it: for commands that change several and have an order to keep.</summary>
    public void ReportModification(ReadOnlySpan<byte> key)
    {
        if (_keyspace.ReportModifications) _keyspace.Listener.KeyModified(this, key);
    }

    /// <summary>Whether there is a record of the key, expired or not.</summary>
    internal bool Holds(ReadOnlySpan<byte> key, ulong hash) => Table.Records.Find(key, hash).Found;

    /// <summary>Puts a key in whose name is free, as a command does.</summary>
    /// <param name="record">The record.</param>
    /// <param name="hash">Hash of its key.</param>
    /// <param name="overwrites">It takes the place of another, which is no new key: nobody wakes, and no event says so.</param>
    internal void Add(Record record, ulong hash, bool overwrites = false)
    {
        Insert(record, hash);
        if (overwrites) return;
        if (_keyspace.AwaitedTypes != 0) ReportAddition(record);
        if (_keyspace.ReportCreations) _keyspace.Listener.KeyCreated(this, record.Key);
    }

    /// <summary>Makes room for keys that are announced to come, once.</summary>
    internal void ReserveAnnounced(ref long keys) => Table.Records.ReserveAnnounced(ref keys);

    /// <summary>Gives back what was reserved for keys that have not come.</summary>
    internal void Fit() => Table.Records.Fit();

    /// <summary>As <see cref="Add"/>, without a word to anyone: loading.</summary>
    internal void Insert(Record record, ulong hash)
    {
        _keyspace.OnWrite();
        Table.Records.Insert(record, hash, record.HasExpiry);
        if (record.HasExpiry) Table.Expires.Insert(record, hash, hasExpiry: true);
        Table.Index(record);
    }

    internal void Drop(RecordTable.Position position, Record record, ulong hash)
    {
        if (_keyspace.ReportRemovals) _keyspace.Listener.KeyRemoved(this, record.Key);
        _keyspace.OnWrite();
        Table.Unindex(record);
        if (record.HasExpiry) Table.Expires.Remove(Table.Expires.Find(record, hash), hash);
        Table.Records.Remove(position, hash);
        _keyspace.FreeRecord(record);
    }

    /// <summary>Puts a new record in the place of an old one with the same key.</summary>
    internal void Replace(RecordTable.Position position, Record old, Record replacement, ulong hash)
    {
        if (_keyspace.ReportRemovals && replacement.Type != old.Type) _keyspace.Listener.KeyRemoved(this, old.Key);
        _keyspace.OnWrite();
        Table.Unindex(old);
        if (old.HasExpiry)
        {
            var expiring = Table.Expires.Find(old, hash);
            if (replacement.HasExpiry) RecordTable.Update(expiring, replacement, hasExpiry: true);
            else Table.Expires.Remove(expiring, hash);
        }
        else if (replacement.HasExpiry)
        {
            Table.Expires.Insert(replacement, hash, hasExpiry: true);
        }

        RecordTable.Update(position, replacement, replacement.HasExpiry);
        Table.Index(replacement);
        _keyspace.FreeRecord(old);
    }

    // The value is the copy's then. A hash leaves the order of times by what it has; it is back where there is no room for a copy.
    private Record MoveToCopy(Record record, ReadOnlySpan<byte> key, long expireAtMs)
    {
        if (!record.IsIndexed) return _keyspace.Copy(record, key, expireAtMs, takeBlock: true);
        Table.Unindex(record);
        try
        {
            return _keyspace.Copy(record, key, expireAtMs, takeBlock: true);
        }
        catch (InsufficientMemoryException)
        {
            Table.Index(record);
            throw;
        }
    }

    private void ReportAddition(Record record)
    {
        if ((_keyspace.AwaitedTypes & (1 << (int)record.Type)) != 0) _keyspace.Listener.KeyAdded(this, record.Key);
    }

    /// <summary>A key twice in a table could never be removed again.</summary>
    private void RequireFree(ReadOnlySpan<byte> key, ulong hash)
    {
        if (Table.Records.Find(key, hash).Found) throw new InvalidOperationException("A record was to be moved over another one.");
    }

    /// <summary>Whether the record counts as gone; removes it under <see cref="ExpiryPolicy.Remove"/>.</summary>
    private bool IsGone(Record record, ulong hash)
    {
        if (_keyspace.ExpiryPolicy == ExpiryPolicy.Ignore || record.ExpireAtMs >= _keyspace.NowMs) return false;
        if (_keyspace.ExpiryPolicy == ExpiryPolicy.Remove) RemoveExpired(record, hash);
        return true;
    }

    /// <summary>
    /// As <see cref="IsGone"/> for whoever is about to change the key: a client that may write to a replica removes what is hidden from readers,
    /// as in Redis.
    /// </summary>
    private bool IsGoneForWrite(Record record, ulong hash)
    {
        if (_keyspace.ExpiryPolicy == ExpiryPolicy.Ignore || record.ExpireAtMs >= _keyspace.NowMs) return false;
        RemoveExpired(record, hash);
        return true;
    }

    private void RemoveExpired(Record record, ulong hash)
    {
        _keyspace.Listener.KeyExpired(this, record.Key);
        _keyspace.BeforeChange(this, Table, record);
        Drop(Table.Records.Find(record, hash), record, hash);
    }
}
