using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// What an RDB is read into. Every call may answer false: the read then ends with <see cref="RdbErrorKind.Refused"/>, and the target knows
/// why. Spans are valid during the call. Implement it as a struct (around a reference where it has state): the reader is then compiled
/// for it alone.
/// <code>
/// a value comes as
/// string      OnString  |  BeginString AppendString… EndString
/// compact     OnPacked                                                     listpack or intset, checked
/// list        BeginCollection (OnElement | OnListNode)… EndCollection      in order
/// set         BeginCollection OnElement… EndCollection
/// hash        BeginCollection OnField… EndCollection
/// sorted set  BeginCollection OnScore… EndCollection                       in any order
/// stream      BeginCollection OnStreamNode… OnStreamState
///             (OnStreamGroup OnPending… (OnConsumer OnConsumerPending…)…)… EndCollection
/// </code>
/// Members of sets, hashes and sorted sets that come one by one may repeat in a broken file: the target has the table and says no.
/// When a read fails, a collection that has begun does not end: what was built of it is to be dropped.
/// </summary>
public interface IRdbTarget
{
    /// <summary>The magic and format version were read.</summary>
    bool OnHeader(RdbFlavor flavor, int version);

    /// <summary>An auxiliary field. Unknown ones are to be ignored.</summary>
    bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>The following keys are of database <paramref name="db"/>.</summary>
    bool OnSelectDb(int db);

    /// <summary>A hint at the size of the selected database; it may lie.</summary>
    bool OnResizeDb(ulong keys, ulong expires);

    /// <summary>The source text of a function library.</summary>
    bool OnFunction(ReadOnlySpan<byte> library);

    /// <summary>A string of at most <see cref="RdbReader.WholeValueMax"/> bytes.</summary>
    bool OnString(in RdbKey key, ReadOnlySpan<byte> value);

    /// <summary>
    /// A longer string begins. <paramref name="length"/> is what the file announces, bytes: take memory for what has arrived, not for it.
    /// </summary>
    bool BeginString(in RdbKey key, long length);

    /// <summary>Its next bytes.</summary>
    bool AppendString(ReadOnlySpan<byte> piece);

    /// <summary>It is complete: as many bytes as announced were appended.</summary>
    bool EndString();

    /// <summary>
    /// A value that was one listpack or intset, checked: its structure is sound and it is not empty; a set and a hash have no member twice,
    /// an intset is strictly ascending; a hash's times are in order; a sorted set's scores are numbers and its pairs in the order of score and
    /// member, none twice.
    /// How many entries and bytes may stay packed is for the target to say.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="type">Type of the value.</param>
    /// <param name="kind">What the bytes are.</param>
    /// <param name="bytes">All of them.</param>
    /// <param name="longest">Bytes of the listpack's longest entry.</param>
    bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest);

    /// <summary>
    /// A collection begins; its elements follow. It has at least one, unless it is a stream. <paramref name="count"/> is what the file
    /// announces, of elements, or of nodes for lists and streams: a hint that may lie.
    /// </summary>
    bool BeginCollection(in RdbKey key, ValueType type, ulong count);

    /// <summary>The next element of a list, or a member of a set, of any length.</summary>
    bool OnElement(ReadOnlySpan<byte> element);

    /// <summary>The next elements of a list: a listpack that is sound and not empty.</summary>
    bool OnListNode(ReadOnlySpan<byte> listpack);

    /// <summary>A field of a hash. <paramref name="expireAtMs"/> is in milliseconds since 1970, -1 for none.</summary>
    bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs);

    /// <summary>A member of a sorted set; the score is a number or an infinity.</summary>
    bool OnScore(ReadOnlySpan<byte> member, double score);

    /// <summary>
    /// The next node of a stream: the id that the ids in it are relative to, and a listpack that is laid out as Redis' nodes are. Ids ascend,
    /// within the node and from node to node, over the entries that are not deleted; those of nodes ascend, too.
    /// </summary>
    bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack);

    /// <summary>What a stream says of itself; behind its nodes, before its groups.</summary>
    bool OnStreamState(in RdbStreamState state);

    /// <summary>
    /// A consumer group. <paramref name="entriesRead"/> is -1 when it is not known. The target says no to a name that comes twice.
    /// </summary>
    bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead);

    /// <summary>An entry that the group has delivered and nobody acknowledged. Ids ascend.</summary>
    bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries);

    /// <summary>A consumer of the group. The target says no to a name that comes twice.</summary>
    bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs);

    /// <summary>An entry that is pending for this consumer. Ids ascend. The target says no to one that is not pending for the group.</summary>
    bool OnConsumerPending(RdbStreamId id);

    /// <summary>The collection is complete.</summary>
    bool EndCollection();

    /// <summary>A collection without elements, which no server writes: Redis leaves the key out and says so in its log.</summary>
    bool OnEmptyKey(in RdbKey key);

    /// <summary>A scan met a value of any type and will walk over it.</summary>
    bool OnScannedKey(in RdbKey key, RdbTypeInfo type);

    /// <summary>The RDB is complete. <paramref name="checksum"/> is the one it carries, 0 when none.</summary>
    bool OnEnd(ulong checksum);
}
