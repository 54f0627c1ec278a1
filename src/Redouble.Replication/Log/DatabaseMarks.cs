namespace Redouble.Replication.Log;

/// <summary>
/// Which database the stream was in, behind which offset: the last SELECTs. Whoever gives up the end of the log has to know what held where it then ends.
/// <code>
///   stream   │ SELECT 3 │ SET … │ PING │ SELECT 0 │ PUBLISH … │
///   marks               ▲ 3                       ▲ 0              behind SET and behind PING: 3
/// </code>
/// Bounded: of what was before the last <see cref="CountMax"/> changes nothing is known.
/// </summary>
internal sealed class DatabaseMarks
{
    public const int CountMax = 128; // more than the commands that a replica applies before it appends them

    private readonly (long Offset, int Database)[] _marks = new (long Offset, int Database)[CountMax];
    private long _first;
    private long _end; // marks [_first, _end) are held, each at its number modulo CountMax

    /// <summary>Behind <paramref name="offset"/>, which is not before any other noted, the stream is in <paramref name="database"/>.</summary>
    public void Note(long offset, int database)
    {
        if (_end > _first && At(_end - 1).Database == database) return;
        if (_end > _first && At(_end - 1).Offset == offset) _end--;
        At(_end++) = (offset, database);
        _first = Math.Max(_first, _end - CountMax);
    }

    /// <summary>The database of the stream behind <paramref name="offset"/>; -1 when it had not said any, or that is not known any more.</summary>
    public int Behind(long offset)
    {
        for (var i = _end - 1; i >= _first; i--)
        {
            if (At(i).Offset <= offset) return At(i).Database;
        }

        return -1;
    }

    /// <summary>Forgets what came behind <paramref name="offset"/>.</summary>
    public void TruncateAfter(long offset)
    {
        while (_end > _first && At(_end - 1).Offset > offset) _end--;
    }

    public void Clear() => _first = _end = 0;

    private ref (long Offset, int Database) At(long number) => ref _marks[number % CountMax];
}
