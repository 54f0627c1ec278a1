namespace Redouble.Engine.Blocking;

/// <summary>What a blocked session waits for.</summary>
public enum BlockKind
{
    /// <summary>WAIT: acknowledgements of replicas.</summary>
    Wait,

    /// <summary>SHUTDOWN in progress.</summary>
    Shutdown,
}

/// <summary>A blocked session's wait: what for, until when, and what WAIT has to reach.</summary>
/// <param name="Kind">What for.</param>
/// <param name="DeadlineMs">Unix time in milliseconds, 0 for none.</param>
/// <param name="Replicas">WAIT: replicas that must have acknowledged.</param>
/// <param name="Offset">WAIT: the offset they must have acknowledged.</param>
public sealed record BlockedState(BlockKind Kind, long DeadlineMs, long Replicas = 0, long Offset = 0);
