using System.Runtime.InteropServices;
using Redouble.Storage.Collections;

namespace Redouble.Storage.Structures;

/// <summary>What a stream keeps beside its nodes, in native memory: the <see cref="Collection.Extra"/> of its root.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StreamState
{
    /// <summary>Entries that are not deleted.</summary>
    public long Length;

    /// <summary>Entries that were ever added.</summary>
    public ulong EntriesAdded;

    /// <summary>The greatest id that was ever given.</summary>
    public StreamId LastId;

    /// <summary>The id of the first entry; 0-0 when there is none.</summary>
    public StreamId FirstId;

    /// <summary>The greatest id that was deleted.</summary>
    public StreamId MaxDeletedId;

    /// <summary>Where its groups are in <see cref="StreamGroupTable"/>; 0 for none.</summary>
    public int Groups;

    /// <summary>That of a stream; it stays where it is as long as the stream.</summary>
    public static ref StreamState Of(Collection stream) => ref *(StreamState*)stream.Extra;

    /// <summary>Gives a new stream its state.</summary>
    public static void Create(Collection stream, TableHome home)
    {
        var state = (StreamState*)home.Heap.Allocate(sizeof(StreamState));
        *state = default;
        stream.Extra = (nint)state;
    }

    /// <summary>Frees a stream's state.</summary>
    public static void Free(Collection stream, TableHome home)
    {
        home.Heap.Free((byte*)stream.Extra);
        stream.Extra = 0;
    }
}
