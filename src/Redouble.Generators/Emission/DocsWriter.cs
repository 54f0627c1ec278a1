using Redouble.Generators.Model;
using Redouble.Generators.Rules;

namespace Redouble.Generators.Emission;

/// <summary>Writes <c>DocsOf</c>: one small method per command that builds its documentation when someone asks.</summary>
internal static class DocsWriter
{
    public static string Write(CommandTableModel table) =>
        CodeWriter.File("Documentation by id.", "static partial class CommandTable", writer =>
        {
            writer.Line("/// <summary>The documentation of the command <paramref name=\"id\"/>; a new object at each call.</summary>");
            writer.Block("public static CommandDocs DocsOf(int id)", () => writer.Block("switch (id)", () =>
            {
                for (var id = 0; id < table.Commands.Length; id++) writer.Line($"case {id}: return Docs{id}();");
                writer.Line("default: throw new ArgumentOutOfRangeException(nameof(id));");
            }));
            for (var id = 0; id < table.Commands.Length; id++) WriteOne(writer, id, table.Commands[id]);
        });

    private static void WriteOne(CodeWriter writer, int id, CommandModel command)
    {
        var docs = command.Docs;
        writer.Line($"private static CommandDocs Docs{id}() => // {command.Name}");
        writer.Line($"    new({Text(docs.Summary)}, {Text(docs.Since)}, (CommandGroup){command.Group}, {Text(docs.Complexity)})");
        writer.Open();
        if (docs.System) writer.Line("System = true,");
        if (docs.Deprecated is not null) writer.Line($"DeprecatedSince = {Text(docs.Deprecated)},");
        if (docs.ReplacedBy is not null) writer.Line($"ReplacedBy = {Text(docs.ReplacedBy)},");
        if (docs.History.Count > 0) writer.Line($"History = [{string.Join(", ", docs.History.Select(h => $"new({Text(h.Since)}, {Text(h.Text)})"))}],");
        if (docs.Arguments.Count > 0) writer.Line($"Arguments = [{string.Join(", ", docs.Arguments.Select(Argument))}],");
        writer.Close(";");
        writer.Line();
    }

    private static string Argument(ArgumentModel argument)
    {
        var more = new List<string>();
        if (argument.Token is not null) more.Add($"Token = {Text(argument.Token)}");
        if (argument.Display is not null) more.Add($"Display = {Text(argument.Display)}");
        if (argument.KeySpecIndex >= 0) more.Add($"KeySpecIndex = {argument.KeySpecIndex}");
        if (argument.Since is not null) more.Add($"Since = {Text(argument.Since)}");
        if (argument.DeprecatedSince is not null) more.Add($"DeprecatedSince = {Text(argument.DeprecatedSince)}");
        var flags = (argument.Optional ? 1 : 0) | (argument.Multiple ? 2 : 0) | (argument.MultipleToken ? 4 : 0);
        if (flags != 0) more.Add($"Flags = (ArgumentFlags){flags}");
        if (argument.Arguments.Count > 0) more.Add($"Arguments = [{string.Join(", ", argument.Arguments.Select(Argument))}]");
        var type = $"ArgumentType.{TypeConstant(argument.Type)}";
        return more.Count == 0 ? $"new({Text(argument.Name)}, {type})" : $"new({Text(argument.Name)}, {type}) {{ {string.Join(", ", more)} }}";
    }

    private static string TypeConstant(string type) => type switch
    {
        "unix-time" => "UnixTime",
        "pure-token" => "PureToken",
        "oneof" => "OneOf",
        _ => char.ToUpperInvariant(type[0]) + type.Substring(1),
    };

    private static string Text(string? text) => CodeWriter.Literal(text);
}
