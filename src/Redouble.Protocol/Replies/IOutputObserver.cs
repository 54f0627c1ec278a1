namespace Redouble.Protocol.Replies;

/// <summary>Judges outputs that have become long.</summary>
public interface IOutputObserver
{
    /// <summary>At how many bytes the output is cut, now that it has come to its <see cref="ReplyBuffer.Limit"/>.</summary>
    long LimitOf(ReplyBuffer output);

    /// <summary>The output was cut at that limit; a reply may still be under way.</summary>
    void OnCut(ReplyBuffer output);

    /// <summary>
    /// Whether the output may have a further block while the system gives no more memory. If not it is cut, or the command that writes to it is ended by an
    /// exception.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">Ends the command.</exception>
    bool MayGrow(ReplyBuffer output);
}
