using System.Text;
using Redouble.Core.Platform;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Statistics;

/// <summary>Counters behind INFO; CONFIG RESETSTAT clears them.</summary>
public sealed class NodeStatistics(IClock clock) : IErrorObserver
{
    private const int SampleEvery = 16;
    private const int AlwaysTimedCalls = 128; // the first calls of a command are all timed, so that rare commands are measured exactly
    private const int LongRequestBytes = 16 * 1024;
    private const int ErrorCodesMax = 128; // scripts can make up codes without end
    private const string OtherErrors = "ERRORSTATS_OVERFLOW";

    private readonly CommandStatistics[] _commands = new CommandStatistics[CommandTable.Count];
    private readonly LatencyHistogram?[] _histograms = new LatencyHistogram?[CommandTable.Count];
    private long _errorsBefore;
    private long _commandsAtTurnStart;

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
    public long ErrorReplies { get; private set; }

    /// <summary>Error replies to those who should never get one: the primary, the AOF.</summary>
    public long UnexpectedErrorReplies { get; set; }

    /// <summary>AUTHs and HELLOs with a wrong password.</summary>
    public long AuthenticationsRefused { get; set; }

    /// <summary>Microseconds of all commands, by the same sampling as theirs.</summary>
    public long CommandMicroseconds { get; private set; }

    /// <summary>Microseconds of timer work.</summary>
    public long TimerMicroseconds { get; set; }

    /// <summary>Microseconds of active expiry.</summary>
    public long ExpiryMicroseconds { get; set; }

    /// <summary>Most commands executed in one turn.</summary>
    public long CommandsPerTurnMax { get; private set; }

    /// <summary>Time every call, not a sample of the short ones: a slow log with a low threshold.</summary>
    public bool TimesEveryCall { get; set; }

    /// <summary>Keep histograms of durations (<c>latency-tracking</c>).</summary>
    public bool TracksLatency { get; set; } = true;

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

    /// <summary>Fields of hashes removed because their time had passed.</summary>
    public long ExpiredFields { get; set; }

    /// <summary>Times the active expiry cycle stopped for lack of time.</summary>
    public long ExpiredTimeCapReached { get; set; }

    /// <summary>Share of expired keys that the last pass of the active cycle met.</summary>
    public double ExpiredStalePercent { get; set; }

    /// <summary>Clients closed for too much output.</summary>
    public long OutputLimitDisconnections { get; set; }

    /// <summary>Clients closed for too much input that is no whole request.</summary>
    public long InputLimitDisconnections { get; set; }

    /// <summary>Most memory used, bytes.</summary>
    public long PeakMemoryBytes { get; private set; }

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

    /// <summary>
    /// Monotonic microseconds at the end of the last call that was timed: the time as far as it is known without a look at the clock. At most fifteen calls of
    /// each short command are behind it.
    /// </summary>
    public long LastTimed { get; private set; }

    /// <summary>Called when a command that took long, or any sampled one, has ended: slow log and latency monitor hang here.</summary>
    public Action<Session, CommandInfo, CommandArguments, long>? Timed { get; set; }

    /// <summary>Whether calls are not counted: those that a file holds were counted when they were made.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Clears what CONFIG RESETSTAT clears of these.</summary>
    public void Reset()
    {
        Array.Clear(_commands);
        Errors.Clear();
        CommandsProcessed = ConnectionsReceived = ConnectionsRejected = ErrorReplies = InputBytes = OutputBytes = 0;
        ReplicationInputBytes = ReplicationOutputBytes = KeyspaceHits = KeyspaceMisses = ExpiredKeys = ExpiredFields = ExpiredTimeCapReached = 0;
        OutputLimitDisconnections = InputLimitDisconnections = ReadsProcessed = WritesProcessed = 0;
        Turns = TurnMicroseconds = LongestTurnMicroseconds = CommandsPerTurnMax = _commandsAtTurnStart = 0;
        UnexpectedErrorReplies = AuthenticationsRefused = CommandMicroseconds = TimerMicroseconds = ExpiryMicroseconds = _errorsBefore = 0;
        ExpiredStalePercent = 0;
        ResetHistograms();
    }

    /// <summary>Durations of a command, or null when none was measured.</summary>
    public LatencyHistogram? Histogram(int command) => _histograms[command];

    /// <summary>Forgets all durations.</summary>
    public void ResetHistograms() => Array.Clear(_histograms);

    /// <inheritdoc/>
    public void OnError(ReadOnlySpan<byte> text)
    {
        const int codeMax = 31;
        ErrorReplies++;
        var end = text[..Math.Min(text.Length, codeMax)].IndexOf((byte)' ');
        var code = end < 0 ? "ERR" : Encoding.Latin1.GetString(text[..end]);
        if (!Errors.TryGetValue(code, out var count) && Errors.Count >= ErrorCodesMax)
        {
            code = OtherErrors;
            Errors.TryGetValue(code, out count);
        }

        Errors[code] = count + 1;
    }

    /// <summary>Notes how much memory is used at present.</summary>
    public void NoteMemory(long bytes)
    {
        if (bytes > PeakMemoryBytes) PeakMemoryBytes = bytes;
    }

    /// <summary>Counts a turn of the loop.</summary>
    public void EndTurn(long microseconds)
    {
        Turns++;
        TurnMicroseconds += microseconds;
        if (microseconds > LongestTurnMicroseconds) LongestTurnMicroseconds = microseconds;
        CommandsPerTurnMax = Math.Max(CommandsPerTurnMax, CommandsProcessed - _commandsAtTurnStart);
        _commandsAtTurnStart = CommandsProcessed;
    }

    /// <summary>
    /// Start of a call: a token for <see cref="EndCall"/>, the time in microseconds doubled, odd for a sample; -1 when the call is not timed.
    /// A clock read costs a fifth of a GET, so commands that are short by nature are timed once in sixteen of their calls, after the first ones.
    /// </summary>
    internal long BeginCall(CommandInfo info, in CommandArguments arguments)
    {
        _errorsBefore = ErrorReplies;
        var calls = _commands[info.Id].Calls;
        if (TimesEveryCall || calls < AlwaysTimedCalls || !IsShort(info, arguments)) return clock.MonotonicMicroseconds << 1;
        return calls % SampleEvery == 0 ? (clock.MonotonicMicroseconds << 1) | 1 : -1; // its own calls: of those in turns with it others would take all samples
    }

    /// <summary>A call has blocked its session, and is counted when it ends. Returns the microseconds it has taken so far.</summary>
    internal long SuspendCall(long token) => clock.MonotonicMicroseconds - (token >> 1);

    /// <summary>A call that had blocked its session has ended without running again.</summary>
    internal void EndSuspendedCall(Session session, CommandInfo info, in CommandArguments arguments, long microseconds, bool failed)
    {
        ref var statistics = ref _commands[info.Id];
        statistics.Calls++;
        CommandsProcessed++;
        if (failed) statistics.Failed++;
        CommandMicroseconds += microseconds;
        Record(session, info, arguments, microseconds, weight: 1);
    }

    /// <summary>End of a call that <see cref="BeginCall"/> began; calls nest.</summary>
    /// <param name="session">Its session.</param>
    /// <param name="info">The command.</param>
    /// <param name="token">From <see cref="BeginCall"/>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="isOutermost">Whether it is no part of another call.</param>
    /// <param name="earlierMicroseconds">What it had taken before it blocked.</param>
    /// <returns>Microseconds that it took now; 0 when it was not timed.</returns>
    internal long EndCall(Session session, CommandInfo info, long token, in CommandArguments arguments, bool isOutermost, long earlierMicroseconds = 0)
    {
        if (IsPaused) return 0;
        ref var statistics = ref _commands[info.Id];
        statistics.Calls++;
        CommandsProcessed++; // at the end: INFO does not count itself
        if (ErrorReplies != _errorsBefore)
        {
            statistics.Failed++;
            _errorsBefore = ErrorReplies; // an error inside EXEC is the inner command's
        }

        if (token < 0) return 0;
        LastTimed = clock.MonotonicMicroseconds;
        var elapsed = LastTimed - (token >> 1);
        var duration = elapsed + earlierMicroseconds;
        var weight = (token & 1) != 0 ? SampleEvery : 1;
        if (isOutermost) CommandMicroseconds += duration * weight;
        Record(session, info, arguments, duration, weight);
        return elapsed;
    }

    private void Record(Session session, CommandInfo info, in CommandArguments arguments, long duration, int weight)
    {
        _commands[info.Id].Microseconds += duration * weight;
        if (TracksLatency) (_histograms[info.Id] ??= new LatencyHistogram()).Record(duration, weight);
        Timed?.Invoke(session, info, arguments, duration);
    }

    internal void CountRejected(CommandInfo? info)
    {
        if (info != null) _commands[info.Id].Rejected++;
    }

    // Of a command that may block every call is timed: it can end in a call that was not begun as a sample.
    private static bool IsShort(CommandInfo info, in CommandArguments arguments) =>
        ((info.Flags & (CommandFlags.Fast | CommandFlags.Blocking)) == CommandFlags.Fast || info.Id == CommandId.Set)
        && arguments.Request.Length < LongRequestBytes && !IsCounted(info.Id, arguments);

    // "Fast" as COMMAND has it, and yet as long as the number says: LPOP key count, XADD key MAXLEN … (an id begins with a digit or an asterisk).
    private static bool IsCounted(int command, in CommandArguments arguments) => command switch
    {
        CommandId.Lpop or CommandId.Rpop or CommandId.Spop or CommandId.Zpopmin or CommandId.Zpopmax => arguments.Count > 2,
        CommandId.Xadd => arguments.Count > 2 && arguments[2] is [> (byte)'9', ..],
        _ => false,
    };
}
