namespace Redouble.Protocol.Replies;

/// <summary>Judges outputs that have become long.</summary>
public interface IOutputObserver
{
    /// <summary>At how many bytes the output is cut, now that it has come to its <see cref="ReplyBuffer.Limit"/>.</summary>
    long LimitOf(ReplyBuffer output);

    /// <summary>The output was cut; a reply may still be under way.</summary>
    void OnCut(ReplyBuffer output);
}
