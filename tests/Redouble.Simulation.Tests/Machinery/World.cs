using System.Globalization;

namespace Redouble.Simulation.Tests.Machinery;

/// <summary>
/// Virtual time: one queue of events, in the order of their times and, at one time, of their making. Whatever happens in a run happens in
/// an event, and whatever is left to chance is drawn from <see cref="Dice"/>, so a seed repeats its run.
/// </summary>
internal sealed class World(int seed)
{
    private readonly PriorityQueue<Action, (long Time, long Sequence)> _events = new();
    private readonly List<string> _trace = [];
    private long _sequence;

    public int Seed { get; } = seed;

    public Dice Dice { get; } = new((ulong)seed * 0x2545F4914F6CDD1D);

    /// <summary>Microseconds since the start of the run.</summary>
    public long Now { get; private set; }

    public long Events { get; private set; }

    /// <summary>While false nothing breaks any more.</summary>
    public bool FaultsAreOn { get; set; } = true;

    /// <summary>Whether the trace is kept.</summary>
    public bool Traces { get; init; }

    public string TraceText => string.Join('\n', _trace);

    public void After(long delay, Action action) => _events.Enqueue(action, (Now + delay, _sequence++));

    public void RunUntil(long time)
    {
        while (_events.TryPeek(out var action, out var at) && at.Time <= time)
        {
            _events.Dequeue();
            Now = at.Time;
            Events++;
            action();
        }

        Now = time;
    }

    /// <summary>Adds a line to the trace; the text is built only when it is kept.</summary>
    public void Trace(Func<string> text)
    {
        if (Traces) _trace.Add(string.Create(CultureInfo.InvariantCulture, $"{Now / 1e6,10:F6} {text()}"));
    }

    public void Fail(string rule, string text, Exception? inner = null) =>
        throw new SimulationException(rule, string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, {Now / 1e6:F6} s, {rule}: {text}"), inner);
}
