namespace Redouble.Fuzz;

/// <summary>What a run shall do.</summary>
internal sealed class FuzzOptions
{
    public FuzzTarget Target { get; set; } = null!;

    /// <summary>First part of what an input is made from.</summary>
    public long Seed { get; set; } = 1;

    /// <summary>Number of the first input.</summary>
    public long From { get; set; }

    /// <summary>Ends the run after so many inputs; 0 for no such end.</summary>
    public long Iterations { get; set; }

    /// <summary>Ends the run after so much time, unless <see cref="Iterations"/> is given.</summary>
    public long Seconds { get; set; } = 60;

    /// <summary>Where a failing input is written.</summary>
    public string Directory { get; set; } = Path.Combine(Path.GetTempPath(), "redouble-fuzz");

    /// <summary>A file to be tried instead of made-up inputs.</summary>
    public string? Input { get; set; }
}
