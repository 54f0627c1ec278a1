namespace Redouble.Health;

/// <summary>Above which number of seconds something is a warning, or critical; null is never.</summary>
internal sealed record Limits(double? Warning, double? Critical)
{
    /// <summary>How bad it is when something has come to <paramref name="seconds"/>, and the limit that was exceeded.</summary>
    public (Severity Severity, double Limit) Judge(double seconds)
    {
        if (seconds > Critical)
        {
            return (Severity.Critical, Critical.Value);
        }

        return seconds > Warning ? (Severity.Warning, Warning.Value) : (Severity.Ok, 0);
    }
}

/// <summary>What the check judges by.</summary>
/// <param name="Lag">How old the oldest write may be that a replica lacks.</param>
/// <param name="Sync">How long a full sync may take.</param>
/// <param name="Down">How long a link may be down.</param>
/// <param name="Expect">How many replicas a primary needs whose links are up.</param>
internal sealed record Thresholds(Limits Lag, Limits Sync, Limits Down, int Expect)
{
    /// <summary>A link that is down for no time at all is down.</summary>
    private const double AnyTime = -1;

    public static Thresholds Default { get; } = new(new Limits(10, 60), new Limits(300, null), new Limits(null, AnyTime), 0);
}
