using Microsoft.CodeAnalysis;
using Redouble.Generators.Model;
using Redouble.Generators.Parsing;

namespace Redouble.Generators;

/// <summary>Turns the attributes on one method or class into declarations, and finds what is wrong with each by itself.</summary>
internal static class DeclarationReader
{
    public const string CommandAttribute = "Redouble.Engine.Commands.Table.CommandAttribute";
    public const string ContainerAttribute = "Redouble.Engine.Commands.Table.CommandContainerAttribute";
    public const string ContextType = "Redouble.Engine.Execution.CommandContext";

    private const string NameRule = "a lower-case letter, then letters, digits, '-', '_'";

    public static EquatableArray<DeclarationModel> ReadCommands(GeneratorAttributeSyntaxContext context) =>
        new([.. context.Attributes.Select(a => ReadCommand((IMethodSymbol)context.TargetSymbol, a))]);

    public static EquatableArray<DeclarationModel> ReadContainers(GeneratorAttributeSyntaxContext context) =>
        new([.. context.Attributes.Select(ReadContainer)]);

    private static DeclarationModel ReadCommand(IMethodSymbol method, AttributeData attribute)
    {
        var values = new AttributeReader(attribute);
        var name = values.Name;
        if (!IsName(name, allowSubcommand: true)) values.Report(Problems.Name, $"'{name}' is no command name: {NameRule}, and one '|'");
        if (!IsCommandMethod(method))
            values.Report(Problems.Signature, $"{method.Name} must be 'internal static void {method.Name}(CommandContext c)', not generic");

        var arity = values.Get(nameof(CommandModel.Arity), 0);
        var words = name.Contains('|') ? 2 : 1;
        if (Math.Abs(arity) < words) values.Report(Problems.Arity, $"The arity of '{name}' counts its name: {arity} is too small");

        var command = values.ReadCommon(name) with
        {
            Method = $"{TypeName(method.ContainingType)}.{method.Name}",
            KeyMethod = ReadKeyMethod(method, values),
            Arity = arity,
            Element = values.Get(nameof(CommandModel.Element), 0),
            Keys = values.Parse(Problems.KeySpec, "Keys", KeySpecParser.Parse),
            Tips = new([.. values.Get("Tips", "").Split([' '], StringSplitOptions.RemoveEmptyEntries)]),
        };
        command = command with
        {
            Docs = command.Docs with
            {
                Arguments = values.Parse(Problems.Syntax, "Syntax", SyntaxParser.Parse),
                History = values.Parse(Problems.Docs, "History", HistoryParser.Parse),
                Deprecated = values.GetOrNull("Deprecated"),
                ReplacedBy = values.GetOrNull("ReplacedBy"),
                System = values.Get("System", false),
            },
        };
        CheckKeyArguments(command, command.Docs.Arguments, values);
        return values.ToDeclaration(command);
    }

    private static DeclarationModel ReadContainer(AttributeData attribute)
    {
        var values = new AttributeReader(attribute);
        if (!IsName(values.Name, allowSubcommand: false)) values.Report(Problems.Name, $"'{values.Name}' is no container name: {NameRule}");
        var command = values.ReadCommon(values.Name);
        var docs = command.Docs with { Complexity = command.Docs.Complexity ?? "Depends on the subcommand." };
        return values.ToDeclaration(command with { Arity = -2, Docs = docs });
    }

    private static string? ReadKeyMethod(IMethodSymbol method, AttributeReader values)
    {
        if (values.GetOrNull("GetKeys") is not { } name) return null;
        var found = method.ContainingType.GetMembers(name).OfType<IMethodSymbol>().FirstOrDefault();
        if (found is not { IsStatic: true, TypeParameters.Length: 1, Parameters.Length: 2, ReturnType.SpecialType: SpecialType.System_Boolean })
            values.Report(Problems.Signature, $"'{name}' must be 'static bool {name}<TArgs>(TArgs args, KeyPositions keys)' in the same class");
        return $"{TypeName(method.ContainingType)}.{name}";
    }

    private static void CheckKeyArguments(CommandModel command, EquatableArray<ArgumentModel> arguments, AttributeReader values)
    {
        foreach (var argument in arguments)
        {
            if (argument.KeySpecIndex >= command.Keys.Count)
                values.Report(Problems.Syntax, $"Argument '{argument.Name}' refers to key spec {argument.KeySpecIndex}, and there are {command.Keys.Count}");
            CheckKeyArguments(command, argument.Arguments, values);
        }
    }

    private static bool IsCommandMethod(IMethodSymbol method) =>
        method is { IsStatic: true, ReturnsVoid: true, IsGenericMethod: false, Parameters.Length: 1 }
        && (method.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal)
        && method.Parameters[0] is { RefKind: RefKind.None, Type: var type } && type.ToDisplayString() == ContextType;

    private static bool IsName(string name, bool allowSubcommand)
    {
        var parts = name.Split('|');
        return parts.Length <= (allowSubcommand ? 2 : 1)
            && parts.All(p => p.Length is > 0 and <= 24 && p[0] is >= 'a' and <= 'z' && p.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '_'));
    }

    private static string TypeName(INamedTypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
}
