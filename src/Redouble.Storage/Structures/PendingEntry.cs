using System.Runtime.InteropServices;
using Redouble.Core.Memory;
using Redouble.Storage.Collections;

namespace Redouble.Storage.Structures;

/// <summary>The state of a <see cref="PendingEntry"/>, in native memory: 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PendingState
{
    public StreamId Id;
    public long DeliveredMs;
    public ulong Deliveries;
    public int Consumer;
    public ushort Stamp;
    public ushort ConsumerStamp;
}

/// <summary>
/// An entry of a stream that a group has delivered and nobody has acknowledged, in one native allocation. The group's tree of pending entries
/// owns it; the tree of its consumer refers to it, too.
/// </summary>
public readonly unsafe struct PendingEntry
{
    // Invariant: what Create allocated and Free has not freed.
    private readonly PendingState* _state;

    private PendingEntry(PendingState* state) => _state = state;

    /// <summary>Id of the entry.</summary>
    public StreamId Id => _state->Id;

    /// <summary>When it was delivered last, unix time in milliseconds.</summary>
    public long DeliveredMs
    {
        get => _state->DeliveredMs;
        internal set => _state->DeliveredMs = value;
    }

    /// <summary>How often it was delivered.</summary>
    public ulong Deliveries
    {
        get => _state->Deliveries;
        internal set => _state->Deliveries = value;
    }

    /// <summary>Number of its consumer in the group; 0 for none yet.</summary>
    internal int Consumer
    {
        get => _state->Consumer;
        set => _state->Consumer = value;
    }

    /// <summary>Number of the group's capture in which it came, or was emitted as one of the group's entries.</summary>
    internal ushort Stamp
    {
        get => _state->Stamp;
        set => _state->Stamp = value;
    }

    /// <summary>The same for being one of its consumer's entries.</summary>
    internal ushort ConsumerStamp
    {
        get => _state->ConsumerStamp;
        set => _state->ConsumerStamp = value;
    }

    /// <summary>Bytes that each takes of the heap.</summary>
    internal static long Bytes => NativeHeap.RoundedSize(sizeof(PendingState));

    /// <summary>The address as a number, for trees.</summary>
    internal nint Place => (nint)_state;

    internal static PendingEntry At(nint place) => new((PendingState*)place);

    internal static PendingEntry Create(NativeHeap heap, StreamId id, long deliveredMs, ulong deliveries, ushort stamp)
    {
        var state = (PendingState*)heap.Allocate(sizeof(PendingState));
        *state = new PendingState { Id = id, DeliveredMs = deliveredMs, Deliveries = deliveries, Stamp = stamp, ConsumerStamp = stamp };
        return new PendingEntry(state);
    }

    internal void Free(NativeHeap heap) => heap.Free((byte*)_state);
}
