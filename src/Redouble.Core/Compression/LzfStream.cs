namespace Redouble.Core.Compression;

/// <summary>
/// Decompresses an LZF string that arrives in pieces and leaves in pieces, in memory that does not depend on its length:
/// <code>
/// window:  | history, up to 8,192 bytes | piece, 64 KB | slack for one element |
/// </code>
/// A copy reaches back at most 8,192 bytes, so when a piece is full it is handed out and only its last 8,192 bytes are kept.
/// </summary>
public sealed class LzfStream
{
    private const int PieceLength = 64 * 1024;

    private readonly byte[] _window = new byte[Lzf.DistanceMax + PieceLength + Lzf.CopyMax];
    private int _history;
    private int _written;
    private long _remaining;

    /// <summary>Bytes still to be decompressed.</summary>
    public long Remaining => _remaining;

    /// <summary>The bytes that were decompressed and not taken yet. They are overwritten by the next call of <see cref="Decode"/>.</summary>
    public ReadOnlySpan<byte> Piece => _window.AsSpan(_history, _written - _history);

    /// <summary>Begins a string of <paramref name="length"/> decompressed bytes.</summary>
    public void Begin(long length)
    {
        _history = 0;
        _written = 0;
        _remaining = length;
    }

    /// <summary>
    /// Decompresses whole elements of <paramref name="source"/> until it is used up, an element is cut off, or a piece is full.
    /// Take the <see cref="Piece"/> after each call.
    /// </summary>
    /// <param name="consumed">Bytes of <paramref name="source"/> used.</param>
    /// <param name="needed">When the rest is the beginning of an element: the bytes it needs to get further, counted from its start.</param>
    /// <returns>False when the stream is broken, or longer than announced, behind what was consumed.</returns>
    public bool Decode(ReadOnlySpan<byte> source, out int consumed, out int needed)
    {
        KeepHistory();
        consumed = 0;
        needed = 1;
        while (consumed < source.Length && _written <= _window.Length - Lzf.CopyMax)
        {
            var before = _written;
            var element = Lzf.TryReadElement(source[consumed..], _window, ref _written, out var size);
            if (element == LzfElement.Cut)
            {
                needed = size;
                return true;
            }

            if (element == LzfElement.Broken || _written - before > _remaining)
            {
                _written = before;
                return false;
            }

            _remaining -= _written - before;
            consumed += size;
        }

        return true;
    }

    private void KeepHistory()
    {
        // Short pieces stay where they are until half a piece of room is left.
        if (_written > Lzf.DistanceMax + (PieceLength / 2))
        {
            _window.AsSpan(_written - Lzf.DistanceMax, Lzf.DistanceMax).CopyTo(_window);
            _written = Lzf.DistanceMax;
        }

        _history = _written;
    }
}
