using Redouble.Engine.Commands.Table;

namespace Redouble.Generators.Model;

/// <summary>One declared command, with its strings already parsed. Equal to another when the generated code for both would be equal.</summary>
internal sealed record CommandModel(string Name)
{
    /// <summary>Fully qualified method, or null for a container that runs nothing itself.</summary>
    public string? Method { get; init; }

    /// <summary>Fully qualified method that finds the keys, or null.</summary>
    public string? KeyMethod { get; init; }

    public int Arity { get; init; }

    public int Element { get; init; }

    public CommandFlags Flags { get; init; }

    public AclCategory Acl { get; init; }

    public int Group { get; init; }

    public EquatableArray<KeySpecModel> Keys { get; init; }

    public EquatableArray<string> Tips { get; init; }

    public DocsModel Docs { get; init; } = new();

    public bool IsContainer { get; init; }
}

/// <summary>What only COMMAND DOCS needs.</summary>
internal sealed record DocsModel
{
    public string Summary { get; init; } = "";

    public string Since { get; init; } = "";

    public string? Complexity { get; init; }

    public string? Deprecated { get; init; }

    public string? ReplacedBy { get; init; }

    public bool System { get; init; }

    public EquatableArray<ChangeModel> History { get; init; }

    public EquatableArray<ArgumentModel> Arguments { get; init; }
}

/// <summary>One entry of a command's history.</summary>
internal sealed record ChangeModel(string Since, string Text);

/// <summary>A key spec, field by field as in the engine's <c>KeySpec</c>.</summary>
internal sealed record KeySpecModel(KeySpecFlags Flags)
{
    /// <summary>0 unknown, otherwise the argument to begin at, or to look for <see cref="Keyword"/> from.</summary>
    public int Position { get; init; }

    public string? Keyword { get; init; }

    public FindKind Find { get; init; }

    public int LastKey { get; init; }

    public int Step { get; init; } = 1;

    public int Limit { get; init; }

    public int KeyNumIndex { get; init; }

    public int FirstKey { get; init; }

    public string? Notes { get; init; }
}

/// <summary>Named as the engine's <c>FindKeysKind</c>.</summary>
internal enum FindKind
{
    Unknown,
    Range,
    KeyNum,
}

/// <summary>One node of the argument tree, field by field as in the engine's <c>CommandArgument</c>.</summary>
internal sealed record ArgumentModel(string Name, string Type)
{
    public string? Token { get; init; }

    public string? Display { get; init; }

    public int KeySpecIndex { get; init; } = -1;

    public string? Since { get; init; }

    public string? DeprecatedSince { get; init; }

    public bool Optional { get; init; }

    public bool Multiple { get; init; }

    public bool MultipleToken { get; init; }

    public EquatableArray<ArgumentModel> Arguments { get; init; }
}
