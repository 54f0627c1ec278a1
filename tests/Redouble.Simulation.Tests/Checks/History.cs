using System.Runtime.InteropServices;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// All that is known of the history under one replid: its bytes, and the states of data sets at its offsets, each as the first node had it
/// that was seen there. Up to <see cref="Base"/> it is the history that it continues.
/// </summary>
internal sealed class History(string id, History? parent, long start)
{
    private const ushort Unknown = ushort.MaxValue;

    private readonly List<ushort> _bytes = [];
    private readonly Dictionary<long, (ulong Digest, Process Node)> _states = [];

    /// <summary>Offset before its first own byte.</summary>
    public long Base { get; } = start;

    /// <summary>Whether it is known which one it continues.</summary>
    public bool HasParent => parent != null;

    public override string ToString() => id[..8];

    /// <summary>The state first seen at the offset: the given one if there was none.</summary>
    public (ulong Digest, Process Node) StateAt(long offset, ulong digest, Process node)
    {
        if (offset <= Base && parent != null) return parent.StateAt(offset, digest, node);
        ref var state = ref CollectionsMarshal.GetValueRefOrAddDefault(_states, offset, out var exists);
        if (!exists) state = (digest, node);
        return state;
    }

    /// <summary>
    /// Up to where a node at <paramref name="offset"/> of this history and one of another have the same, by the two names that each has; -1 for nowhere.
    /// </summary>
    public long SharedWith(History other, long offset, long otherOffset)
    {
        long shared = -1;
        foreach (var (mine, end) in Names(offset))
        {
            foreach (var (theirs, theirEnd) in other.Names(otherOffset))
            {
                if (mine == theirs) shared = Math.Max(shared, Math.Min(end, theirEnd));
            }
        }

        return shared;
    }

    /// <summary>Its bytes at these offsets, the last included; null when some were never seen.</summary>
    public byte[]? Bytes(long from, long to)
    {
        var bytes = new byte[to - from + 1];
        for (var offset = from; offset <= to; offset++)
        {
            if (ByteAt(offset) is not { } value) return null;
            bytes[offset - from] = value;
        }

        return bytes;
    }

    private byte? ByteAt(long offset)
    {
        if (offset <= Base) return parent?.ByteAt(offset);
        var at = offset - Base - 1;
        return at < _bytes.Count && _bytes[(int)at] != Unknown ? (byte)_bytes[(int)at] : null;
    }

    private IEnumerable<(History History, long End)> Names(long offset)
    {
        yield return (this, offset);
        if (parent != null) yield return (parent, Math.Min(offset, Base));
    }

    /// <summary>Whether the history has, or can take, these bytes behind <paramref name="offset"/>.</summary>
    public bool Agrees(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset < Base)
        {
            var before = (int)Math.Min(bytes.Length, Base - offset);
            if (parent != null && !parent.Agrees(offset, bytes[..before])) return false;
            offset += before;
            bytes = bytes[before..];
        }

        if (bytes.IsEmpty) return true;
        var at = (int)(offset - Base);
        while (_bytes.Count < at + bytes.Length) _bytes.Add(Unknown);
        var known = CollectionsMarshal.AsSpan(_bytes).Slice(at, bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (known[i] == Unknown) known[i] = bytes[i];
            else if (known[i] != bytes[i]) return false;
        }

        return true;
    }
}
