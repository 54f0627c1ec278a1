#if GUARDED
namespace Redouble.Storage.Keyspace;

/// <summary>
/// What a guarded build adds to a keyspace to enforce that a span over storage dies at the next write:
/// <code>
/// generation   counts writes; a record handed out remembers it, and every access through the record compares
/// lent spans   a reader's spans are over copies, which the next write fills with 0xDD: whoever kept one reads nonsense at once, not some day
/// </code>
/// Without it a stale span usually still shows the right bytes, because a freed slot is rarely reused within the same command.
/// </summary>
internal sealed class WriteGuard
{
    /// <summary>What the copies are filled with.</summary>
    public const byte Poison = 0xDD;

    /// <summary>Copies that are remembered; nobody holds more spans at a time, and a forgotten one is merely not poisoned.</summary>
    private const int LentMax = 64;

    private readonly Queue<byte[]> _lent = new();

    /// <summary>Writes so far.</summary>
    public long Generation { get; private set; }

    /// <summary>Something is about to change, move or go.</summary>
    public void OnWrite()
    {
        Generation++;
        while (_lent.TryDequeue(out var copy)) copy.AsSpan().Fill(Poison);
    }

    /// <summary>Throws when there was a write since.</summary>
    public void Check(long generation)
    {
        if (generation == Generation) return;
        throw new InvalidOperationException(
            $"A record was used after a write to the keyspace (generation {generation}, now {Generation}): look it up again, or copy it first.");
    }

    /// <summary>The same bytes, until the next write.</summary>
    public ReadOnlySpan<byte> Lend(ReadOnlySpan<byte> bytes)
    {
        // Pinned: an argument of a command may be kept as an address (NativeBytes).
        var copy = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(copy);
        if (_lent.Count == LentMax) _lent.Dequeue();
        _lent.Enqueue(copy);
        return copy;
    }
}
#endif
