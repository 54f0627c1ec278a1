namespace Redouble.Protocol.Requests;

/// <summary>Outcome of one <see cref="RequestScanner.Scan"/>.</summary>
public enum ScanStatus : byte
{
    /// <summary>A whole request was found: its arguments are in the table, its bytes are the consumed ones.</summary>
    Complete,

    /// <summary>The request goes on after the window; scan again when the window has <see cref="RequestScanner.BytesNeeded"/> bytes.</summary>
    Incomplete,

    /// <summary>A request without arguments (a blank line, <c>*0</c>, <c>*-1</c>): drop the consumed bytes and go on.</summary>
    Empty,

    /// <summary>The bytes are no request. Reply with <see cref="RequestScanner.FormatError"/> and close once it is sent.</summary>
    Error,
}
