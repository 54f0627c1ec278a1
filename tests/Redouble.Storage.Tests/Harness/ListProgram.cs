using System.Globalization;
using System.Text;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A keyspace of lists, and the lists that they should be equal to.</summary>
internal sealed class ListProgram : IKeyspaceListener, IDisposable
{
    private readonly NativeHeap _heap = new();
    private readonly long _emptyBytes;

    /// <param name="maxListpackSize">list-max-listpack-size.</param>
    public ListProgram(long maxListpackSize)
    {
        Blocks = new BlockPool(_heap, retainedBytesMax: 0);
        Keyspace = new KeyspaceOfNode(1, _heap, Blocks, new KeyHash(31, 32), this)
        {
            Limits = new CollectionLimits { ListMaxListpackSize = maxListpackSize },
        };
        _emptyBytes = _heap.UsedBytes;
        Relocating = new Relocations(_heap, Keyspace, 78);
    }

    /// <summary>Rounds of defragmentation.</summary>
    public Relocations Relocating { get; }

    public BlockPool Blocks { get; }

    public KeyspaceOfNode Keyspace { get; }

    public Dictionary<string, List<string>> Model { get; } = [];

    public long UsedBytes => _heap.UsedBytes - _emptyBytes;

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public ulong Hash(string key) => Keyspace.Hash(Bytes(key));

    public void Push(string key, bool atHead, params string[] values)
    {
        var list = OpenOrCreate(key);
        list.PrepareFor(values.Sum(value => (long)value.Length), values.Length);
        foreach (var value in values)
        {
            list.Push(Bytes(value), atHead);
            Model[key].Insert(atHead ? 0 : Model[key].Count, value);
        }

        Assert.Equal(Model[key].Count, list.Count);
    }

    public void RemoveRange(string key, int start, int count)
    {
        if (!TryOpen(key, out var list)) return;
        start = Math.Min(start, Model[key].Count - 1);
        count = Math.Min(count, Model[key].Count - start);
        list.RemoveRange(start, count);
        Model[key].RemoveRange(start, count);
        Settle(key, ref list);
    }

    public void Set(string key, int index, string value)
    {
        if (!TryOpen(key, out var list)) return;
        index %= Model[key].Count;
        list.PrepareFor(value.Length, 1);
        list.Set(index, Bytes(value));
        Model[key][index] = value;
        Settle(key, ref list);
    }

    public void InsertBeside(string key, string pivot, string value, bool before)
    {
        if (!TryOpen(key, out var list)) return;
        list.PrepareFor(value.Length, 1);
        var at = Model[key].IndexOf(pivot);
        Assert.Equal(at >= 0, list.InsertBeside(Bytes(pivot), Bytes(value), before));
        if (at >= 0) Model[key].Insert(before ? at : at + 1, value);
    }

    public void RemoveEqual(string key, string value, int countMax, bool fromTail)
    {
        if (!TryOpen(key, out var list)) return;
        var removed = 0;
        for (; removed < countMax; removed++)
        {
            var at = fromTail ? Model[key].LastIndexOf(value) : Model[key].IndexOf(value);
            if (at < 0) break;
            Model[key].RemoveAt(at);
        }

        Assert.Equal(removed, list.RemoveEqual(Bytes(value), countMax, fromTail));
        Settle(key, ref list);
    }

    public void Delete(string key) => Assert.Equal(Model.Remove(key), Keyspace[0].Delete(Bytes(key), Hash(key)));

    /// <summary>COPY or RENAME over what is there.</summary>
    public void Transfer(string key, string newKey, bool move)
    {
        if (key == newKey || !Model.TryGetValue(key, out var values)) return;
        Delete(newKey);
        var database = Keyspace[0];
        Model[newKey] = [.. values];
        if (!move)
        {
            Assert.True(database.CopyRecord(Bytes(key), Hash(key), database, Bytes(newKey), Hash(newKey)));
            return;
        }

        Assert.True(database.MoveRecord(Bytes(key), Hash(key), database, Bytes(newKey), Hash(newKey)));
        Model.Remove(key);
    }

    public void Flush()
    {
        Assert.Equal(Model.Count, Keyspace.Flush(0));
        Model.Clear();
    }

    /// <summary>Every list from both ends, by index, and leaf by leaf.</summary>
    public void AssertEqual()
    {
        foreach (var (key, values) in Model) AssertEqual(key, values);
    }

    public void KeyExpired(Database database, ReadOnlySpan<byte> key)
    {
    }

    public void KeyModified(Database database, ReadOnlySpan<byte> key)
    {
    }

    /// <summary>Empties it; every byte has to come back.</summary>
    public void Dispose()
    {
        Keyspace.AbortSnapshot();
        AssertEqual();
        Flush();
        while (Keyspace.FreeSlice(1000))
        {
        }

        Assert.Equal(0, Keyspace.DataBytes);
        Assert.Equal(0, Blocks.LentBytes);
        Assert.Equal(_emptyBytes, _heap.UsedBytes);
        Keyspace.Dispose();
        Assert.Equal(0, _heap.UsedBytes);
        Blocks.Dispose();
        _heap.Dispose();
    }

    /// <summary>The elements of a node as it is written to files.</summary>
    public static IEnumerable<string> ElementsOf(ReadOnlySpan<byte> content, bool isPlain)
    {
        if (isPlain) return [Encoding.Latin1.GetString(content)];
        Assert.True(Listpack.Validate(content, out _));
        var elements = new List<string>();
        for (var at = Listpack.First(content); at >= 0; at = Listpack.Next(content, at)) elements.Add(TextOf(Listpack.Get(content, at)));
        return elements;
    }

    private static string TextOf(PackedValue value) =>
        value.IsInteger ? value.Integer.ToString(CultureInfo.InvariantCulture) : Encoding.Latin1.GetString(value.Bytes);

    private void AssertEqual(string key, List<string> values)
    {
        var record = Keyspace[0].Read(Bytes(key), Hash(key));
        Assert.Equal(ValueType.List, record.Type);
        Assert.Equal(record.IsPacked ? ValueEncoding.Listpack : ValueEncoding.QuickList, record.Encoding);
        var list = new ListReader(Keyspace, record);
        Assert.Equal(values.Count, list.Count);

        var index = 0;
        for (var cursor = list.Seek(0); !cursor.AtEnd; cursor.MoveNext()) Assert.Equal(values[index++], TextOf(cursor.Value));
        Assert.Equal(values.Count, index);
        for (var cursor = list.Seek(-1); !cursor.AtEnd; cursor.MovePrevious()) Assert.Equal(values[--index], TextOf(cursor.Value));
        Assert.Equal(0, index);
        for (; index < values.Count; index += 1 + index / 3) Assert.Equal(values[index], TextOf(list.Seek(index).Value));
        Assert.True(list.Seek(values.Count).AtEnd);
        Assert.True(list.Seek(-values.Count - 1).AtEnd);

        var elements = new List<string>();
        long nodes = 0;
        var node = list.Nodes();
        for (; node.MoveNext(); nodes++)
        {
            if (!record.IsPacked && !node.IsPlain) Assert.InRange(node.Content.Length, 1, Keyspace.Limits.ListLeafBytesMax);
            if (!record.IsPacked && !node.IsPlain) Assert.InRange(Listpack.Count(node.Content), 1, Keyspace.Limits.ListLeafEntriesMax);
            elements.AddRange(ElementsOf(node.Content, node.IsPlain));
        }

        Assert.Equal(node.Count, nodes);
        Assert.Equal(values, elements);
    }

    private ListWriter OpenOrCreate(string key)
    {
        if (TryOpen(key, out var list)) return list;
        Model[key] = [];
        return ListWriter.Create(Keyspace[0], Bytes(key), Hash(key));
    }

    private bool TryOpen(string key, out ListWriter list)
    {
        var record = Keyspace[0].OpenForWrite(Bytes(key), Hash(key));
        Assert.Equal(Model.ContainsKey(key), !record.IsMissing);
        list = new ListWriter(record);
        return !record.IsMissing;
    }

    private void Settle(string key, ref ListWriter list)
    {
        Assert.Equal(Model[key].Count, list.Count);
        if (Model[key].Count > 0) list.Shrink();
        else Delete(key);
    }
}
