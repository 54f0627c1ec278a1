using System.Text;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A keyspace with streams, and what should be in them.</summary>
internal sealed class StreamProgram : IKeyspaceListener, IDisposable
{
    private readonly NativeHeap _heap = new();
    private readonly HashSet<string> _wereLowered = [];

    public StreamProgram(long nodeBytes, long nodeEntries)
    {
        Blocks = new BlockPool(_heap, retainedBytesMax: 0);
        Keyspace = new KeyspaceOfNode(1, _heap, Blocks, new KeyHash(31, 32), this)
        {
            Limits = new CollectionLimits { StreamNodeMaxBytes = nodeBytes, StreamNodeMaxEntries = nodeEntries },
        };
    }

    private readonly struct Fields(string[] words) : IStreamFields
    {
        public int Count => words.Length;

        public ReadOnlySpan<byte> this[int index] => Bytes(words[index]);
    }

    public BlockPool Blocks { get; }

    public KeyspaceOfNode Keyspace { get; }

    /// <summary>Per key, its entries.</summary>
    public Dictionary<string, SortedDictionary<StreamId, string[]>> Model { get; } = [];

    public long UsedBytes => _heap.UsedBytes;

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public StreamValueReader Read(string key) => new(Keyspace, Keyspace[0].Read(Bytes(key), Keyspace.Hash(Bytes(key))));

    public StreamValueWriter Open(string key)
    {
        var name = Bytes(key);
        var found = Keyspace[0].ReadForWrite(name, Keyspace.Hash(name));
        if (!found.IsMissing) return new StreamValueWriter(Keyspace[0].Open(found, Keyspace.Hash(name)));
        Model.Add(key, []);
        return StreamValueWriter.Create(Keyspace[0], name, Keyspace.Hash(name));
    }

    public void Append(string key, StreamId id, params string[] words)
    {
        Open(key).Append(id, new Fields(words));
        Model[key].Add(id, words);
    }

    public void Delete(string key, StreamId id) => Assert.Equal(Model[key].Remove(id), Open(key).Delete(id));

    public void Trim(string key, StreamTrim trim)
    {
        var removed = Open(key).Trim(trim);
        var model = Model[key];
        Assert.True(removed <= model.Count);
        var most = trim.IsByLength ? Math.Max(0, model.Count - trim.MaxLength) : model.Keys.Count(id => id < trim.MinId);
        Assert.True(removed <= most, $"{removed} of {most} entries");
        if (!trim.IsApproximate && (trim.IsByLength || !_wereLowered.Contains(key))) Assert.Equal(most, removed);
        foreach (var id in model.Keys.Take((int)removed).ToList()) model.Remove(id);
    }

    /// <summary>Sets the last id below what was deleted. A cut by id may then end before an entry that is deleted, as in Redis.</summary>
    public void Lower(string key, StreamId last)
    {
        _wereLowered.Add(key);
        Open(key).SetLastId(last);
    }

    public void Remove(string key)
    {
        Model.Remove(key);
        _wereLowered.Remove(key);
        Assert.True(Keyspace[0].Delete(Bytes(key), Keyspace.Hash(Bytes(key))));
    }

    public void AssertEqual()
    {
        foreach (var (key, entries) in Model)
        {
            var stream = Read(key);
            Assert.Equal(entries.Count, stream.Length);
            Assert.Equal(entries.Select(Text), EntriesOf(stream, StreamId.Min, StreamId.Max, isReverse: false));
            Assert.Equal(entries.Reverse().Select(Text), EntriesOf(stream, StreamId.Min, StreamId.Max, isReverse: true));
            Assert.Equal(entries.Count == 0 ? default : entries.Keys.First(), stream.FirstId);
            Assert.Equal(entries.Count == 0 ? default : entries.Keys.Last(), stream.LastEntryId());
        }
    }

    public void AssertRange(string key, StreamId low, StreamId high)
    {
        var between = Model[key].Where(entry => entry.Key >= low && entry.Key <= high).Select(Text).ToList();
        Assert.Equal(between, EntriesOf(Read(key), low, high, isReverse: false));
        between.Reverse();
        Assert.Equal(between, EntriesOf(Read(key), low, high, isReverse: true));
    }

    public static string Text(KeyValuePair<StreamId, string[]> entry) => $"{entry.Key} {string.Join(' ', entry.Value)}";

    public static List<string> EntriesOf(StreamValueReader stream, StreamId low, StreamId high, bool isReverse)
    {
        List<string> entries = [];
        for (var cursor = stream.Range(low, high, isReverse); cursor.MoveNext();) entries.Add(TextOf(ref cursor));
        return entries;
    }

    public void KeyModified(Database database, ReadOnlySpan<byte> key)
    {
    }

    public void KeyExpired(Database database, ReadOnlySpan<byte> key)
    {
    }

    public void KeyAdded(Database database, ReadOnlySpan<byte> key)
    {
    }

    public void KeyRemoved(Database database, ReadOnlySpan<byte> key)
    {
    }

    public void Dispose()
    {
        Keyspace.Dispose();
        Assert.Equal(0, Keyspace.DataBytes);
        Assert.Equal(0, _heap.UsedBytes);
        Blocks.Dispose();
        _heap.Dispose();
    }

    private static string TextOf(ref StreamCursor cursor)
    {
        var text = new StringBuilder(cursor.Id.ToString());
        Span<byte> digits = stackalloc byte[20];
        for (var left = cursor.FieldCount; left > 0; left--)
        {
            cursor.ReadField(out var name, out var value);
            text.Append(' ').Append(Encoding.Latin1.GetString(name.Text(digits)));
            text.Append(' ').Append(Encoding.Latin1.GetString(value.Text(digits)));
        }

        return text.ToString();
    }
}
