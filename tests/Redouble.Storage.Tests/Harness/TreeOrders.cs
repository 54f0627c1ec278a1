using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Harness;

/// <summary>The smallest nodes whose thirds and halves differ: deep trees of few entries.</summary>
internal readonly struct TinyOrdered : ITreeOrder
{
    public static bool IsWeighted => false;

    public static int LeafCapacity => 6;

    public static int InnerCapacity => 6;
}

/// <summary>The same with weights.</summary>
internal readonly struct TinyWeighted : ITreeOrder
{
    public static bool IsWeighted => true;

    public static int LeafCapacity => 7;

    public static int InnerCapacity => 6;
}

/// <summary>Before the first entry of at least this key, or with items, of at least this key and item.</summary>
internal readonly struct AtLeast(ulong key, nint item = 0) : ITreeProbe
{
    public bool LiesAfter(in TreeEntry entry) => entry.Key != key ? entry.Key < key : entry.Item < item;
}

/// <summary>Before the first entry above this key.</summary>
internal readonly struct Above(ulong key) : ITreeProbe
{
    public bool LiesAfter(in TreeEntry entry) => entry.Key <= key;
}
