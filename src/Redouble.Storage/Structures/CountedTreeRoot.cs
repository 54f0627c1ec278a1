using System.Runtime.InteropServices;

namespace Redouble.Storage.Structures;

/// <summary>
/// All that a <see cref="CountedTree{TOrder}"/> keeps outside its nodes. It lies in the collection's root; zeroed it is an empty tree without any memory.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CountedTreeRoot
{
    /// <summary>The topmost node; a leaf where <see cref="Height"/> is 0; none in an empty tree.</summary>
    internal TreeNode Node;

    /// <summary>Levels of inner nodes.</summary>
    internal int Height;

    private long _count;
    private long _weight;
    private long _bytes;

    /// <summary>Entries.</summary>
    public long Count { readonly get => _count; internal set => _count = value; }

    /// <summary>Weight of all entries.</summary>
    public long Weight { readonly get => _weight; internal set => _weight = value; }

    /// <summary>Bytes that the nodes take of the heap, as it rounds them.</summary>
    public long Bytes { readonly get => _bytes; internal set => _bytes = value; }
}
