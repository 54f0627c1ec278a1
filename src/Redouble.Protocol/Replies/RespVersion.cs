namespace Redouble.Protocol.Replies;

/// <summary>The protocol version a client has chosen with HELLO.</summary>
public enum RespVersion : byte
{
    /// <summary>The default: five types.</summary>
    Resp2 = 2,

    /// <summary>Maps, sets, doubles, booleans, nulls, big numbers, verbatim strings, attributes and pushes.</summary>
    Resp3 = 3,
}
