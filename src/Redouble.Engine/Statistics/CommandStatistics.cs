namespace Redouble.Engine.Statistics;

/// <summary>What INFO commandstats shows of one command.</summary>
public struct CommandStatistics
{
    /// <summary>Finished calls.</summary>
    public long Calls;

    /// <summary>Microseconds of all calls; of short commands every sixteenth call is timed and stands for the others.</summary>
    public long Microseconds;

    /// <summary>Calls refused before execution.</summary>
    public long Rejected;

    /// <summary>Calls that replied with an error.</summary>
    public long Failed;
}
