namespace Redouble.Health;

/// <summary>How bad something is; the number is the exit status that monitoring systems expect.</summary>
internal enum Severity
{
    Ok = 0,
    Warning = 1,
    Critical = 2,
}
