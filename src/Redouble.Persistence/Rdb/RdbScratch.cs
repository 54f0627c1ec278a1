using System.Runtime.CompilerServices;
using Redouble.Core.Memory;

namespace Redouble.Persistence.Rdb;

/// <summary>A reusable buffer for what has to be put together or decompressed. Large ones are given back after use.</summary>
public sealed class RdbScratch
{
    /// <summary>Bytes that are kept from use to use.</summary>
    public const int RetainedMax = 1 << 20;

    private byte[] _buffer = new byte[256];

    /// <summary>Bytes written by <see cref="Append"/> and <see cref="Set"/>.</summary>
    public int Length { get; private set; }

    /// <summary>Those bytes.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>Room for <paramref name="length"/> bytes; what was written is lost.</summary>
    public Span<byte> Take(int length)
    {
        Length = 0;
        if (_buffer.Length < length) _buffer = new byte[Math.Max(length, Math.Min(_buffer.Length * 2L, RetainedMax))];
        return _buffer.AsSpan(0, length);
    }

    /// <summary>Replaces what was written.</summary>
    public void Set(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Take(bytes.Length));
        Length = bytes.Length;
    }

    /// <summary>Adds bytes, growing with what arrives.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ByteArray.MakeRoom(ref _buffer, Length, bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Forgets what was written, and a large buffer with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // several of them behind every record
    public void Clear()
    {
        Length = 0;
        if (_buffer.Length > RetainedMax) _buffer = new byte[256];
    }
}
