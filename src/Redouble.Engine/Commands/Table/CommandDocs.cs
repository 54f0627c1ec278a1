namespace Redouble.Engine.Commands.Table;

/// <summary>What COMMAND DOCS says about a command. Built on demand and not kept: nobody asks for it on a hot path.</summary>
public sealed record CommandDocs(string Summary, string Since, CommandGroup Group, string? Complexity)
{
    /// <summary>Internal to the server (<c>syscmd</c>).</summary>
    public bool System { get; init; }

    /// <summary>Version since which the command is deprecated, or null.</summary>
    public string? DeprecatedSince { get; init; }

    /// <summary>What to use instead of a deprecated command, or null.</summary>
    public string? ReplacedBy { get; init; }

    /// <summary>Changes by version, oldest first.</summary>
    public CommandChange[] History { get; init; } = [];

    /// <summary>The argument tree; empty for a command without arguments.</summary>
    public CommandArgument[] Arguments { get; init; } = [];
}

/// <summary>One entry of a command's history.</summary>
public readonly record struct CommandChange(string Since, string Text);
