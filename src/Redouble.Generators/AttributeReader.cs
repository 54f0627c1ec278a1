using Microsoft.CodeAnalysis;
using Redouble.Engine.Commands.Table;
using Redouble.Generators.Model;
using Redouble.Generators.Parsing;

namespace Redouble.Generators;

/// <summary>The named arguments of one attribute, and the problems found with them.</summary>
internal sealed class AttributeReader(AttributeData attribute)
{
    private readonly LocationModel? _where = LocationModel.From(attribute.ApplicationSyntaxReference);
    private readonly List<ProblemModel> _problems = [];

    /// <summary>The name given to the constructor; empty when that does not compile.</summary>
    public string Name => attribute.ConstructorArguments.Length > 0 && attribute.ConstructorArguments[0].Value is string name ? name : "";

    public void Report(string id, string message) => _problems.Add(new ProblemModel(id, message, _where));

    public T Get<T>(string name, T otherwise)
    {
        foreach (var pair in attribute.NamedArguments)
            if (pair.Key == name && pair.Value.Value is T value) return value;
        return otherwise;
    }

    public string? GetOrNull(string name) => Get(name, "") is { Length: > 0 } text ? text : null;

    /// <summary>Runs a parser over a string argument; what it throws becomes a problem.</summary>
    public EquatableArray<T> Parse<T>(string problem, string name, Func<string?, EquatableArray<T>> parse)
        where T : IEquatable<T>
    {
        try
        {
            return parse(GetOrNull(name));
        }
        catch (FormatException e)
        {
            Report(problem, $"{name} of '{Name}': {e.Message}");
            return default;
        }
    }

    /// <summary>What commands and containers have in common.</summary>
    public CommandModel ReadCommon(string name)
    {
        var flags = (CommandFlags)Get("Flags", 0UL);
        if ((flags & CommandFlags.Derived) != 0) Report(Problems.Flags, $"'{name}' names flags that are derived: {flags & CommandFlags.Derived}");
        if ((flags & CommandFlags.Write) != 0 && (flags & CommandFlags.ReadOnly) != 0) Report(Problems.Flags, $"'{name}' cannot be both write and readonly");
        var since = Get("Since", "");
        if (!HistoryParser.IsVersion(since)) Report(Problems.Docs, $"Since of '{name}' must be a version as 1.0.0");
        if (Get("Summary", "").Length == 0) Report(Problems.Docs, $"'{name}' needs a summary");
        return new CommandModel(name)
        {
            Flags = flags,
            Acl = (AclCategory)Get("Acl", 0U),
            Group = Get("Group", 0),
            Docs = new DocsModel { Summary = Get("Summary", ""), Since = since, Complexity = GetOrNull("Complexity") },
        };
    }

    /// <summary>The declaration; without a command when a problem makes it unusable.</summary>
    public DeclarationModel ToDeclaration(CommandModel command) => new(_problems.Count == 0 ? command : null, _where, new([.. _problems]));
}
