namespace Redouble.Protocol.Replies;

/// <summary>
/// Lines of the replication handshake: <c>+PONG</c>, <c>+FULLRESYNC …</c>, <c>$1234</c>, and the bare newlines by which a primary keeps
/// the link alive meanwhile.
/// </summary>
public static class ReplyLine
{
    /// <summary>
    /// Takes the line at the start of <paramref name="window"/>; it ends with LF or CRLF, which <paramref name="line"/> leaves out and
    /// <paramref name="consumed"/> counts. Error when it is longer than <paramref name="lengthMax"/> bytes.
    /// </summary>
    public static ReplyStatus TryReadLine(ReadOnlySpan<byte> window, int lengthMax, out ReadOnlySpan<byte> line, out int consumed)
    {
        line = default;
        consumed = 0;
        var end = window[..(int)Math.Min(window.Length, lengthMax + 2L)].IndexOf((byte)'\n');
        if (end < 0) return window.Length > lengthMax + 1L ? ReplyStatus.Error : ReplyStatus.Incomplete;
        line = window[..(end > 0 && window[end - 1] == '\r' ? end - 1 : end)];
        if (line.Length > lengthMax) return ReplyStatus.Error;
        consumed = end + 1;
        return ReplyStatus.Complete;
    }

    /// <summary>
    /// Finds the CRLF of the line at <paramref name="position"/>, from <paramref name="searched"/> on. A CR or LF alone is an error.
    /// </summary>
    internal static ReplyStatus TryFind(
        ReadOnlySpan<byte> window, int position, ref int searched, int lengthMax, out ReadOnlySpan<byte> line, out int next)
    {
        line = default;
        next = 0;
        var from = Math.Max(position, searched);
        var found = from < window.Length ? window[from..].IndexOfAny((byte)'\r', (byte)'\n') : -1;
        var end = found < 0 ? window.Length : from + found;
        searched = end;
        if (end - position > lengthMax) return ReplyStatus.Error;
        if (end + 1 >= window.Length) return end < window.Length && window[end] == '\n' ? ReplyStatus.Error : ReplyStatus.Incomplete;
        if (window[end] != '\r' || window[end + 1] != '\n') return ReplyStatus.Error;
        line = window[position..end];
        next = end + 2;
        return ReplyStatus.Complete;
    }
}
