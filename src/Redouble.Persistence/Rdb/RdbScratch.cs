using System.Runtime.CompilerServices;
using Redouble.Core.Memory;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// A reusable buffer for what has to be put together or decompressed: an array, and native memory from a megabyte on, which is given back after use. A value
/// may be as long as a third of all memory, and an array that grows to it, with the one before, ended the process.
/// </summary>
public sealed class RdbScratch
{
    /// <summary>Bytes that are kept from use to use.</summary>
    public const int RetainedMax = 1 << 20;

    private byte[] _small = new byte[256];
    private NativeBuffer? _large;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Those bytes.</summary>
    public ReadOnlySpan<byte> Written => Room[..Length];

    /// <summary>Bytes of its buffer.</summary>
    public int Capacity => Room.Length;

    private Span<byte> Room => _large is { } large ? large.Span : _small;

    /// <summary>Room for <paramref name="length"/> bytes; what was written is lost.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for it.</exception>
    public Span<byte> Take(int length)
    {
        Length = 0;
        if (Room.Length < length)
        {
            FreeLarge(); // what is in it need not be kept
            if (length <= RetainedMax) _small = new byte[Math.Max(length, Math.Min(_small.Length * 2, RetainedMax))];
            else (_large = new NativeBuffer()).Grow(length);
        }

        return Room[..length];
    }

    /// <summary>Replaces what was written.</summary>
    public void Set(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Take(bytes.Length));
        Length = bytes.Length;
    }

    /// <summary>Adds bytes, growing with what arrives.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for them.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Behind(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>Room for at least <paramref name="more"/> bytes behind what was written.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for them.</exception>
    public Span<byte> Behind(int more)
    {
        if (Room.Length - Length < more) MakeRoom(more);
        return Room[Length..];
    }

    /// <summary>So many bytes of that room are written.</summary>
    public void Advance(int count) => Length += count;

    /// <summary>Forgets what was written, and a large buffer with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // several of them behind every record
    public void Clear()
    {
        Length = 0;
        if (_large != null) FreeLarge();
    }

    private void MakeRoom(int more)
    {
        var needed = (long)Length + more;
        if (needed > int.MaxValue) throw new InsufficientMemoryException($"No buffer holds {needed} bytes.");
        var capacity = (int)Math.Min(Math.Max(needed, 2L * Room.Length), int.MaxValue);
        if (_large != null)
        {
            _large.Grow(capacity);
        }
        else if (needed <= RetainedMax)
        {
            Array.Resize(ref _small, Math.Min(capacity, RetainedMax));
        }
        else
        {
            var large = new NativeBuffer();
            large.Grow(capacity);
            _small.AsSpan(0, Length).CopyTo(large.Span);
            _large = large;
        }
    }

    private void FreeLarge()
    {
        _large?.Dispose();
        _large = null;
    }
}
