namespace Redouble.Replication;

/// <summary>Levels of the log lines that replication writes, as in the directive <c>loglevel</c>.</summary>
public enum LogLevel : byte
{
    /// <summary>For developers.</summary>
    Debug,

    /// <summary>Much information.</summary>
    Verbose,

    /// <summary>What an operator wants to see.</summary>
    Notice,

    /// <summary>Only what is important.</summary>
    Warning,
}
