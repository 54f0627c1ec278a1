using System.Text;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>One string key as it was written or read.</summary>
internal sealed record StringRecord(int Db, string Key, string Value, long ExpiryMs = -1, long IdleSeconds = -1, int Frequency = -1);

/// <summary>What a reader delivered. Bytes are kept as Latin-1 text, so that records compare.</summary>
internal sealed class Recording
{
    public List<StringRecord> Strings { get; } = [];

    public List<string> Log { get; } = [];

    public StringBuilder? Pieces { get; set; }

    public StringRecord? InPieces { get; set; }

    public long Announced { get; set; }

    public int Db { get; set; }

    public int LongestPiece { get; set; }

    /// <summary>The number of the call that answers false; 0 for none.</summary>
    public int RefusedCall { get; set; }

    public int Calls { get; set; }
}

internal readonly struct RecordingTarget(Recording recording) : IRdbTarget
{
    public Recording Recording => recording;

    public bool OnHeader(RdbFlavor flavor, int version) => Log($"header {flavor} {version}");

    public bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Log($"aux {Text(name)}={Text(value)}");

    public bool OnSelectDb(int db)
    {
        recording.Db = db;
        return Log($"select {db}");
    }

    public bool OnResizeDb(ulong keys, ulong expires) => Log($"resize {keys} {expires}");

    public bool OnFunction(ReadOnlySpan<byte> library) => Log($"function {Text(library)}");

    public bool OnString(in RdbKey key, ReadOnlySpan<byte> value)
    {
        Assert.True(value.Length <= RdbReader.WholeValueMax);
        recording.Strings.Add(Record(key, Text(value)));
        return Accept();
    }

    public bool BeginString(in RdbKey key, long length)
    {
        Assert.True(length > RdbReader.WholeValueMax);
        recording.InPieces = Record(key, string.Empty);
        recording.Pieces = new StringBuilder();
        recording.Announced = length;
        return Accept();
    }

    public bool AppendString(ReadOnlySpan<byte> piece)
    {
        Assert.False(piece.IsEmpty);
        recording.LongestPiece = Math.Max(recording.LongestPiece, piece.Length);
        recording.Pieces!.Append(Text(piece));
        return Accept();
    }

    public bool EndString()
    {
        Assert.Equal(recording.Announced, recording.Pieces!.Length);
        recording.Strings.Add(recording.InPieces! with { Value = recording.Pieces.ToString() });
        return Accept();
    }

    public bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest)
    {
        if (kind == PackedKind.TimedListpack) return OnTimed(key, bytes);
        if (kind == PackedKind.Pairs)
        {
            var listpack = new byte[PackedPairs.ListpackRoom(bytes)];
            bytes = listpack.AsSpan(0, PackedPairs.ToListpack(bytes, listpack));
        }

        if (kind != PackedKind.Intset) AssertSound(bytes);
        else Assert.True(Intset.Validate(bytes) && Intset.Count(bytes) > 0);
        return Log($"packed {type} {Text(key.Name)}{Meta(key)} {kind} {Convert.ToHexStringLower(bytes)}");
    }

    // As if its fields had come one by one.
    private bool OnTimed(in RdbKey key, ReadOnlySpan<byte> triples)
    {
        AssertSound(triples);
        Assert.True(TimedListpack.IsInOrder(triples));
        var accepted = BeginCollection(key, ValueType.Hash, (ulong)Listpack.Count(triples) / TimedListpack.EntriesPerField);
        for (var at = Listpack.First(triples); at >= 0 && accepted;)
        {
            var valueAt = Listpack.Next(triples, at);
            var field = Listpack.Get(triples, at).Text(new byte[20]);
            accepted = OnField(field, Listpack.Get(triples, valueAt).Text(new byte[20]), TimedListpack.ExpireAtMs(triples, at));
            at = Listpack.Next(triples, Listpack.Next(triples, valueAt));
        }

        return accepted && EndCollection();
    }

    public bool BeginCollection(in RdbKey key, ValueType type, ulong count) => Log($"begin {type} {Text(key.Name)}{Meta(key)} {count}");

    public bool OnElement(ReadOnlySpan<byte> element) => Log($"element {Text(element)}");

    public bool OnListNode(ReadOnlySpan<byte> listpack)
    {
        AssertSound(listpack);
        return Log($"node {Convert.ToHexStringLower(listpack)}");
    }

    public bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) =>
        Log($"field {Text(field)}={Text(value)}{(expireAtMs >= 0 ? $" @{expireAtMs}" : string.Empty)}");

    public bool OnScore(ReadOnlySpan<byte> member, double score) => Log(FormattableString.Invariant($"score {Text(member)}={score:R}"));

    public bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack)
    {
        AssertSound(listpack);
        return Log($"node {id} {Convert.ToHexStringLower(listpack)}");
    }

    public bool OnStreamState(in RdbStreamState state) =>
        Log($"state {state.Length} last {state.LastId} first {state.FirstId} deleted {state.MaxDeletedId} added {state.EntriesAdded}");

    public bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead) => Log($"group {Text(name)} {lastId} {entriesRead}");

    public bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries) => Log($"pending {id} {deliveryTimeMs} {deliveries}");

    public bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs) => Log($"consumer {Text(name)} {seenMs} {activeMs}");

    public bool OnConsumerPending(RdbStreamId id) => Log($"mine {id}");

    public bool EndCollection() => Log("end of value");

    public bool OnEmptyKey(in RdbKey key) => Log($"empty {Text(key.Name)}");

    public bool OnScannedKey(in RdbKey key, RdbTypeInfo type) => Log($"{type.Name} {Text(key.Name)}");

    public bool OnEnd(ulong checksum) => Log("end");

    internal static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    internal static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static void AssertSound(ReadOnlySpan<byte> listpack) => Assert.True(Listpack.Validate(listpack, out var count) && count > 0);

    private StringRecord Record(in RdbKey key, string value) =>
        new(recording.Db, Text(key.Name), value, key.ExpiryMs, key.IdleSeconds, key.Frequency);

    private static string Meta(in RdbKey key) =>
        (key.ExpiryMs < 0 ? string.Empty : $" @{key.ExpiryMs}") + (key.IdleSeconds < 0 ? string.Empty : $" idle {key.IdleSeconds}") +
        (key.Frequency < 0 ? string.Empty : $" frequency {key.Frequency}");

    private bool Log(string line)
    {
        recording.Log.Add(line);
        return Accept();
    }

    private bool Accept() => ++recording.Calls != recording.RefusedCall;
}
