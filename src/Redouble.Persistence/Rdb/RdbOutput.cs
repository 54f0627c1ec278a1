using Redouble.Core.Checksums;
using Redouble.Core.Platform;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Where an encoder puts its bytes: a file, a chain of blocks, an array. Used by one thread. It also sums them up, a buffer at a time: by
/// the record the checksum of 3M records of 100 bytes took a quarter of their encoding.
/// </summary>
public abstract class RdbOutput
{
    private ulong _checksum;
    private bool _isSummed;

    /// <summary>The largest room an encoder asks for, bytes; larger things are written in parts.</summary>
    public const int RoomMax = 4096;

    /// <summary>Room for at least <paramref name="roomMin"/> bytes (at most <see cref="RoomMax"/>), behind what was written.</summary>
    public abstract Span<byte> GetSpan(int roomMin);

    /// <summary>The first <paramref name="count"/> bytes of the last span are written.</summary>
    public abstract void Advance(int count);

    /// <summary>CRC-64 of the bytes written since <see cref="StartChecksum"/>; 0 without it.</summary>
    public ulong Checksum
    {
        get
        {
            Cover();
            return _checksum;
        }
    }

    /// <summary>Begins a checksum with the next byte.</summary>
    public void StartChecksum()
    {
        Cover();
        _checksum = 0;
        _isSummed = true;
    }

    /// <summary>The bytes written since the last call that are still in the buffer at hand.</summary>
    protected abstract ReadOnlySpan<byte> TakeUncovered();

    /// <summary>Adds what was written to the checksum; due before the buffer at hand goes.</summary>
    protected void Cover()
    {
        var bytes = TakeUncovered();
        if (_isSummed) _checksum = Crc64.Append(_checksum, bytes);
    }
}

/// <summary>Collects the bytes of one value after the other, which may be as long as a string can be, in a buffer that is given back.</summary>
public sealed class ScratchRdbOutput : RdbOutput
{
    private readonly RdbScratch _buffer = new();
    private int _covered;

    /// <summary>What was written, until the next call.</summary>
    public ReadOnlySpan<byte> Written => _buffer.Written;

    /// <summary>Bytes of the buffer.</summary>
    public int Capacity => _buffer.Capacity;

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int roomMin) => _buffer.Behind(roomMin);

    /// <inheritdoc/>
    public override void Advance(int count) => _buffer.Advance(count);

    /// <summary>Forgets what was written, and a large buffer with it.</summary>
    public void Clear()
    {
        _buffer.Clear();
        _covered = 0;
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> TakeUncovered()
    {
        var from = _covered;
        _covered = _buffer.Length;
        return _buffer.Written[from..];
    }
}

/// <summary>Writes to a file in pieces of 64 KB.</summary>
public sealed class FileRdbOutput(IWritableFile file) : RdbOutput
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _length;
    private int _covered;

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int roomMin)
    {
        if (_buffer.Length - _length < roomMin) Flush();
        return _buffer.AsSpan(_length);
    }

    /// <inheritdoc/>
    public override void Advance(int count) => _length += count;

    /// <summary>Hands all bytes to the file. Throws <see cref="IOException"/> when the file does.</summary>
    public void Flush()
    {
        Cover();
        if (_length > 0) file.Write(_buffer.AsSpan(0, _length));
        _length = _covered = 0;
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> TakeUncovered()
    {
        var from = _covered;
        _covered = _length;
        return _buffer.AsSpan(from, _length - from);
    }
}
