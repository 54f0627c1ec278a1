namespace Redouble.Protocol.Requests;

/// <summary>What is wrong with a request.</summary>
public enum ScanError : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The count after <c>*</c> is no integer up to 2^31 - 1.</summary>
    InvalidMultibulkLength,

    /// <summary>The line of the count does not end.</summary>
    TooBigMultibulkCount,

    /// <summary>The line of a bulk length does not end.</summary>
    TooBigBulkCount,

    /// <summary>A bulk does not start with <c>$</c>.</summary>
    ExpectedDollar,

    /// <summary>A bulk length is no integer from 0 to proto-max-bulk-len.</summary>
    InvalidBulkLength,

    /// <summary>An inline request does not end.</summary>
    TooBigInline,

    /// <summary>An inline request has an open quote, or text right behind a closing one.</summary>
    UnbalancedQuotes,

    /// <summary>Too many arguments from a client that has not authenticated.</summary>
    UnauthenticatedMultibulkLength,

    /// <summary>Too long an argument from a client that has not authenticated.</summary>
    UnauthenticatedBulkLength,
}

internal static class ScanErrorText
{
    /// <summary>Text behind <c>ERR Protocol error: </c>, as Redis words it.</summary>
    public static ReadOnlySpan<byte> Of(ScanError error) => error switch
    {
        ScanError.InvalidMultibulkLength => "invalid multibulk length"u8,
        ScanError.TooBigMultibulkCount => "too big mbulk count string"u8,
        ScanError.TooBigBulkCount => "too big bulk count string"u8,
        ScanError.ExpectedDollar => "expected '$', got '?'"u8,
        ScanError.InvalidBulkLength => "invalid bulk length"u8,
        ScanError.TooBigInline => "too big inline request"u8,
        ScanError.UnbalancedQuotes => "unbalanced quotes in request"u8,
        ScanError.UnauthenticatedMultibulkLength => "unauthenticated multibulk length"u8,
        ScanError.UnauthenticatedBulkLength => "unauthenticated bulk length"u8,
        _ => default,
    };
}
