namespace Redouble.Persistence.Aof;

/// <summary>Why a manifest cannot be used.</summary>
/// <param name="Text">In Redis' words.</param>
/// <param name="LineNumber">From 1, 0 for the file as a whole.</param>
/// <param name="Line">The line without white space around it; null where Redis does not show it.</param>
public sealed record AofManifestError(string Text, int LineNumber, string? Line);
