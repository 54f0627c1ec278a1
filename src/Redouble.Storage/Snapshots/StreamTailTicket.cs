using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// What a stream has beside its nodes, as it was at a snapshot's start. State, groups and consumers, of which there are few, are remembered at once;
/// pending entries, of which there may be millions, are emitted slice by slice while they go on changing.
/// <code>
///   state │ group: entries of all │ consumer: its own │ consumer │ … │ group │ …        each a <see cref="PendingCapture"/>
/// </code>
/// </summary>
internal sealed class StreamTailTicket(SnapshotQueue queue, CollectionStore collections)
{
    private readonly List<PendingCapture> _captures = [];
    private readonly List<StreamGroup> _groups = [];
    private readonly StreamTail _part = new();
    private int _next;
    private bool _hasBegun;

    /// <summary>Whether all of it has been emitted.</summary>
    public bool IsFinished => _hasBegun && _next == _captures.Count;

    /// <summary>Takes that of a stream.</summary>
    public void Begin(in StreamState state)
    {
        var groups = collections.Groups[state.Groups]?.All ?? [];
        _part.State(state, groups.Count);
        foreach (var group in groups)
        {
            _groups.Add(group);
            var all = new PendingCapture(this, group);
            _captures.Add(all);
            foreach (var consumer in group.Consumers) _captures.Add(new PendingCapture(all, consumer));
        }
    }

    /// <summary>A group for entries that are saved.</summary>
    public StreamGroup NewGroup() => new([], collections.Home.Heap);

    /// <summary>So many bytes of entries were saved, or are held no more.</summary>
    public void CountSaved(int bytes)
    {
        queue.HeldBytes += bytes;
        if (bytes > 0) queue.SavedBytes += bytes;
    }

    /// <summary>Frees what was saved, as far as it was not emitted.</summary>
    public void Drop(StreamGroup saved, long bytes)
    {
        queue.HeldBytes -= bytes;
        collections.Discard(saved);
    }

    /// <summary>Emits about so many entries, or until so many bytes of parts wait; returns how many were looked at.</summary>
    public int Emit(int entriesMax, long partBytesMax)
    {
        _hasBegun = true;
        var looked = 0;
        while (_next < _captures.Count && looked < entriesMax && queue.WaitingPartBytes < partBytesMax)
        {
            looked += _captures[_next].Emit(_part, out var isFinished);
            if (isFinished) _next++;
            Flush();
        }

        Flush();
        return looked;
    }

    /// <summary>Lets go of the groups, emitted or not.</summary>
    public void End()
    {
        foreach (var capture in _captures) capture.End(IsFinished);
        foreach (var group in _groups)
        {
            if (group.IsDetached) collections.Discard(group);
        }

        _captures.Clear();
        _groups.Clear();
        _part.Clear();
        _next = 0;
        _hasBegun = false;
    }

    private void Flush()
    {
        for (var i = 0; i < _part.ChunkCount; i++)
        {
            var chunk = _part.Chunk(i);
            chunk.CopyTo(queue.AppendPart(chunk.Length, Keyspace.ValueEncoding.Stream));
        }

        _part.Clear();
    }
}
