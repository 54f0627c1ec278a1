namespace Redouble.Health;

/// <summary>The state of a replica's link.</summary>
internal enum LinkState
{
    /// <summary>A primary has none.</summary>
    None,
    Up,

    /// <summary>A full sync is under way: waiting for its snapshot, transfer or load.</summary>
    Syncing,
    Down,
}

/// <summary>How old a replica's data is.</summary>
/// <param name="Seconds">Age of the oldest write that it lacks.</param>
/// <param name="Source">
/// measured: it was watched until it had what its primary had; estimated: from the rate at which it came nearer; primary: as the primary's redouble
/// fields tell; replica: as its own do; acknowledged: time since its last acknowledgement; link: as long as its link, or one above it, is down.
/// </param>
internal sealed record Lag(double Seconds, string Source);

/// <summary>A full sync under way.</summary>
/// <param name="Phase">waiting, receiving, loading.</param>
/// <param name="Seconds">How long it has taken so far, as far as that is known, with tries before it that came to nothing.</param>
/// <param name="Percent">How much of the payload is there, where the total is known.</param>
/// <param name="Bytes">How much of the payload is there.</param>
/// <param name="LeftSeconds">How long it will take still, where a Redouble tells that.</param>
/// <param name="Failures">How many before it have failed in a row, where a Redouble tells that.</param>
/// <param name="Error">How the last of them did.</param>
internal sealed record SyncState(
    string Phase, double? Seconds, double? Percent, long? Bytes, double? LeftSeconds = null, long Failures = 0, string Error = "");

/// <summary>The end of the stream that a node keeps for replicas that come back.</summary>
/// <param name="SizeBytes">repl-backlog-size.</param>
/// <param name="HeldBytes">What is in it; 0 while there is none.</param>
/// <param name="CoversSeconds">For how long a replica may be away, at the rate of the recent past; null when the node does not tell.</param>
internal sealed record BacklogState(long SizeBytes, long HeldBytes, double? CoversSeconds);

/// <summary>One node as it is shown and judged.</summary>
internal sealed record NodeRow
{
    /// <summary>HOST:PORT as it was named, or as its primary reports it.</summary>
    public required string Node { get; init; }

    /// <summary>False for a replica that is known from its primary's report only.</summary>
    public bool Asked { get; init; } = true;

    /// <summary>Why there is no more to say about it.</summary>
    public string? Failure { get; init; }

    /// <summary>redouble, redis, valkey and the version; empty when it was not asked.</summary>
    public string Kind { get; init; } = "";

    /// <summary>primary, replica, or empty.</summary>
    public string Role { get; init; } = "";

    /// <summary>The node at the top of its chain, as it was named; null when that was not asked. A primary's own name.</summary>
    public string? Root { get; init; }

    /// <summary>HOST:PORT of a replica's primary, as the replica calls it.</summary>
    public string Follows { get; init; } = "";

    public LinkState Link { get; init; }

    /// <summary>How long the link is down; the most it can be when it was never up; null when nobody knows.</summary>
    public double? DownSeconds { get; init; }

    /// <summary>Whether a link that is down was ever up.</summary>
    public bool WasUp { get; init; }

    /// <summary>Why the link is down, where the node says so.</summary>
    public string LinkError { get; init; } = "";

    public long Offset { get; init; }

    /// <summary>What its primary had written and it had not applied, when they were asked.</summary>
    public long? BytesBehind { get; init; }

    public Lag? Lag { get; init; }

    public SyncState? Sync { get; init; }

    /// <summary>In how many seconds its primary will drop it if things go on like this, and why, where that is a Redouble.</summary>
    public (double Seconds, string Cause)? Drop { get; init; }

    public BacklogState? Backlog { get; init; }

    /// <summary>How many replicas a primary reports, and how many of those are online.</summary>
    public (int Online, int All) Replicas { get; init; }

    /// <summary>How much of its own file a node has loaded that is starting, in percent; null when it is not.</summary>
    public double? LoadedPercent { get; init; }

    public string ReplId { get; init; } = "";

    public string SecondReplId { get; init; } = "";
}
