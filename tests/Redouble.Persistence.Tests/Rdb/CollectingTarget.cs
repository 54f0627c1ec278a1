using System.Globalization;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>Builds values as text, in one form whatever their encoding: see <see cref="ServerValues"/>.</summary>
internal sealed class CollectingTarget : IRdbTarget
{
    private readonly List<string> _items = [];
    private readonly List<string> _groups = [];
    private readonly SortedDictionary<RdbStreamId, (long Time, ulong Deliveries, string Consumer)> _pending = [];
    private readonly List<string> _consumers = [];
    private string _key = string.Empty;
    private string _consumer = string.Empty;
    private string? _group;
    private string _state = string.Empty;
    private ValueType _type;

    public Dictionary<string, string> Values { get; } = [];

    public bool OnHeader(RdbFlavor flavor, int version) => true;

    public bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => true;

    public bool OnSelectDb(int db) => true;

    public bool OnResizeDb(ulong keys, ulong expires) => true;

    public bool OnFunction(ReadOnlySpan<byte> library) => true;

    public bool OnString(in RdbKey key, ReadOnlySpan<byte> value)
    {
        Values[Text(key.Name)] = Text(value);
        return true;
    }

    public bool BeginString(in RdbKey key, long length) => throw new NotSupportedException();

    public bool AppendString(ReadOnlySpan<byte> piece) => throw new NotSupportedException();

    public bool EndString() => throw new NotSupportedException();

    public bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest)
    {
        BeginCollection(key, type, 1);
        if (kind == PackedKind.Intset)
        {
            for (var i = 0; i < Intset.Count(bytes); i++) _items.Add($"{Intset.Get(bytes, i)}");
            return EndCollection();
        }

        if (kind == PackedKind.Pairs)
        {
            var listpack = new byte[PackedPairs.ListpackRoom(bytes)];
            bytes = listpack.AsSpan(0, PackedPairs.ToListpack(bytes, listpack));
        }

        var texts = Texts(bytes);
        if (type is ValueType.List or ValueType.Set) _items.AddRange(texts);
        else if (kind == PackedKind.TimedListpack) _items.AddRange(texts.Chunk(3).Select(triple => $"{triple[0]}={triple[1]}"));
        else if (type == ValueType.Hash) _items.AddRange(texts.Chunk(2).Select(pair => $"{pair[0]}={pair[1]}"));
        else _items.AddRange(texts.Chunk(2).Select(pair => ServerValues.Score(pair[0], ServerValues.ParseScore(pair[1]))));
        return EndCollection();
    }

    public bool BeginCollection(in RdbKey key, ValueType type, ulong count)
    {
        Assert.True(count > 0);
        _key = Text(key.Name);
        _type = type;
        _items.Clear();
        _groups.Clear();
        _group = null;
        return true;
    }

    public bool OnElement(ReadOnlySpan<byte> element)
    {
        _items.Add(Text(element));
        return true;
    }

    public bool OnListNode(ReadOnlySpan<byte> listpack)
    {
        _items.AddRange(Texts(listpack));
        return true;
    }

    public bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs)
    {
        Assert.Equal(-1, expireAtMs);
        _items.Add($"{Text(field)}={Text(value)}");
        return true;
    }

    public bool OnScore(ReadOnlySpan<byte> member, double score)
    {
        _items.Add(ServerValues.Score(Text(member), score));
        return true;
    }

    public bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack)
    {
        var items = new Queue<string>(Texts(listpack));
        long Number() => long.Parse(items.Dequeue(), CultureInfo.InvariantCulture);
        var left = Number() + Number();
        var master = Enumerable.Range(0, (int)Number()).Select(_ => items.Dequeue()).ToArray();
        Assert.Equal(0, Number());
        for (; left > 0; left--)
        {
            var flags = Number();
            var name = $"{id.Ms + (ulong)Number()}-{id.Sequence + (ulong)Number()}";
            var pairs = (flags & 2) != 0
                ? master.Select(field => $"{field}={items.Dequeue()}").ToArray()
                : Enumerable.Range(0, (int)Number()).Select(_ => $"{items.Dequeue()}={items.Dequeue()}").ToArray();
            Assert.True(Number() > 3);
            if ((flags & 1) == 0) _items.Add($"{name} {string.Join(',', pairs)}");
        }

        return true;
    }

    public bool OnStreamState(in RdbStreamState state)
    {
        Assert.Equal((ulong)_items.Count, state.Length);
        _state = $"{state.Length} {state.LastId} {state.MaxDeletedId} {state.EntriesAdded} {state.FirstId}";
        return true;
    }

    public bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead)
    {
        EndGroup();
        _group = $"{Text(name)} {lastId} {entriesRead}";
        return true;
    }

    public bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries)
    {
        _pending.Add(id, (deliveryTimeMs, deliveries, string.Empty));
        return true;
    }

    public bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs)
    {
        Assert.Equal(seenMs, activeMs);
        _consumer = Text(name);
        _consumers.Add($"{_consumer}@{seenMs}");
        return true;
    }

    public bool OnConsumerPending(RdbStreamId id)
    {
        _pending[id] = _pending[id] with { Consumer = _consumer };
        return true;
    }

    public bool EndCollection()
    {
        EndGroup();
        var value = _type switch
        {
            ValueType.List => ServerValues.Join(_items),
            ValueType.Stream => ServerValues.Join([.. _items, _state, .. _groups]),
            _ => ServerValues.Join(_items.Order(StringComparer.Ordinal)),
        };
        Values[_key] = value;
        return true;
    }

    public bool OnEmptyKey(in RdbKey key) => throw new NotSupportedException();

    public bool OnScannedKey(in RdbKey key, RdbTypeInfo type) => throw new NotSupportedException();

    public bool OnEnd(ulong checksum) => true;

    private static string Text(ReadOnlySpan<byte> bytes) => RecordingTarget.Text(bytes);

    private static List<string> Texts(ReadOnlySpan<byte> listpack)
    {
        var texts = new List<string>();
        Span<byte> digits = stackalloc byte[20];
        for (var at = Listpack.First(listpack); at >= 0; at = Listpack.Next(listpack, at)) texts.Add(Text(Listpack.Get(listpack, at).Text(digits)));
        return texts;
    }

    private void EndGroup()
    {
        if (_group == null) return;
        var pending = _pending.Select(entry => $"{entry.Key} {entry.Value.Consumer} {entry.Value.Time} {entry.Value.Deliveries}");
        _groups.Add($"{_group} [{string.Join(',', pending)}] [{string.Join(',', _consumers.Order(StringComparer.Ordinal))}]");
        _group = null;
        _pending.Clear();
        _consumers.Clear();
    }
}
