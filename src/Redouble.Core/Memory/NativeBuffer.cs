namespace Redouble.Core.Memory;

/// <summary>
/// A stretch of native memory that grows at its end, for what may be large and goes soon: a reservation of its own, whose pages become resident when
/// they are written. So it grows without a copy where the system can move pages, and what is reserved ahead takes no memory. The limit of the collected
/// heap, which in a container is three quarters of the memory there is, has no part in it. Spans of it die when it grows, is freed, or is collected.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const long Alignment = 64 * 1024;

    // Invariant: _bytes are reserved from here, a multiple of the alignment; or null and 0.
    private byte* _start;
    private long _bytes;

    /// <summary>Frees what its owner has forgotten.</summary>
    ~NativeBuffer() => Release();

    /// <summary>Bytes that it holds.</summary>
    public int Capacity => (int)Math.Min(_bytes, int.MaxValue);

    /// <summary>All of them; those never written are zero.</summary>
    public Span<byte> Span => new(_start, Capacity);

    /// <summary>Makes it hold at least so many bytes; those that were written stay.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for it. Nothing has changed.</exception>
    public void Grow(int capacity)
    {
        if (capacity <= Capacity) return;
        var bytes = (capacity + Alignment - 1) / Alignment * Alignment;
        var grown = _start == null ? null : SystemMemory.TryGrow(_start, _bytes, bytes, Alignment);
        if (grown == null)
        {
            grown = SystemMemory.Reserve(bytes, Alignment, hugePages: false);
            if (grown == null) throw new InsufficientMemoryException($"No memory for {bytes} bytes.");
            Span.CopyTo(new Span<byte>(grown, Capacity));
            Release();
        }

        _start = grown;
        _bytes = bytes;
    }

    /// <summary>Frees it; it is not to be used again.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_start != null) SystemMemory.Release(_start, _bytes);
        _start = null;
        _bytes = 0;
    }
}
