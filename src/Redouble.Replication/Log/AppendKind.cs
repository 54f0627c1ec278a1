namespace Redouble.Replication.Log;

/// <summary>What the bytes of an append are, for lag and for rolling back.</summary>
public enum AppendKind : byte
{
    /// <summary>Effects of commands. Lag in milliseconds is the age of such bytes.</summary>
    Data,

    /// <summary>PING and REPLCONF GETACK: they move the offset and change nothing else.</summary>
    Keepalive,

    /// <summary>A SELECT that goes before data of another database.</summary>
    Select,

    /// <summary>
    /// PUBLISH and SPUBLISH: heard by who is subscribed, and the data set stays as it is. A Sentinel publishes twice a second to every node that it watches, so
    /// that an idle primary would always seem to have written something that its successor lacks.
    /// </summary>
    Message,
}
