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
        set => _state->DeliveredMs = value;
    }

    /// <summary>How often it was delivered.</summary>
    public ulong Deliveries
    {
        get => _state->Deliveries;
        set => _state->Deliveries = value;
    }

    /// <summary>Number of its consumer in the group; 0 for none yet.</summary>
    internal int Consumer
    {
        get => _state->Consumer;
        set => _state->Consumer = value;
    }

    /// <summary>The address as a number, for trees.</summary>
    internal nint Place => (nint)_state;

    internal static PendingEntry At(nint place) => new((PendingState*)place);

    internal static PendingEntry Create(NativeHeap heap, StreamId id, long deliveredMs, ulong deliveries)
    {
        var state = (PendingState*)heap.Allocate(sizeof(PendingState));
        *state = new PendingState { Id = id, DeliveredMs = deliveredMs, Deliveries = deliveries };
        return new PendingEntry(state);
    }

    internal void Free(NativeHeap heap) => heap.Free((byte*)_state);
}
