namespace Redouble.Protocol.Replies;

/// <summary>Counts the errors that clients are told.</summary>
public interface IErrorObserver
{
    /// <summary>An error reply, without the leading '-' and the line end; its first word is the code.</summary>
    void OnError(ReadOnlySpan<byte> text);
}
