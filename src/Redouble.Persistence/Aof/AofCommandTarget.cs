using Redouble.Core.Text;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Aof;

/// <summary>
/// Writes what is read from an RDB as commands, in Redis' words and portions.
/// <code>
/// string       SET key value
/// list, set    RPUSH | SADD key element …              64 at a time
/// sorted set   ZADD key score member …                 64 pairs
/// hash         HMSET key field value …                 64 pairs; a field with a time alone, and HPEXPIREAT key ms FIELDS 1 field behind it
/// stream       XADD key id field value …, XSETID, and per group XGROUP CREATE, per consumer XCLAIM … or XGROUP CREATECONSUMER
/// any          PEXPIREAT key ms
/// </code>
/// </summary>
internal readonly struct AofCommandTarget : IRdbTarget
{
    private readonly AofCommandWriter _writer;
    private readonly AofStreamWriter _stream;
    private readonly OpenValue _open = new();

    /// <param name="output">Where the commands go.</param>
    public AofCommandTarget(RdbOutput output)
    {
        _writer = new AofCommandWriter(output);
        _stream = new AofStreamWriter(_writer);
    }

    /// <summary>The value that comes in parts.</summary>
    private sealed class OpenValue
    {
        public byte[] Key = [];
        public long ExpiryMs;
        public ValueType Type;

        public void Begin(in RdbKey key, ValueType type) => (Key, ExpiryMs, Type) = (key.Name.ToArray(), key.ExpiryMs, type);
    }

    public bool OnHeader(RdbFlavor flavor, int version) => true;

    public bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => true;

    public bool OnSelectDb(int db)
    {
        _writer.Begin(2);
        _writer.Word("SELECT"u8);
        _writer.Word(db);
        return true;
    }

    public bool OnResizeDb(ulong keys, ulong expires) => true;

    public bool OnFunction(ReadOnlySpan<byte> library)
    {
        _writer.Begin(3);
        _writer.Word("FUNCTION"u8);
        _writer.Word("LOAD"u8);
        _writer.Word(library);
        return true;
    }

    public bool OnString(in RdbKey key, ReadOnlySpan<byte> value)
    {
        _writer.Begin(3);
        _writer.Word("SET"u8);
        _writer.Word(key.Name);
        _writer.Word(value);
        return Expire(key.Name, key.ExpiryMs);
    }

    public bool BeginString(in RdbKey key, long length)
    {
        _open.Begin(key, ValueType.String);
        _writer.Begin(3);
        _writer.Word("SET"u8);
        _writer.Word(key.Name);
        _writer.BeginWord(length);
        return true;
    }

    public bool AppendString(ReadOnlySpan<byte> piece)
    {
        _writer.Raw(piece);
        return true;
    }

    public bool EndString()
    {
        _writer.Raw("\r\n"u8);
        return Expire(_open.Key, _open.ExpiryMs);
    }

    public bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest)
    {
        _open.Begin(key, type);
        if (kind == PackedKind.Intset) AddIntset(bytes);
        else if (kind == PackedKind.TimedListpack) AddTimed(bytes);
        else if (kind == PackedKind.Pairs) AddPairs(bytes, type);
        else AddListpack(bytes);
        return EndCollection();
    }

    public bool BeginCollection(in RdbKey key, ValueType type, ulong count)
    {
        _open.Begin(key, type);
        if (type == ValueType.Stream) _stream.Begin(_open.Key);
        return true;
    }

    public bool OnElement(ReadOnlySpan<byte> element)
    {
        Portion();
        _writer.Add(element);
        return true;
    }

    public bool OnListNode(ReadOnlySpan<byte> listpack)
    {
        AddListpack(listpack);
        return true;
    }

    public bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs)
    {
        if (expireAtMs >= 0) _writer.EndPortion();
        Portion();
        _writer.Add(field, value);
        if (expireAtMs < 0) return true;
        _writer.EndPortion();
        _writer.Begin(6);
        _writer.Word("HPEXPIREAT"u8);
        _writer.Word(_open.Key);
        _writer.Word(expireAtMs);
        _writer.Word("FIELDS"u8);
        _writer.Word(1);
        _writer.Word(field);
        return true;
    }

    public bool OnScore(ReadOnlySpan<byte> member, double score)
    {
        Span<byte> text = stackalloc byte[Doubles.MaxLength];
        Portion();
        _writer.Add(text[..Doubles.Format(score, text)], member);
        return true;
    }

    public bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack)
    {
        _stream.AddNode(id, listpack);
        return true;
    }

    public bool OnStreamState(in RdbStreamState state)
    {
        _stream.SetState(state);
        return true;
    }

    public bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead)
    {
        _stream.BeginGroup(name, lastId, entriesRead);
        return true;
    }

    public bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries)
    {
        _stream.AddPending(id, deliveryTimeMs, deliveries);
        return true;
    }

    public bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs)
    {
        _stream.BeginConsumer(name);
        return true;
    }

    public bool OnConsumerPending(RdbStreamId id)
    {
        _stream.Claim(id);
        return true;
    }

    public bool EndCollection()
    {
        if (_open.Type == ValueType.Stream) _stream.End();
        else _writer.EndPortion();
        return Expire(_open.Key, _open.ExpiryMs);
    }

    public bool OnEmptyKey(in RdbKey key) => true;

    public bool OnScannedKey(in RdbKey key, RdbTypeInfo type) => false;

    public bool OnEnd(ulong checksum) => true;

    private bool Expire(ReadOnlySpan<byte> key, long expiryMs)
    {
        if (expiryMs < 0) return true;
        _writer.Begin(3);
        _writer.Word("PEXPIREAT"u8);
        _writer.Word(key);
        _writer.Word(expiryMs);
        return true;
    }

    private void Portion() => _writer.BeginPortion(_open.Type switch
    {
        ValueType.List => "RPUSH"u8,
        ValueType.Set => "SADD"u8,
        ValueType.SortedSet => "ZADD"u8,
        _ => "HMSET"u8,
    }, _open.Key);

    private void AddIntset(ReadOnlySpan<byte> set)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var i = 0; i < Intset.Count(set); i++) OnElement(digits[..Integers.Format(Intset.Get(set, i), digits)]);
    }

    private void AddListpack(ReadOnlySpan<byte> listpack)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var at = Listpack.First(listpack); at >= 0; at = Listpack.Next(listpack, at)) OnElement(Listpack.Get(listpack, at).Text(digits));
    }

    private void AddPairs(ReadOnlySpan<byte> pairs, ValueType type)
    {
        Span<byte> nameDigits = stackalloc byte[Integers.MaxLength];
        Span<byte> valueDigits = stackalloc byte[Integers.MaxLength];
        for (var at = PackedPairs.First(pairs); at >= 0; at = PackedPairs.Next(pairs, at))
        {
            var name = PackedPairs.Get(pairs, at).Text(nameDigits);
            var value = PackedPairs.Get(pairs, PackedPairs.After(pairs, at)).Text(valueDigits);
            if (type == ValueType.Hash)
            {
                OnField(name, value, -1);
                continue;
            }

            Portion();
            _writer.Add(value, name); // the score's own text is what Redis would write
        }
    }

    private void AddTimed(ReadOnlySpan<byte> triples)
    {
        Span<byte> name = stackalloc byte[Integers.MaxLength];
        Span<byte> value = stackalloc byte[Integers.MaxLength];
        for (var at = Listpack.First(triples); at >= 0; at = Listpack.Next(triples, TimedListpack.TimeAt(triples, at)))
        {
            OnField(Listpack.Get(triples, at).Text(name), Listpack.Get(triples, Listpack.Next(triples, at)).Text(value), TimedListpack.ExpireAtMs(triples, at));
        }
    }
}
