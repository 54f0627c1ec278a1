using Redouble.Core.Checksums;

namespace Redouble.Persistence.Aof;

/// <summary>
/// Accompanies the writing of one file, and knows what its next mark has to say of it. The writer tells it every byte, in order:
/// <code>
///   AppendStream   bytes of the replication stream as they are
///   AppendOmitted  a line that tells of bytes of the stream
///   AppendOther    anything else: a SELECT of the file's own, commands written while there was no stream, #TS: lines
///   Mark           makes a mark, which is counted as written
/// </code>
/// </summary>
public sealed class AofMarker
{
    private long _streamBytes;

    /// <summary>For a new file.</summary>
    public AofMarker()
    {
    }

    /// <summary>For a file that goes on behind what is there.</summary>
    /// <param name="checksum">CRC-64 of what is there.</param>
    /// <param name="streamBytes">What <see cref="AofMark.StreamBytes"/> of a mark right at its end would be.</param>
    /// <param name="offset">The offset that belongs to it, or -1.</param>
    public AofMarker(ulong checksum, long streamBytes = 0, long offset = -1) =>
        (Checksum, _streamBytes, LastOffset) = (checksum, offset < 0 ? 0 : streamBytes, offset);

    /// <summary>CRC-64 of the file that this one goes on behind, while it has no line yet that says so; null for none.</summary>
    public ulong? Predecessor { get; private set; }

    /// <summary>For the file behind this one.</summary>
    public AofMarker Next() => new() { Predecessor = Checksum };

    /// <summary>Makes the line that ties it to the file before it, the first time; 0 bytes when there is none.</summary>
    /// <param name="destination">At least <see cref="AofAnnotation.LengthMax"/> bytes.</param>
    public int Tie(Span<byte> destination)
    {
        if (Predecessor is not { } checksum) return 0;
        Predecessor = null;
        return AofAnnotation.FormatFollows(checksum, destination);
    }

    /// <summary>CRC-64 of all bytes so far.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>The offset of the last mark, or -1.</summary>
    public long LastOffset { get; private set; } = -1;

    // Of the stream since the last mark, and whether anything else came between.
    private long _sinceMark;
    private bool _hasOther;

    // What the last mark says besides its offset; -2 while there is none of this marker's.
    private readonly byte[] _id = new byte[40];
    private int _database = -2;
    private bool _isReplica;

    /// <summary>Bytes of the stream were written.</summary>
    public void AppendStream(ReadOnlySpan<byte> bytes)
    {
        Checksum = Crc64.Append(Checksum, bytes);
        _sinceMark += bytes.Length;
    }

    /// <summary>Other bytes were written.</summary>
    public void AppendOther(ReadOnlySpan<byte> bytes)
    {
        Checksum = Crc64.Append(Checksum, bytes);
        _hasOther |= bytes.Length > 0 && bytes[0] != '#';
    }

    /// <summary>Instead of a mark: the data set stands in no history, and the next mark goes on from none.</summary>
    public void AppendNone()
    {
        AppendOther(AofAnnotation.None);
        (LastOffset, _database) = (-1, -2);
    }

    /// <summary>A line was written that tells of so many bytes of the stream.</summary>
    public void AppendOmitted(ReadOnlySpan<byte> line, int omitted)
    {
        Checksum = Crc64.Append(Checksum, line);
        _sinceMark += omitted;
    }

    /// <summary>
    /// Makes the mark that belongs here, between two units, and returns its length: a short one where it differs from the one before in its offset alone, and
    /// nothing but the stream lies between them.
    /// </summary>
    /// <param name="replicationId">40 digits: the history.</param>
    /// <param name="offset">Where in it the data set is that all files up to here make.</param>
    /// <param name="database">The database that the stream has selected, -1 for none yet.</param>
    /// <param name="isReplica">Whether this node follows a primary.</param>
    /// <param name="destination">At least <see cref="AofAnnotation.LengthMax"/> bytes.</param>
    public int Mark(ReadOnlySpan<byte> replicationId, long offset, int database, bool isReplica, Span<byte> destination)
    {
        // The stream has moved by exactly what was written, and nothing else was: then all that was written is the stream, without a gap.
        var isWhole = !_hasOther && LastOffset >= 0 && offset - LastOffset == _sinceMark;
        _streamBytes = isWhole ? _streamBytes + _sinceMark : 0;
        var goesOn = isWhole && database == _database && isReplica == _isReplica && replicationId.SequenceEqual(_id);
        var length = goesOn ? AofAnnotation.FormatNextMark(offset, destination)
            : AofAnnotation.FormatMark(replicationId, new AofMark("", offset, database, isReplica, _streamBytes, 0), destination);
        replicationId.CopyTo(_id);
        (_database, _isReplica) = (database, isReplica);
        AofAnnotation.SetChecksum(destination[..length], AofAnnotation.ChecksumOf(destination[..length], Checksum));
        Checksum = Crc64.Append(Checksum, destination[..length]);
        (LastOffset, _sinceMark, _hasOther) = (offset, 0, false);
        return length;
    }
}
