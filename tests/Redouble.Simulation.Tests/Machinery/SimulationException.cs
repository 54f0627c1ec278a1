namespace Redouble.Simulation.Tests.Machinery;

/// <summary>A rule did not hold.</summary>
internal sealed class SimulationException(string rule, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Which check found it.</summary>
    public string Rule { get; } = rule;
}
