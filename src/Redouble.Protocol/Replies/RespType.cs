namespace Redouble.Protocol.Replies;

/// <summary>The types of RESP, by their first byte.</summary>
public enum RespType : byte
{
    /// <summary>A status line.</summary>
    SimpleString = (byte)'+',

    /// <summary>An error line.</summary>
    Error = (byte)'-',

    /// <summary>A 64-bit integer.</summary>
    Integer = (byte)':',

    /// <summary>A string of any bytes, or RESP2's null.</summary>
    Bulk = (byte)'$',

    /// <summary>Values in order, or RESP2's null array.</summary>
    Array = (byte)'*',

    /// <summary>RESP3's null.</summary>
    Null = (byte)'_',

    /// <summary>True or false.</summary>
    Boolean = (byte)'#',

    /// <summary>A double, in digits.</summary>
    Double = (byte)',',

    /// <summary>An integer of any size, in digits.</summary>
    BigNumber = (byte)'(',

    /// <summary>An error of any bytes.</summary>
    BulkError = (byte)'!',

    /// <summary>Text with a format of three bytes.</summary>
    Verbatim = (byte)'=',

    /// <summary>Pairs.</summary>
    Map = (byte)'%',

    /// <summary>Values without order.</summary>
    Set = (byte)'~',

    /// <summary>Pairs about the value that follows.</summary>
    Attribute = (byte)'|',

    /// <summary>A message outside the order of replies.</summary>
    Push = (byte)'>',
}
