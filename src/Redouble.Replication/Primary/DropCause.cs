namespace Redouble.Replication.Primary;

/// <summary>What would end the link to a replica if everything went on as it does now.</summary>
public enum DropCause : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The hard limit of client-output-buffer-limit replica, or the backlog's size if that is more.</summary>
    HardLimit,

    /// <summary>Its soft limit, held for its seconds.</summary>
    SoftLimit,

    /// <summary>repl-timeout: it says nothing any more, or takes nothing of a full sync.</summary>
    Timeout,
}
