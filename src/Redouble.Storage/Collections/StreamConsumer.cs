using Redouble.Core.Memory;
using Redouble.Storage.Snapshots;

namespace Redouble.Storage.Collections;

/// <summary>A consumer of a group.</summary>
public sealed class StreamConsumer : INamed
{
    private readonly byte[] _name;

    internal StreamConsumer(byte[] name, int number, NativeHeap heap)
    {
        _name = name;
        Number = number;
        Pending = new PendingTree(heap);
    }

    /// <summary>Its name.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>When it last asked for something, unix time in milliseconds.</summary>
    public long SeenMs { get; set; }

    /// <summary>When it last got something, or -1.</summary>
    public long ActiveMs { get; set; } = -1;

    /// <summary>Entries it has got and not acknowledged.</summary>
    public long PendingCount => Pending.Count;

    internal int Number { get; }

    internal PendingTree Pending { get; }

    /// <summary>What the running snapshot has taken of it and not emitted yet.</summary>
    internal PendingCapture? Capture { get; set; }

    /// <summary>Its pending entries, from an id on.</summary>
    public PendingCursor PendingFrom(StreamId id) => Pending.From(id);
}
