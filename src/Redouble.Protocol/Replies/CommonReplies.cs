namespace Redouble.Protocol.Replies;

/// <summary>Whole replies that never change, for <see cref="ReplyWriter.Raw"/>.</summary>
public static class CommonReplies
{
    /// <summary><c>+OK</c></summary>
    public static ReadOnlySpan<byte> Ok => "+OK\r\n"u8;

    /// <summary><c>+PONG</c></summary>
    public static ReadOnlySpan<byte> Pong => "+PONG\r\n"u8;

    /// <summary><c>+QUEUED</c>: the command waits for EXEC.</summary>
    public static ReadOnlySpan<byte> Queued => "+QUEUED\r\n"u8;

    /// <summary><c>:0</c></summary>
    public static ReadOnlySpan<byte> Zero => ":0\r\n"u8;

    /// <summary><c>:1</c></summary>
    public static ReadOnlySpan<byte> One => ":1\r\n"u8;

    /// <summary><c>:-1</c></summary>
    public static ReadOnlySpan<byte> MinusOne => ":-1\r\n"u8;

    /// <summary><c>:-2</c></summary>
    public static ReadOnlySpan<byte> MinusTwo => ":-2\r\n"u8;

    /// <summary>The bulk of no bytes.</summary>
    public static ReadOnlySpan<byte> EmptyBulk => "$0\r\n\r\n"u8;

    /// <summary>The array of no elements.</summary>
    public static ReadOnlySpan<byte> EmptyArray => "*0\r\n"u8;

    /// <summary>RESP2's null string.</summary>
    public static ReadOnlySpan<byte> NullBulkResp2 => "$-1\r\n"u8;

    /// <summary>RESP2's null array.</summary>
    public static ReadOnlySpan<byte> NullArrayResp2 => "*-1\r\n"u8;

    /// <summary>RESP3's one null.</summary>
    public static ReadOnlySpan<byte> NullResp3 => "_\r\n"u8;

    /// <summary><c>-WRONGTYPE …</c></summary>
    public static ReadOnlySpan<byte> WrongType => "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"u8;

    /// <summary><c>-ERR syntax error</c></summary>
    public static ReadOnlySpan<byte> SyntaxError => "-ERR syntax error\r\n"u8;

    /// <summary><c>-ERR no such key</c></summary>
    public static ReadOnlySpan<byte> NoSuchKey => "-ERR no such key\r\n"u8;
}
