namespace Redouble.Engine.Configuration;

/// <summary>What may be done with a directive, and when.</summary>
[Flags]
public enum DirectiveFlags
{
    /// <summary>One argument, settable at any time by CONFIG SET, listed by CONFIG GET.</summary>
    None = 0,

    /// <summary>Only the configuration file and the command line set it.</summary>
    Immutable = 1,

    /// <summary>A secret: its value is redacted from the slow log and from MONITOR.</summary>
    Sensitive = 2,

    /// <summary>CONFIG GET shows it to its exact name only, never to a pattern.</summary>
    Hidden = 4,

    /// <summary>Takes any number of arguments in a file; CONFIG SET splits its one value at single blanks.</summary>
    MultiArgument = 8,

    /// <summary>CONFIG SET answers -LOADING while a data set is being loaded.</summary>
    DenyLoading = 16,

    /// <summary>CONFIG SET needs <c>enable-protected-configs</c>.</summary>
    Protected = 32,
}
