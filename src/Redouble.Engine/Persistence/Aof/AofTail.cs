using Redouble.Persistence.Aof;
using Redouble.Replication.Log;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// The last bytes of the replication stream, as far as append-only files hold them without a gap: what a primary that was killed can still tell replicas
/// which have not got it. Marks say where the stream stands (see <see cref="AofMark.StreamBytes"/>), and commands between them are the stream's.
/// <code>
///   mark 100 │ SET … │ mark 127 │ omits PING │ mark 141 │ (a long message, not written) │ mark 441 │ SET … │ mark 468
///   └─────── kept, offsets 101 to 141 ─────────────────┘ └─── a gap: begins anew ───────┘ └ kept, 442 to 468
/// </code>
/// Files begin with a SELECT of their own, which is not in the stream, and a node that starts writes one behind what is there. It is told by the mark behind
/// it, which says the same offset as the one before:
/// <code>
///   mark 127 │ SET … │ mark 154 ║ tie │ SELECT │ mark 154 │ SET … │ mark 181
///   └─ kept ──────────────────┘ ║       left out            └ kept ────────┘
/// </code>
/// Kept in a log of its own, as long as the backlog may become.
/// </summary>
internal sealed class AofTail(Node node)
{
    private ReplicationLog? _log;
    private AofMark _mark; // the last one, if there is a log
    private long _sinceMark;
    private byte[] _select = []; // right behind a mark: the stream's, or not
    private bool _isOfFieldExpiry; // the transaction whose items are being added

    /// <summary>Bytes from here on are not those behind the last ones.</summary>
    public void Break()
    {
        _log?.Free();
        _log = null;
        _select = [];
    }

    /// <summary>The next item of a file: a command or an annotation.</summary>
    /// <param name="item">The item.</param>
    /// <param name="inTransaction">Whether it is part of a transaction: its MULTI or EXEC, a command, or a line that tells of a message among them.</param>
    public void Add(ReadOnlySpan<byte> item, bool inTransaction = false)
    {
        if (item[0] == '#')
        {
            if (AofAnnotation.IsOmitted(item)) Omitted(item);
            else if (!inTransaction && AofAnnotation.IsMark(item) && !AofAnnotation.IsFollows(item)) Mark(item);
            return;
        }

        if (_log == null) return;
        if (_sinceMark == 0 && _select.Length == 0 && AofSelect.Is(item))
        {
            _select = item.ToArray();
            return;
        }

        AppendSelect();
        Append(item);
        if (!FieldExpiryUnits.IsDecisive(item, inTransaction)) return;
        if (inTransaction) _isOfFieldExpiry = true; // until its end
        else _log.NoteFieldExpiry();
    }

    /// <summary>Behind the last item the data set is in <paramref name="database"/>, and a unit may begin.</summary>
    public void NoteEdge(int database)
    {
        if (_isOfFieldExpiry) _log?.NoteFieldExpiry();
        _isOfFieldExpiry = false;
        _log?.NoteEdge(database);
    }

    /// <summary>Fills an empty log with what is held, if that ends at <paramref name="offset"/>; gives it up in any case.</summary>
    public bool TryCopy(ReplicationLog to, long offset)
    {
        if (_log == null) return false;
        AppendSelect();
        var fits = _log.EndOffset == offset && _log.HistoryLength > 0;
        if (fits)
        {
            var firstUnit = _log.EdgeFor(_log.FirstOffset);
            var cursor = _log.TryOpenCursor(_log.FirstOffset)!;
            to.BeginRecovery(cursor.Offset);
            _log.BacklogSize = 1; // what is copied is not held twice
            while (cursor.PendingBytes > 0)
            {
                var bytes = cursor.Peek();
                to.Append(bytes);
                cursor.Advance(bytes.Length);
                _log.Trim();
            }

            cursor.Close();
            to.EndRecovery(_log.FieldExpiryOffset, firstUnit);
        }

        Break();
        return fits;
    }

    private void Omitted(ReadOnlySpan<byte> line)
    {
        if (_log == null) return;
        Span<byte> bytes = stackalloc byte[AofAnnotation.OmittedLengthMax];
        var length = AofAnnotation.ReadOmitted(line, bytes);
        if (length < 0)
        {
            Break();
            return;
        }

        AppendSelect();
        Append(bytes[..length]);
    }

    private void Mark(ReadOnlySpan<byte> line)
    {
        var isNext = _log != null && AofAnnotation.IsNextMark(line);
        if (!(isNext ? AofAnnotation.TryReadNextMark(line, _mark, out var mark) : AofAnnotation.TryReadMark(line, out mark)))
        {
            Break();
            return;
        }

        if (mark.Offset != _log?.EndOffset) AppendSelect();
        _select = [];
        var goesOn = _log != null && _log.EndOffset == mark.Offset && mark.StreamBytes >= _sinceMark;
        _sinceMark = 0;
        _mark = mark;
        if (goesOn) return;
        _log ??= new ReplicationLog(node.Blocks, BytesMax, node.Parts.LogBlockBytes);
        _log.BeginRecovery(mark.Offset + 1);
        _log.NoteEdge(mark.Database);
    }

    // What a backlog may hold for its size, for its time, or because nobody else may have it.
    private long BytesMax
    {
        get
        {
            var config = node.Config;
            var bytes = Math.Max(config.ReplBacklogSize, node.IsReplica ? 0 : config.ReplBacklogSoleCopySize);
            return config.ReplBacklogSeconds == 0 ? bytes : Math.Max(bytes, config.ReplBacklogSizeMax);
        }
    }

    private void AppendSelect()
    {
        if (_select.Length > 0) Append(_select);
        _select = [];
    }

    private void Append(ReadOnlySpan<byte> item)
    {
        _log!.Append(item);
        _log.Trim();
        _sinceMark += item.Length;
    }
}
