using System.Runtime.InteropServices;

namespace Redouble.Storage.Structures;

/// <summary>What a <see cref="CountedTree{TOrder}"/> holds: a number, and the address of something that the tree does not own. 16 bytes.</summary>
/// <param name="key">A score, or the weight of the entry; see <see cref="ITreeOrder"/>.</param>
/// <param name="item">The address.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct TreeEntry(ulong key, nint item)
{
    public readonly ulong Key = key;

    public readonly nint Item = item;

    public TreeEntry(ulong key, byte* item)
        : this(key, (nint)item)
    {
    }

    /// <summary>The item for those who may follow it.</summary>
    public byte* Address => (byte*)Item;
}
