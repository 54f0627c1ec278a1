namespace Redouble.Replication.Log;

/// <summary>
/// The append-only file, as the log sees it: a reader that must not miss a byte, whatever becomes of the history. Called on the data thread, in the
/// middle of changes of the log: it reads, and appends nothing.
/// </summary>
public interface ILogFollower
{
    /// <summary>The bytes from <paramref name="start"/> on have been appended, and are no data: keepalives, messages.</summary>
    void OnNoData(long start, long length, AppendKind kind);

    /// <summary>The history is about to be dropped: what was not read yet has to be read now.</summary>
    void BeforeFree();

    /// <summary>Another history begins, behind <see cref="ReplicationLog.EndOffset"/>.</summary>
    void OnCreated();

    /// <summary>What follows some offset, none of it data, is about to be given up, and its memory written to again.</summary>
    void BeforeTruncate();

    /// <summary>What followed <paramref name="endOffset"/> was given up. Whoever had read further reads on from there.</summary>
    void OnTruncated(long endOffset);
}
