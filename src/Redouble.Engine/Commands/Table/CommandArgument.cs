namespace Redouble.Engine.Commands.Table;

/// <summary>Type of a documented argument; <see cref="CommandNames.OfArgumentType"/> gives its name on the wire.</summary>
public enum ArgumentType : byte
{
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,

    /// <summary>A word that stands for itself.</summary>
    PureToken,

    /// <summary>Exactly one of the sub-arguments.</summary>
    OneOf,

    /// <summary>All sub-arguments in order.</summary>
    Block,
}

/// <summary>Flags of a documented argument, in the order in which COMMAND DOCS lists them.</summary>
[Flags]
public enum ArgumentFlags : byte
{
    None = 0,
    Optional = 1,
    Multiple = 2,

    /// <summary>With each repetition the token is repeated as well.</summary>
    MultipleToken = 4,
}

/// <summary>One node of the argument tree of COMMAND DOCS.</summary>
public sealed record CommandArgument(string Name, ArgumentType Type)
{
    /// <summary>The word that introduces the argument, or the argument itself for a pure token; else null.</summary>
    public string? Token { get; init; }

    /// <summary>How to show the argument where not by its name; never for one-of and block.</summary>
    public string? Display { get; init; }

    /// <summary>Index of the key spec that covers it, or -1.</summary>
    public int KeySpecIndex { get; init; } = -1;

    /// <summary>First version that had it, where that is later than the command's.</summary>
    public string? Since { get; init; }

    /// <summary>Version since which it is deprecated.</summary>
    public string? DeprecatedSince { get; init; }

    /// <summary>Whether it may be left out or repeated.</summary>
    public ArgumentFlags Flags { get; init; }

    /// <summary>Sub-arguments of one-of and block; empty for the others.</summary>
    public CommandArgument[] Arguments { get; init; } = [];
}
