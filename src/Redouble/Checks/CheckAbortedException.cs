namespace Redouble.Checks;

/// <summary>A check cannot go on; the text for the user ends it, and the exit status is 1.</summary>
internal sealed class CheckAbortedException(string message) : Exception(message);
