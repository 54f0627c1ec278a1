using Redouble.Persistence.Aof;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// Follows a load of append-only files, and knows at its end whether they say where in a replication history they end. They do if the very last thing
/// is a mark, or a base that tells its place.
/// <code>
///   base (repl-id, repl-offset) │ mark · commands · mark · commands · mark        known
///   base (repl-id, repl-offset) │ mark · commands · mark · commands               commands behind the last mark: another writer, a torn batch
///   base                        │ commands · mark (checksum does not fit)         somebody has changed the file
///   file │ follows (checksum of the file before it does not fit) · mark           or the one before it
/// </code>
/// A mark is looked at closely only when it turns out to be the last one.
/// </summary>
internal sealed class AofPlaces
{
    private readonly byte[] _line = new byte[AofAnnotation.LengthMax];
    private readonly byte[] _full = new byte[AofAnnotation.LengthMax];
    private int _lineLength;      // of the last mark read, 0 when something came behind it
    private int _fullLength;      // of the last one that says all
    private bool _hasFull;        // whether this file has one
    private ulong _checksum;      // of the file in front of it
    private ulong? _predecessor;  // checksum of the file before, while none of our lines has been read
    private bool _isBroken;
    private RecoveredPlace? _place;
    private string _doubt = "it does not say where in a replication history it stands";

    /// <summary>Where the files end, or null.</summary>
    public RecoveredPlace? Place
    {
        get
        {
            Settle();
            return _place;
        }
    }

    /// <summary>Why <see cref="Place"/> is null.</summary>
    public string Doubt
    {
        get
        {
            Settle();
            return _doubt;
        }
    }

    /// <summary>The next file begins.</summary>
    /// <param name="predecessor">CRC-64 of the incremental file before it; null when there is none, as behind a base, which may have taken its place.</param>
    public void BeginFile(ulong? predecessor) => (_predecessor, _hasFull) = (predecessor, false);

    /// <summary>An RDB was loaded, with what it says of its place, if it does.</summary>
    public void Rdb(string? id, long offset, int database)
    {
        _place = id != null && offset >= 0 ? new RecoveredPlace(id, offset, database) : null;
    }

    /// <summary>Commands were read.</summary>
    public void Data()
    {
        _predecessor = null;
        if (_lineLength == 0 && _place == null) return;
        _lineLength = 0;
        _place = null;
        _doubt = "commands follow the last mark of its place in the replication history";
    }

    /// <summary>A line was read that is no command.</summary>
    /// <param name="line">With its line end.</param>
    /// <param name="checksum">CRC-64 of the file in front of it.</param>
    public void Annotation(ReadOnlySpan<byte> line, ulong checksum)
    {
        if (!AofAnnotation.IsMark(line)) return;
        var predecessor = _predecessor;
        _predecessor = null;
        if (AofAnnotation.IsFollows(line))
        {
            _isBroken |= predecessor is { } before && !AofAnnotation.FollowsFile(line, before);
            return;
        }

        if (AofAnnotation.IsOmitted(line))
        {
            Data(); // its writer was about to say where it stands behind that
            return;
        }

        var isNext = AofAnnotation.IsNextMark(line);
        if (line.Length > _line.Length || (isNext && !_hasFull))
        {
            Doubts("its last mark is damaged");
            return;
        }

        line.CopyTo(_line);
        (_lineLength, _checksum) = (line.Length, checksum);
        if (isNext) return;
        line.CopyTo(_full);
        (_fullLength, _hasFull) = (line.Length, true);
    }

    // Reads the last mark, if nothing came behind it.
    private void Settle()
    {
        if (_isBroken)
        {
            Doubts("a file of it was changed after the next one had been begun");
            return;
        }

        if (_lineLength == 0) return;
        var line = _line.AsSpan(0, _lineLength);
        _lineLength = 0;
        _place = null;
        if (line.SequenceEqual(AofAnnotation.Repaired)) Doubts("it was repaired");
        else if (line.SequenceEqual(AofAnnotation.None)) Doubts("the data set had none when it was written");
        else if (!TryRead(line, out var mark)) Doubts("its last mark is damaged");
        else if (mark.Checksum != AofAnnotation.ChecksumOf(line, _checksum)) Doubts("it was changed after it had been written");
        else _place = new RecoveredPlace(mark.ReplicationId, mark.Offset, mark.Database, mark.StreamBytes);
    }

    private bool TryRead(ReadOnlySpan<byte> line, out AofMark mark)
    {
        if (!AofAnnotation.IsNextMark(line)) return AofAnnotation.TryReadMark(line, out mark);
        mark = default;
        return AofAnnotation.TryReadMark(_full.AsSpan(0, _fullLength), out var full) && AofAnnotation.TryReadNextMark(line, full, out mark);
    }

    private void Doubts(string why)
    {
        _lineLength = 0;
        _place = null;
        _doubt = why;
    }
}
