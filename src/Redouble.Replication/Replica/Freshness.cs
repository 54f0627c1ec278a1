namespace Redouble.Replication.Replica;

/// <summary>
/// Replica side: how old the data here may be at most. Whoever asks a primary for its offset knows: once that offset is applied, everything written
/// before the question is here.
/// <code>
///   asked at   t1             t2          t3                now
///   told       offset 400     700         900
///   applied                          ▲ 750: all up to t2 is here ─► staleness = now - t2
/// </code>
/// Only this node's monotonic clock enters, and no sign of life: a link that is up and stuck shows, a link that is down while nothing is written does not.
/// </summary>
public sealed class Freshness
{
    private const int AnswersMax = 64;

    private readonly List<(long AskedAt, long Offset)> _answers = []; // not applied yet, oldest first
    private long _freshAsOf = -1;

    /// <summary>Offset that was told last; -1 for none.</summary>
    public long PrimaryOffset { get; private set; } = -1;

    /// <summary>A question asked at <paramref name="askedAt"/> was answered with <paramref name="offset"/>.</summary>
    public void OnAnswer(long askedAt, long offset)
    {
        PrimaryOffset = offset;
        if (_answers.Count == AnswersMax) _answers.RemoveAt(AnswersMax - 1); // the oldest ones come true first
        _answers.Add((askedAt, offset));
    }

    /// <summary>Microseconds that the data is behind at most, having been applied up to <paramref name="applied"/>; -1 when nothing is known.</summary>
    public long At(long applied, long now)
    {
        var done = 0;
        while (done < _answers.Count && _answers[done].Offset <= applied) _freshAsOf = Math.Max(_freshAsOf, _answers[done++].AskedAt);
        if (done > 0) _answers.RemoveRange(0, done);
        return _freshAsOf < 0 ? -1 : Math.Max(0, now - _freshAsOf);
    }

    /// <summary>Forgets what is not true yet: the offsets told belong to another history. What is known of the data stays.</summary>
    public void ForgetAnswers()
    {
        _answers.Clear();
        PrimaryOffset = -1;
    }

    /// <summary>Forgets everything: the data is to be that of another primary.</summary>
    public void Reset()
    {
        ForgetAnswers();
        _freshAsOf = -1;
    }
}
