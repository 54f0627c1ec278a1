using System.Text;
using Redouble.Core.Text;

namespace Redouble.Replication.Replica;

/// <summary>
/// The payload of a full sync in its two forms.
/// <code>
///   $1234 CRLF  1234 bytes                                          stream …
///   $EOF: 40 random bytes CRLF  bytes …  the same 40 bytes          (nothing, until the first ACK)
/// </code>
/// The mark may be cut by reads anywhere, so the bytes at the end of a window that could begin it are held back.
/// </summary>
internal sealed class PayloadReader
{
    /// <summary>Fewest bytes of a window with which <see cref="Split"/> always gets on: the mark's, and one more.</summary>
    public const int WindowMin = MarkLength + 1;

    private const int MarkLength = 40;

    private readonly byte[] _mark = new byte[MarkLength];

    /// <summary>Bytes of the payload, -1 when it ends with a mark or is not announced yet.</summary>
    public long Length { get; private set; } = -1;

    /// <summary>Payload bytes received.</summary>
    public long Received { get; private set; }

    /// <summary>Whether it ends with a mark.</summary>
    public bool HasMark { get; private set; }

    /// <summary>Waits for a header.</summary>
    public void Reset() => (Length, Received, HasMark) = (-1, 0, false);

    /// <summary>Reads the header line without its line end; false when it is none.</summary>
    public bool TryReadHeader(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("$EOF:"u8))
        {
            HasMark = line.Length == 5 + MarkLength;
            if (HasMark) line[5..].CopyTo(_mark);
            return HasMark;
        }

        var sound = line is [(byte)'$', ..] && Integers.TryParse(line[1..], out var length) && length >= 0;
        Length = sound && Integers.TryParse(line[1..], out length) ? length : -1;
        return sound;
    }

    /// <summary>
    /// Splits <paramref name="window"/>: its first <paramref name="payload"/> bytes belong to the payload, the first
    /// <paramref name="consumed"/> can be dropped after that. True when the payload is complete.
    /// </summary>
    public bool Split(ReadOnlySpan<byte> window, out int payload, out int consumed)
    {
        if (!HasMark)
        {
            payload = consumed = (int)Math.Min(window.Length, Length - Received);
            Received += payload;
            return Received == Length;
        }

        var at = window.IndexOf(_mark);
        payload = at >= 0 ? at : window.Length - LengthOfMarkStart(window);
        consumed = at >= 0 ? at + MarkLength : payload;
        Received += payload;
        return at >= 0;
    }

    /// <summary>The header for a log line.</summary>
    public override string ToString() => HasMark ? $"$EOF:{Encoding.Latin1.GetString(_mark)}" : $"${Length}";

    // Bytes at the end of the window that are the start of the mark.
    private int LengthOfMarkStart(ReadOnlySpan<byte> window)
    {
        for (var length = Math.Min(MarkLength - 1, window.Length); length > 0; length--)
        {
            if (window[^length..].SequenceEqual(_mark.AsSpan(0, length))) return length;
        }

        return 0;
    }
}
