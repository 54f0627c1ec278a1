using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration;

/// <summary>Where a value comes from.</summary>
public enum SetSource
{
    /// <summary>A configuration file, standard input or the command line: repeated lines may add to each other.</summary>
    File,

    /// <summary>CONFIG SET: the value replaces the old one.</summary>
    Command,
}

/// <summary>What setting a directive did.</summary>
public enum SetOutcome
{
    /// <summary>Refused; the error text says why. Nothing has changed.</summary>
    Failed,

    /// <summary>The value was that already: no action runs.</summary>
    Unchanged,

    /// <summary>The value is new.</summary>
    Changed,
}

/// <summary>A reference to the field of <see cref="ServerConfig"/> that a directive owns.</summary>
public delegate ref T ConfigField<T>(ServerConfig config);

/// <summary>What a directive is declared with beside its kind, default and range.</summary>
/// <param name="Flags">What may be done with it.</param>
/// <param name="Readiness">Whether it is built.</param>
/// <param name="Action">What follows a change.</param>
/// <param name="Alias">Its older name, or null.</param>
public sealed record DirectiveTraits(
    DirectiveFlags Flags = DirectiveFlags.None, Readiness Readiness = Readiness.Working, ConfigAction Action = ConfigAction.None, string? Alias = null);

/// <summary>
/// One configuration directive: how its value is read, shown, defaulted and written back. Directives are immutable and shared by all nodes
/// of a process; values live in <see cref="ServerConfig"/>.
/// <code>
///   file line / argv ─┐                       ┌─► Get      CONFIG GET's text
///                     ├─► Set ─► field of ────┼─► Rewrite  line(s) of the file
///   CONFIG SET value ─┘         ServerConfig  └─► read directly by the engine
/// </code>
/// </summary>
public abstract class Directive(string name, DirectiveTraits traits)
{
    /// <summary>The directive's name, lower case.</summary>
    public string Name { get; } = name;

    /// <summary>Its older name (<c>slave-priority</c>), or null.</summary>
    public string? Alias { get; } = traits.Alias;

    /// <summary>What may be done with it.</summary>
    public DirectiveFlags Flags { get; } = traits.Flags;

    /// <summary>Whether what it promises is built.</summary>
    public Readiness Readiness { get; } = traits.Readiness;

    /// <summary>What follows a change by CONFIG SET.</summary>
    public ConfigAction Action { get; } = traits.Action;

    /// <summary>The traits of a directive declared without any.</summary>
    protected static DirectiveTraits NoTraits { get; } = new();

    /// <summary>Whether the flag is set.</summary>
    public bool Is(DirectiveFlags flag) => (Flags & flag) != DirectiveFlags.None;

    /// <summary>Gives the field its default.</summary>
    public abstract void Reset(ServerConfig config);

    /// <summary>Whether the field has its default.</summary>
    public abstract bool IsDefault(ServerConfig config);

    /// <summary>Reads the arguments into the field. On failure the field is as it was and <paramref name="error"/> is Redis' text.</summary>
    public abstract SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error);

    /// <summary>The value as CONFIG GET prints it.</summary>
    public abstract string Get(ServerConfig config);

    /// <summary>Writes the directive's line or lines into a rewritten file.</summary>
    public abstract void Rewrite(ServerConfig config, RewriteFile file);
}
