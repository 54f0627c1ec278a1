using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Redouble.Core.Checksums;
using Redouble.Core.Text;

namespace Redouble.Persistence.Aof;

/// <summary>
/// Lines of an append-only file that begin with '#': no commands, and skipped by every version of Redis since 7.0. Within MULTI there is only what was omitted.
/// <code>
///   #TS:1700000000\r\n                                       aof-timestamp-enabled: what follows was written in this second or later
///   #RD:&lt;replid&gt; 5054 0 primary 2711 e9c6d914c4b8d9ca\r\n    ours, see <see cref="AofMark"/>: replid, offset, database, role, stream bytes, checksum
///   #RD:5081 4c1be6a1b2c7f3d0\r\n                            ours, a mark that goes on from the one before: between them is the stream alone
///   #RD:omits "*1\r\n$4\r\nping\r\n"\r\n                     ours: bytes of the stream that are no data, and stood here
///   #RD:follows e9c6d914c4b8d9ca\r\n                         ours, first line of a file but for the time: CRC-64 of the incremental file before it
/// </code>
/// Redis reads them in pieces of at most 1023 bytes, so a longer one would not be skipped whole.
/// </summary>
public static class AofAnnotation
{
    /// <summary>Bytes of the longest annotation but those of what is omitted, with its line end.</summary>
    public const int LengthMax = 4 + 40 + (4 * 21) + 16 + 4;

    /// <summary>
    /// Bytes of the stream that are told at most where they were omitted: keepalives, and a Sentinel's greetings to its like. Longer messages leave a gap:
    /// they would make the file larger than the data.
    /// </summary>
    public const int OmittedMax = 240;

    /// <summary>Bytes of the longest annotation that tells of them.</summary>
    public const int OmittedLengthMax = 16 + (4 * OmittedMax);

    /// <summary>In the place of a mark, at the end of a file that somebody has cut off: it is none, and takes the one before it its meaning.</summary>
    public static ReadOnlySpan<byte> Repaired => "#RD:repaired\r\n"u8;

    /// <summary>In the place of a mark: the data set that was written stands in no history.</summary>
    public static ReadOnlySpan<byte> None => "#RD:none\r\n"u8;

    private static ReadOnlySpan<byte> Follows => "#RD:follows "u8;

    private static ReadOnlySpan<byte> Omits => "#RD:omits "u8;

    private const int IdLength = 40;
    private const int ChecksumDigits = 16;

    private static ReadOnlySpan<byte> Digits => "0123456789abcdef"u8;

    /// <summary>Whether a line is a time stamp.</summary>
    public static bool IsTimestamp(ReadOnlySpan<byte> line) => line.StartsWith("#TS:"u8);

    /// <summary>Whether a line is a mark; it may still be a damaged one.</summary>
    public static bool IsMark(ReadOnlySpan<byte> line) => line.StartsWith("#RD:"u8);

    /// <summary>Writes a time stamp and returns its length.</summary>
    /// <param name="unixSeconds">Seconds since 1970.</param>
    /// <param name="destination">At least <see cref="LengthMax"/> bytes.</param>
    public static int FormatTimestamp(long unixSeconds, Span<byte> destination)
    {
        "#TS:"u8.CopyTo(destination);
        var length = 4 + Integers.Format(unixSeconds, destination[4..]);
        return length + Put("\r\n"u8, destination[length..]);
    }

    /// <summary>Reads a time stamp, given with or without its line end.</summary>
    public static bool TryReadTimestamp(ReadOnlySpan<byte> line, out long unixSeconds)
    {
        unixSeconds = 0;
        return IsTimestamp(line) && Integers.TryParse(line[4..].TrimEnd("\r\n"u8), out unixSeconds);
    }

    /// <summary>Writes a mark and returns its length; <see cref="AofMarker"/> knows its numbers.</summary>
    /// <param name="replicationId">40 digits.</param>
    /// <param name="mark">The rest of it; its own <see cref="AofMark.ReplicationId"/> is not looked at, so that none has to be allocated.</param>
    /// <param name="destination">At least <see cref="LengthMax"/> bytes.</param>
    public static int FormatMark(ReadOnlySpan<byte> replicationId, in AofMark mark, Span<byte> destination)
    {
        if (replicationId.Length != IdLength) throw new ArgumentException("A replication id has 40 digits.", nameof(replicationId));
        var length = Put("#RD:"u8, destination);
        length += Put(replicationId, destination[length..]);
        length += PutNumber(mark.Offset, destination[length..]);
        length += PutNumber(mark.Database, destination[length..]);
        length += Put(mark.IsReplica ? " replica"u8 : " primary"u8, destination[length..]);
        length += PutNumber(mark.StreamBytes, destination[length..]);
        destination[length++] = (byte)' ';
        mark.Checksum.TryFormat(destination[length..], out var digits, "x16");
        length += digits;
        return length + Put("\r\n"u8, destination[length..]);
    }

    /// <summary>Reads a mark, given with its line end; false for anything that is not wholly as <see cref="FormatMark"/> makes it.</summary>
    public static bool TryReadMark(ReadOnlySpan<byte> line, out AofMark mark)
    {
        mark = default;
        if (!IsMark(line) || line.Length > LengthMax || !line.EndsWith("\r\n"u8)) return false;
        var rest = line[4..^2];
        var id = NextWord(ref rest);
        if (id.Length != IdLength || id.ContainsAnyExcept(Digits)) return false;
        if (!Integers.TryParse(NextWord(ref rest), out var offset) || offset < 0) return false;
        if (!Integers.TryParse(NextWord(ref rest), out var database) || database is < -1 or > int.MaxValue) return false;
        var role = NextWord(ref rest);
        var isReplica = role.SequenceEqual("replica"u8);
        if (!isReplica && !role.SequenceEqual("primary"u8)) return false;
        if (!Integers.TryParse(NextWord(ref rest), out var streamBytes) || streamBytes < 0 || streamBytes > offset) return false;
        if (!TryReadChecksum(rest, out var checksum)) return false;
        mark = new AofMark(Encoding.ASCII.GetString(id), offset, (int)database, isReplica, streamBytes, checksum);
        return true;
    }

    /// <summary>Writes a mark that differs from the one before in its offset alone, with the stream between them; returns its length.</summary>
    /// <param name="offset">Of the last byte of the stream in front of it.</param>
    /// <param name="destination">At least <see cref="LengthMax"/> bytes.</param>
    public static int FormatNextMark(long offset, Span<byte> destination)
    {
        var length = Put("#RD:"u8, destination);
        length += Integers.Format(offset, destination[length..]);
        length += Put(" 0000000000000000\r\n"u8, destination[length..]);
        return length;
    }

    /// <summary>Whether a line looks like a mark that goes on from the one before, damaged or not: a number follows, which is no replid.</summary>
    public static bool IsNextMark(ReadOnlySpan<byte> line) =>
        IsMark(line) && line[4..].IndexOf((byte)' ') is > 0 and < IdLength && line[4] is >= (byte)'0' and <= (byte)'9';

    /// <summary>Reads such a mark, given with its line end.</summary>
    /// <param name="line">The line.</param>
    /// <param name="before">The mark before it.</param>
    /// <param name="mark">All that it says.</param>
    public static bool TryReadNextMark(ReadOnlySpan<byte> line, AofMark before, out AofMark mark)
    {
        mark = default;
        if (!IsNextMark(line) || !line.EndsWith("\r\n"u8)) return false;
        var rest = line[4..^2];
        if (!Integers.TryParse(NextWord(ref rest), out var offset) || offset < before.Offset || !TryReadChecksum(rest, out var checksum)) return false;
        mark = before with { Offset = offset, StreamBytes = before.StreamBytes + (offset - before.Offset), Checksum = checksum };
        return true;
    }

    /// <summary>Writes what of the stream is left out where the line stands, and returns its length.</summary>
    /// <param name="bytes">At most <see cref="OmittedMax"/>.</param>
    /// <param name="destination">At least <see cref="OmittedLengthMax"/> bytes.</param>
    public static int FormatOmitted(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        var length = Put(Omits, destination);
        length += QuotedText.Format(bytes, destination[length..]);
        return length + Put("\r\n"u8, destination[length..]);
    }

    /// <summary>Whether a line is such a one, damaged or not.</summary>
    public static bool IsOmitted(ReadOnlySpan<byte> line) => line.StartsWith(Omits);

    /// <summary>Reads it; -1 when it is damaged.</summary>
    /// <param name="line">The line, with its line end.</param>
    /// <param name="bytes">Gets the bytes; at least <see cref="OmittedLengthMax"/>.</param>
    /// <returns>How many they are.</returns>
    public static int ReadOmitted(ReadOnlySpan<byte> line, Span<byte> bytes)
    {
        if (!IsOmitted(line) || line.Length > OmittedLengthMax || !line.EndsWith("\r\n"u8)) return -1;
        var splitter = new ArgumentSplitter(line[Omits.Length..^2]);
        var isWhole = splitter.Next(bytes, out var length) == ArgumentSplitStatus.Argument && splitter.Next(bytes[length..], out _) == ArgumentSplitStatus.End;
        return isWhole && length <= OmittedMax ? length : -1;
    }

    /// <summary>
    /// Writes the line that ties a file to the one before it, and returns its length: a mark vouches for its own file only, and what it says is true of the
    /// data set only behind the others as they were.
    /// </summary>
    /// <param name="checksum">CRC-64 of that file.</param>
    /// <param name="destination">At least <see cref="LengthMax"/> bytes.</param>
    public static int FormatFollows(ulong checksum, Span<byte> destination)
    {
        var length = Put(Follows, destination);
        checksum.TryFormat(destination[length..], out var digits, "x16");
        length += digits;
        return length + Put("\r\n"u8, destination[length..]);
    }

    /// <summary>Whether a line is such a one, damaged or not.</summary>
    public static bool IsFollows(ReadOnlySpan<byte> line) => line.StartsWith(Follows);

    /// <summary>Whether it names this checksum.</summary>
    public static bool FollowsFile(ReadOnlySpan<byte> line, ulong checksum)
    {
        Span<byte> right = stackalloc byte[LengthMax];
        return line.SequenceEqual(right[..FormatFollows(checksum, right)]);
    }

    /// <summary>What the checksum of a mark has to be.</summary>
    /// <param name="line">The mark, with its line end and any checksum.</param>
    /// <param name="before">CRC-64 of the file in front of it.</param>
    public static ulong ChecksumOf(ReadOnlySpan<byte> line, ulong before) => Crc64.Append(before, line[..^(ChecksumDigits + 2)]);

    /// <summary>Puts another checksum into a mark.</summary>
    public static void SetChecksum(Span<byte> line, ulong checksum) => checksum.TryFormat(line[^(ChecksumDigits + 2)..], out _, "x16");

    private static bool TryReadChecksum(ReadOnlySpan<byte> text, out ulong checksum)
    {
        checksum = 0;
        Span<byte> sum = stackalloc byte[8];
        if (text.Length != ChecksumDigits || text.ContainsAnyExcept(Digits)) return false;
        if (Convert.FromHexString(text, sum, out _, out _) != OperationStatus.Done) return false;
        checksum = BinaryPrimitives.ReadUInt64BigEndian(sum);
        return true;
    }

    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)' ');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return word;
    }

    private static int PutNumber(long value, Span<byte> destination)
    {
        destination[0] = (byte)' ';
        return 1 + Integers.Format(value, destination[1..]);
    }

    private static int Put(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        text.CopyTo(destination);
        return text.Length;
    }
}
