using System.Globalization;
using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Strings;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Persistence;

/// <summary>What an RDB said beside its keys, and what became of them.</summary>
internal sealed class RdbLoadState(Keyspace into, long nowMs, bool dropsExpired)
{
    /// <summary>Where keys go.</summary>
    public Keyspace Into { get; } = into;

    /// <summary>Unix time in milliseconds by which keys count as expired.</summary>
    public long NowMs { get; } = nowMs;

    /// <summary>Whether expired keys are left out: a primary loading its own file.</summary>
    public bool DropsExpired { get; } = dropsExpired;

    /// <summary>Selected database.</summary>
    public int Database { get; set; }

    /// <summary>Keys loaded.</summary>
    public long Keys { get; set; }

    /// <summary>Keys left out because they had expired.</summary>
    public long ExpiredKeys { get; set; }

    /// <summary>Called for each key left out.</summary>
    public Action<int, byte[]>? OnExpired { get; set; }

    /// <summary>repl-id, or null.</summary>
    public string? ReplicationId { get; set; }

    /// <summary>repl-offset, or -1.</summary>
    public long ReplicationOffset { get; set; } = -1;

    /// <summary>repl-stream-db, or -1 without one; it may be none of the databases here, and is <see cref="int.MaxValue"/> when it is none at all.</summary>
    public int StreamDatabase { get; set; } = -1;

    /// <summary>used-mem, bytes.</summary>
    public long UsedMemory { get; set; }

    /// <summary>What the RDB says of its origin, told to the log; null for not.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Function libraries, kept as they are.</summary>
    public List<byte[]> Functions { get; } = [];

    /// <summary>Puts keys into the tables. Its <see cref="KeyspaceLoader.Replaces"/> is DEBUG RELOAD MERGE.</summary>
    public KeyspaceLoader Loader { get; } = new(into);

    /// <summary>Why the load was refused, or null.</summary>
    public string? Refusal { get; set; }

    /// <summary>Called behind each key; null for nothing to do.</summary>
    public Action? AfterKey { get; set; }

    /// <summary>Keys left out because their collection was empty.</summary>
    public long EmptyKeys { get; set; }

    /// <summary>Key of the collection or the long string that is arriving.</summary>
    public PendingKey Pending { get; } = new();
}

/// <summary>The key of a value that arrives in pieces, and what was said of it in front of them.</summary>
internal sealed class PendingKey
{
    private readonly RdbScratch _name = new();

    public ReadOnlySpan<byte> Name => _name.Written;

    public long ExpiryMs { get; private set; }

    public long IdleSeconds { get; private set; }

    public int Frequency { get; private set; }

    /// <summary>Whether it has expired, and is not loaded.</summary>
    public bool IsLeftOut { get; private set; }

    public void Begin(in RdbKey key, bool isLeftOut)
    {
        _name.Set(key.Name);
        (ExpiryMs, IdleSeconds, Frequency) = (key.ExpiryMs, key.IdleSeconds, key.Frequency);
        IsLeftOut = isLeftOut;
    }
}

/// <summary>Puts what an RDB holds into a keyspace.</summary>
internal readonly struct RdbLoadTarget(RdbLoadState state) : IRdbTarget
{
    public RdbLoadState State => state;

    public bool OnHeader(RdbFlavor flavor, int version) => true;

    public bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("repl-id"u8)) state.ReplicationId = System.Text.Encoding.Latin1.GetString(value);
        else if (name.SequenceEqual("repl-offset"u8) && Integers.TryParse(value, out var offset)) state.ReplicationOffset = offset;
        else if (name.SequenceEqual("repl-stream-db"u8) && Integers.TryParse(value, out var database)) state.StreamDatabase = NumberOf(database);
        else if (name.SequenceEqual("used-mem"u8) && Integers.TryParse(value, out var used)) NoteUsedMemory(used);
        else if (name.SequenceEqual("redis-ver"u8)) state.Log?.Invoke($"Loading RDB produced by version {System.Text.Encoding.Latin1.GetString(value)}");
        else if (name.SequenceEqual("ctime"u8) && Integers.TryParse(value, out var seconds)) state.Log?.Invoke($"RDB age {Math.Max(0, (state.NowMs / 1000) - seconds)} seconds");
        else if (name.SequenceEqual("aof-base"u8) && value.SequenceEqual("1"u8)) state.Log?.Invoke("RDB is base AOF");
        return true;
    }

    private void NoteUsedMemory(long bytes)
    {
        state.UsedMemory = bytes;
        state.Log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"RDB memory usage when created {bytes / 1048576.0:F2} Mb"));
    }

    public bool OnSelectDb(int db)
    {
        state.Database = db;
        return (uint)db < (uint)state.Into.Databases.Length
            || Refuse($"FATAL: Data file was created with a Redis server configured to handle more than {state.Into.Databases.Length} databases. Exiting");
    }

    public bool OnResizeDb(ulong keys, ulong expires)
    {
        state.Loader.Announce(state.Database, (long)Math.Min(keys, long.MaxValue));
        return true;
    }

    public bool OnFunction(ReadOnlySpan<byte> library)
    {
        state.Functions.Add(library.ToArray());
        return true;
    }

    public bool OnString(in RdbKey key, ReadOnlySpan<byte> value) => Add(key.Name, key.ExpiryMs, key.IdleSeconds, key.Frequency, value);

    public bool BeginString(in RdbKey key, long length)
    {
        if (length > int.MaxValue - Block.HeaderSize) return Refuse($"a string of {length} bytes is longer than this server can hold");
        state.Pending.Begin(key, IsLeftOut(key.Name, key.ExpiryMs));
        state.Loader.BeginString((int)length);
        return true;
    }

    public bool AppendString(ReadOnlySpan<byte> piece)
    {
        if (!state.Pending.IsLeftOut) state.Loader.AppendString(piece);
        return true;
    }

    public bool EndString()
    {
        var key = state.Pending;
        return key.IsLeftOut || Added(state.Loader.AddLongString(state.Database, key.Name, key.ExpiryMs, ClockOf(key.IdleSeconds, key.Frequency)));
    }

    public bool OnScannedKey(in RdbKey key, RdbTypeInfo type) => true;

    public bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest)
    {
        if (IsLeftOut(key.Name, key.ExpiryMs)) return true;
        var encoding = kind switch
        {
            PackedKind.Intset => ValueEncoding.Intset,
            PackedKind.TimedListpack => ValueEncoding.ListpackEx,
            _ => ValueEncoding.Listpack,
        };
        if (!state.Loader.FitsPacked(type, encoding, bytes, longest)) return Unpack(key, type, encoding, bytes);
        return Added(state.Loader.AddPacked(state.Database, key.Name, type, encoding, bytes, key.ExpiryMs, ClockOf(key.IdleSeconds, key.Frequency)));
    }

    public bool BeginCollection(in RdbKey key, ValueType type, ulong count)
    {
        state.Pending.Begin(key, IsLeftOut(key.Name, key.ExpiryMs));
        state.Loader.Builder.Begin(type, (long)Math.Min(count, long.MaxValue));
        return true;
    }

    public bool OnElement(ReadOnlySpan<byte> element)
    {
        var builder = state.Loader.Builder;
        if (builder.Type != ValueType.List) return builder.AddMember(element) || RefuseTwice();
        builder.AddElement(element);
        return true;
    }

    public bool OnListNode(ReadOnlySpan<byte> listpack)
    {
        state.Loader.Builder.AddNode(listpack);
        return true;
    }

    public bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) =>
        state.Loader.Builder.AddField(field, value, expireAtMs) || RefuseTwice();

    public bool OnScore(ReadOnlySpan<byte> member, double score) => state.Loader.Builder.AddScore(member, score) || RefuseTwice();

    public bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack)
    {
        state.Loader.Builder.AddStreamNode(IdOf(id), listpack);
        return true;
    }

    public bool OnStreamState(in RdbStreamState stream)
    {
        state.Loader.Builder.SetStreamState((long)stream.Length, stream.EntriesAdded, IdOf(stream.LastId), IdOf(stream.FirstId), IdOf(stream.MaxDeletedId));
        return true;
    }

    public bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead)
    {
        if (!state.Loader.Builder.PendingHaveConsumers) return RefusePending();
        return state.Loader.Builder.AddGroup(name, IdOf(lastId), entriesRead)
            || Refuse("Duplicated consumer group name " + System.Text.Encoding.Latin1.GetString(name));
    }

    public bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries)
    {
        state.Loader.Builder.AddPending(IdOf(id), deliveryTimeMs, deliveries);
        return true;
    }

    public bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs) =>
        state.Loader.Builder.AddConsumer(name, seenMs, activeMs) || Refuse("Duplicate stream consumer detected");

    public bool OnConsumerPending(RdbStreamId id) =>
        state.Loader.Builder.AddConsumerPending(IdOf(id)) || Refuse("Consumer entry not found in group global PEL");

    public bool EndCollection()
    {
        if (state.Pending.IsLeftOut)
        {
            state.Loader.Builder.Drop();
            return true;
        }

        if (!state.Loader.Builder.PendingHaveConsumers) return RefusePending();
        if (!state.Loader.Builder.Complete()) return RefuseTwice();
        var key = state.Pending;
        return Added(state.Loader.AddBuilt(state.Database, key.Name, key.ExpiryMs, ClockOf(key.IdleSeconds, key.Frequency)));
    }

    public bool OnEmptyKey(in RdbKey key)
    {
        state.EmptyKeys++;
        return true;
    }

    public bool OnEnd(ulong checksum) => true;

    // One that was told is never taken for none: nonsense is a database that is not here.
    private static int NumberOf(long database) => database is >= 0 and < int.MaxValue ? (int)database : int.MaxValue;

    private bool Add(ReadOnlySpan<byte> key, long expiryMs, long idleSeconds, int frequency, ReadOnlySpan<byte> value) =>
        IsLeftOut(key, expiryMs)
        || Added(state.Loader.AddString(state.Database, key, value, StringValue.EncodingOf(value), expiryMs, ClockOf(idleSeconds, frequency)));

    private bool IsLeftOut(ReadOnlySpan<byte> key, long expiryMs)
    {
        if (!state.DropsExpired || expiryMs == -1 || expiryMs >= state.NowMs) return false;
        state.ExpiredKeys++;
        state.OnExpired?.Invoke(state.Database, key.ToArray());
        return true;
    }

    private int ClockOf(long idleSeconds, int frequency)
    {
        var counts = state.Into.Counter != null;
        return counts && frequency >= 0 ? AccessClocks.WithFrequency(state.NowMs, frequency)
            : !counts && idleSeconds >= 0 ? AccessClocks.Idle(state.NowMs, idleSeconds) : -1;
    }

    private bool Added(bool added)
    {
        if (!added) return RefuseDuplicate();
        state.Keys++;
        state.AfterKey?.Invoke();
        return true;
    }

    // A packed value that is larger than packed ones may be here.
    private bool Unpack(in RdbKey key, ValueType type, ValueEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        state.Loader.Builder.Begin(type, 0);
        if (!state.Loader.Builder.AddPacked(bytes, encoding) || !state.Loader.Builder.Complete()) return RefuseTwice();
        return Added(state.Loader.AddBuilt(state.Database, key.Name, key.ExpiryMs, ClockOf(key.IdleSeconds, key.Frequency)));
    }

    private bool RefuseTwice() => Refuse("a collection holds an element twice");

    private bool RefusePending() => Refuse("an entry is pending in a stream's group, and no consumer has it");

    private static StreamId IdOf(RdbStreamId id) => new(id.Ms, id.Sequence);

    /// <summary>Puts the keys under way into their tables; false when one existed already.</summary>
    internal bool Flush() => state.Loader.Flush() || RefuseDuplicate();

    private bool RefuseDuplicate() => Refuse("RDB has duplicated key '" + System.Text.Encoding.Latin1.GetString(state.Loader.Duplicate ?? []) + "'");

    private bool Refuse(string why)
    {
        state.Refusal = why;
        return false;
    }
}
