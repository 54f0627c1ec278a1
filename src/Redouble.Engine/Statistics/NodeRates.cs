using Redouble.Engine.Sessions;

namespace Redouble.Engine.Statistics;

/// <summary>What the timer measures: rates, peaks, the largest buffers of clients.</summary>
public sealed class NodeRates
{
    private const long EveryMicroseconds = 100_000;
    private const int PeakWindows = 8; // peaks of client buffers are kept for seconds, one window each
    private readonly Node _node;
    private readonly long[] _inputPeaks = new long[PeakWindows];
    private readonly long[] _outputPeaks = new long[PeakWindows];
    private long _nextSample;
    private int _scanSlot;

    internal NodeRates(Node node) => _node = node;

    /// <summary>Commands per second.</summary>
    public RateMeter Commands { get; } = new();

    /// <summary>Bytes received per second.</summary>
    public RateMeter Input { get; } = new();

    /// <summary>Bytes sent per second.</summary>
    public RateMeter Output { get; } = new();

    /// <summary>Bytes received from the primary per second.</summary>
    public RateMeter ReplicationInput { get; } = new();

    /// <summary>Bytes sent to replicas per second.</summary>
    public RateMeter ReplicationOutput { get; } = new();

    /// <summary>Turns of the loop per second.</summary>
    public RateMeter Turns { get; } = new();

    /// <summary>Microseconds per turn.</summary>
    public RateMeter TurnMicroseconds { get; } = new();

    /// <summary>Largest input buffer of a client in the last seconds, bytes.</summary>
    public long RecentMaxInputBytes => Max(_inputPeaks);

    /// <summary>Largest output buffer of a client in the last seconds, bytes.</summary>
    public long RecentMaxOutputBytes => Max(_outputPeaks);

    /// <summary>Timer: samples ten times a second.</summary>
    internal void Tick(long nowMicroseconds)
    {
        if (nowMicroseconds < _nextSample) return;
        _nextSample = nowMicroseconds + EveryMicroseconds;
        var stats = _node.Stats;
        var seconds = nowMicroseconds / 1e6;
        Commands.Sample(stats.CommandsProcessed, seconds, 1);
        Input.Sample(stats.InputBytes, seconds, 1);
        Output.Sample(stats.OutputBytes, seconds, 1);
        ReplicationInput.Sample(stats.ReplicationInputBytes, seconds, 1);
        ReplicationOutput.Sample(stats.ReplicationOutputBytes, seconds, 1);
        Turns.Sample(stats.Turns, seconds, 1);
        TurnMicroseconds.Sample(stats.TurnMicroseconds, stats.Turns, 1);
        stats.NoteMemory(_node.UsedMemory);
    }

    /// <summary>Timer: notes the buffers of a session that is being looked at.</summary>
    internal void Note(Session session, long nowMs)
    {
        var window = (int)(nowMs / 1000 % PeakWindows);
        if (window != _scanSlot)
        {
            _scanSlot = window;
            _inputPeaks[window] = _outputPeaks[window] = 0;
        }

        _inputPeaks[window] = Math.Max(_inputPeaks[window], session.Input.MemoryBytes);
        _outputPeaks[window] = Math.Max(_outputPeaks[window], session.Output.PendingBytes);
    }

    /// <summary>CONFIG RESETSTAT.</summary>
    internal void Reset()
    {
        foreach (var meter in (ReadOnlySpan<RateMeter>)[Commands, Input, Output, ReplicationInput, ReplicationOutput, Turns, TurnMicroseconds]) meter.Reset();
    }

    private static long Max(long[] values)
    {
        long max = 0;
        foreach (var value in values) max = Math.Max(max, value);
        return max;
    }
}
