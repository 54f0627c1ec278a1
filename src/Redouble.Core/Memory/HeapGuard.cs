#if GUARDED
namespace Redouble.Core.Memory;

/// <summary>
/// What a guarded build adds to a heap, to turn silent damage into an exception near its cause:
/// <code>
/// live     | object, usable size … | canary, 8 × 0xFD |      checked when it is freed: written past the end, freed twice, not ours
/// freed    | 0xDD …                                   |      in a queue; checked when it leaves it: written after it was freed
/// </code>
/// A reader of a freed object finds 0xDD for as long as the object is in quarantine; records take it as a sign (their flags are below 32).
/// </summary>
internal sealed unsafe class HeapGuard(NativeHeap heap)
{
    public const int CanarySize = 8;

    /// <summary>What freed memory is filled with.</summary>
    public const byte Poison = 0xDD;

    private const byte Canary = 0xFD;
    private const int ObjectsMax = 4096;
    private const long BytesMax = 4 << 20;

    private readonly Queue<nint> _quarantine = new();

    /// <summary>Bytes of freed objects that have not been given back to the heap.</summary>
    public long QuarantinedBytes { get; private set; }

    /// <summary>Writes the canary of a new object.</summary>
    public byte* Arm(byte* allocated)
    {
        var size = NativeHeap.AllocatedSize(allocated);
        new Span<byte>(allocated + size - CanarySize, CanarySize).Fill(Canary);
        return allocated;
    }

    /// <summary>Throws if the canary of an object is not there.</summary>
    public static void Check(byte* live)
    {
        var size = NativeHeap.AllocatedSize(live);
        if (!new ReadOnlySpan<byte>(live + size - CanarySize, CanarySize).ContainsAnyExcept(Canary)) return;
        throw new InvalidOperationException($"The object at 0x{(long)live:x}, {size} bytes, was written past its end or freed twice.");
    }

    /// <summary>Takes a freed object.</summary>
    public void Retire(byte* freed)
    {
        var size = NativeHeap.AllocatedSize(freed);
        Check(freed);
        Fill(freed, size);
        _quarantine.Enqueue((nint)freed);
        QuarantinedBytes += size;
        while (_quarantine.Count > ObjectsMax || QuarantinedBytes > BytesMax) ReleaseOldest();
    }

    /// <summary>Empties the quarantine.</summary>
    public void Release()
    {
        while (_quarantine.Count > 0) ReleaseOldest();
    }

    private void ReleaseOldest()
    {
        var freed = (byte*)_quarantine.Dequeue();
        var size = NativeHeap.AllocatedSize(freed);
        for (long at = 0; at < size; at += 1 << 30)
        {
            if (!new ReadOnlySpan<byte>(freed + at, (int)Math.Min(size - at, 1 << 30)).ContainsAnyExcept(Poison)) continue;
            throw new InvalidOperationException($"The object at 0x{(long)freed:x}, {size} bytes, was written after it had been freed.");
        }

        QuarantinedBytes -= size;
        heap.FreeUnguarded(freed);
    }

    private static void Fill(byte* freed, long size)
    {
        for (long at = 0; at < size; at += 1 << 30) new Span<byte>(freed + at, (int)Math.Min(size - at, 1 << 30)).Fill(Poison);
    }
}
#endif
