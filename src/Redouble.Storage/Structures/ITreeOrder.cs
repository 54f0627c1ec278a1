namespace Redouble.Storage.Structures;

/// <summary>What kind of <see cref="CountedTree{TOrder}"/> it is: constants to the JIT, which writes one tree for each.</summary>
internal interface ITreeOrder
{
    /// <summary>Whether an entry weighs as much as its key says; otherwise each weighs 1.</summary>
    static abstract bool IsWeighted { get; }

    /// <summary>Entries of a leaf: a node of 1,016 bytes.</summary>
    static virtual int LeafCapacity => 63;

    /// <summary>Children of an inner node: 1,000 bytes.</summary>
    static virtual int InnerCapacity => 31;
}

/// <summary>Entries in the order of a key, found by <see cref="ITreeProbe"/> or by rank (sorted sets, streams).</summary>
internal readonly struct OrderedEntries : ITreeOrder
{
    public static bool IsWeighted => false;
}

/// <summary>Entries where they were put, each for as many elements as its key says, found by the index of an element (lists).</summary>
internal readonly struct WeightedEntries : ITreeOrder
{
    public static bool IsWeighted => true;
}

/// <summary>
/// A place in the order: before the first entry that is at least x, or above x, whichever the probe asks. The implementation should be inlined.
/// </summary>
internal interface ITreeProbe
{
    /// <summary>Whether the place lies after the entry: true for all entries up to the place, false for all from there.</summary>
    bool LiesAfter(in TreeEntry entry);
}

/// <summary>Something done with entries of a tree, one after the other.</summary>
internal interface ITreeVisitor
{
    void Visit(in TreeEntry entry);
}
