namespace Redouble.Engine.Configuration;

/// <summary>How far what a directive promises is built. A default value is always fine.</summary>
public enum Readiness
{
    /// <summary>Does what its name says.</summary>
    Working,

    /// <summary>Any other value than the default is kept and shown, but has no effect; the start warns once.</summary>
    AcceptedNotBuilt,

    /// <summary>Ignoring any other value than the default would be unsafe: it stops the start, and CONFIG SET refuses it.</summary>
    RefusedNotBuilt,
}

/// <summary>One directive whose value asks for something that is not built.</summary>
/// <param name="Name">The directive.</param>
/// <param name="Readiness">Whether to warn or to stop.</param>
/// <param name="Message">The sentence for the log or the fatal error block.</param>
public readonly record struct ReadinessFinding(string Name, Readiness Readiness, string Message);
