using Redouble.Core.Platform;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Statistics;

/// <summary>Counters behind INFO; CONFIG RESETSTAT clears them.</summary>
public sealed class NodeStatistics(IClock clock)
{
    private const int SampleEvery = 16;

    private CommandStatistics[] _commands = new CommandStatistics[CommandTable.Count];
    private int _sample;

    /// <summary>Per command id.</summary>
    public Span<CommandStatistics> Commands => _commands;

    /// <summary>Errors by their first word.</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>Commands executed.</summary>
    public long CommandsProcessed { get; set; }

    /// <summary>Connections accepted.</summary>
    public long ConnectionsReceived { get; set; }

    /// <summary>Connections refused for maxclients.</summary>
    public long ConnectionsRejected { get; set; }

    /// <summary>Requests that were no requests.</summary>
    public long ProtocolErrors { get; set; }

    /// <summary>Error replies written.</summary>
    public long ErrorReplies { get; set; }

    /// <summary>Bytes received from clients.</summary>
    public long InputBytes { get; set; }

    /// <summary>Bytes sent to clients.</summary>
    public long OutputBytes { get; set; }

    /// <summary>Bytes received from the primary.</summary>
    public long ReplicationInputBytes { get; set; }

    /// <summary>Bytes sent to replicas.</summary>
    public long ReplicationOutputBytes { get; set; }

    /// <summary>Look-ups that found a key.</summary>
    public long KeyspaceHits { get; set; }

    /// <summary>Look-ups that did not.</summary>
    public long KeyspaceMisses { get; set; }

    /// <summary>Keys removed because their time had passed.</summary>
    public long ExpiredKeys { get; set; }

    /// <summary>Times the active expiry cycle stopped for lack of time.</summary>
    public long ExpiredTimeCapReached { get; set; }

    /// <summary>Share of expired keys that the last pass of the active cycle met.</summary>
    public double ExpiredStalePercent { get; set; }

    /// <summary>Clients closed for too much output.</summary>
    public long OutputLimitDisconnections { get; set; }

    /// <summary>Full resynchronizations served.</summary>
    public long SyncFull { get; set; }

    /// <summary>Partial resynchronizations granted.</summary>
    public long SyncPartialOk { get; set; }

    /// <summary>Partial resynchronizations refused.</summary>
    public long SyncPartialError { get; set; }

    /// <summary>Most memory used, bytes.</summary>
    public long PeakMemoryBytes { get; set; }

    /// <summary>Reads served.</summary>
    public long ReadsProcessed { get; set; }

    /// <summary>Writes to sockets.</summary>
    public long WritesProcessed { get; set; }

    /// <summary>Turns of the loop.</summary>
    public long Turns { get; set; }

    /// <summary>Microseconds spent in turns.</summary>
    public long TurnMicroseconds { get; set; }

    /// <summary>Longest turn, microseconds.</summary>
    public long LongestTurnMicroseconds { get; set; }

    /// <summary>Called when a command that took long, or any sampled one, has ended: slow log and latency monitor hang here.</summary>
    public Action<Session, CommandInfo, CommandArguments, long>? Timed { get; set; }

    /// <summary>Clears everything that CONFIG RESETSTAT clears.</summary>
    public void Reset()
    {
        Array.Clear(_commands);
        Errors.Clear();
        CommandsProcessed = ConnectionsReceived = ConnectionsRejected = ErrorReplies = InputBytes = OutputBytes = 0;
        ReplicationInputBytes = ReplicationOutputBytes = KeyspaceHits = KeyspaceMisses = ExpiredKeys = ExpiredTimeCapReached = 0;
        OutputLimitDisconnections = SyncFull = SyncPartialOk = SyncPartialError = ReadsProcessed = WritesProcessed = 0;
        Turns = TurnMicroseconds = LongestTurnMicroseconds = 0;
        ExpiredStalePercent = 0;
    }

    /// <summary>Counts a turn of the loop.</summary>
    public void EndTurn(long microseconds)
    {
        Turns++;
        TurnMicroseconds += microseconds;
        if (microseconds > LongestTurnMicroseconds) LongestTurnMicroseconds = microseconds;
    }

    /// <summary>
    /// Start of a call: a time in microseconds, or -1 when this call is not timed. A clock read costs a fifth of a GET, so commands that are
    /// short by nature are timed once in sixteen calls.
    /// </summary>
    internal long BeginCall(CommandInfo info)
    {
        CommandsProcessed++;
        if (IsShort(info) && ++_sample % SampleEvery != 0) return -1;
        return clock.MonotonicMicroseconds;
    }

    internal void EndCall(Session session, CommandInfo info, long started, in CommandArguments arguments)
    {
        ref var statistics = ref _commands[info.Id];
        statistics.Calls++;
        if (started < 0) return;
        var duration = clock.MonotonicMicroseconds - started;
        statistics.Microseconds += IsShort(info) ? duration * SampleEvery : duration;
        Timed?.Invoke(session, info, arguments, duration);
    }

    internal void CountRejected(CommandInfo? info)
    {
        if (info != null) _commands[info.Id].Rejected++;
    }

    private static bool IsShort(CommandInfo info) => (info.Flags & CommandFlags.Fast) != 0 || info.Id == CommandId.Set;
}
