using Redouble.Generators.Model;
using Redouble.Generators.Rules;

namespace Redouble.Generators.Emission;

/// <summary>Writes <c>Infos</c>: one immutable <c>CommandInfo</c> per command. Commands with equal key specs share them.</summary>
internal static class InfoWriter
{
    public static string Write(CommandTableModel table) =>
        CodeWriter.File("Facts by id.", "static partial class CommandTable", writer =>
        {
            // Static fields are initialised in the order of the text: what the infos refer to comes first.
            var specs = table.Commands.Select(c => c.Keys).Where(k => k.Count > 0).Distinct().ToArray();
            for (var i = 0; i < specs.Length; i++) writer.Line($"private static readonly KeySpec[] s_keys{i} = [{string.Join(", ", specs[i].Select(Spec))}];");
            writer.Line();
            writer.Line("private static readonly CommandInfo[] s_infos =");
            writer.Line("[");
            for (var id = 0; id < table.Commands.Length; id++) writer.Line($"    {Info(table, id, specs)},");
            writer.Line("];");
            writer.Line();
            writer.Line("/// <summary>All commands, containers and subcommands; the index is the id.</summary>");
            writer.Line("public static ReadOnlySpan<CommandInfo> Infos => s_infos;");
            writer.Line();
            writer.Line("/// <summary>Number of all commands, containers and subcommands: one more than the largest id.</summary>");
            writer.Line($"public const int Count = {table.Commands.Length};");
            writer.Line();
            writer.Line("/// <summary>Number of commands and containers without subcommands; their ids come first.</summary>");
            writer.Line($"public const int TopLevelCount = {table.TopLevelCount};");
        });

    private static string Info(CommandTableModel table, int id, EquatableArray<KeySpecModel>[] specs)
    {
        var command = table.Commands[id];
        var range = LegacyRange.Of(command.Keys);
        var keys = command.Keys.Count == 0 ? "[]" : $"s_keys{Array.IndexOf(specs, command.Keys)}";
        var flags = (ulong)FlagRules.Complete(command, range.MovableKeys);
        var acl = (uint)FlagRules.Categories(command);
        var text = $"new({id}, {CodeWriter.Literal(command.Name)}, {command.Arity}, (CommandFlags)0x{flags:x}UL, (AclCategory)0x{acl:x}U, "
            + $"(CommandGroup){command.Group}, new KeyRange({range.First}, {range.Last}, {range.Step}), {keys})";
        var more = new List<string>();
        if (command.Element > 0) more.Add($"Element = {command.Element}");
        if (command.Tips.Count > 0) more.Add($"Tips = [{string.Join(", ", command.Tips.Select(CodeWriter.Literal))}]");
        if (table.ContainerIdOf(command) is var container && container >= 0) more.Add($"ContainerId = {container}");
        if (command.IsContainer) more.Add($"Subcommands = [{string.Join(", ", table.SubcommandsOf(command))}]");
        return more.Count == 0 ? text : $"{text} {{ {string.Join(", ", more)} }}";
    }

    private static string Spec(KeySpecModel spec)
    {
        var begin = spec switch
        {
            { Find: FindKind.Unknown } => "new BeginSearch(BeginSearchKind.Unknown)",
            { Keyword: null } => $"new BeginSearch(BeginSearchKind.Index, {spec.Position})",
            _ => $"new BeginSearch(BeginSearchKind.Keyword, {spec.Position}, {CodeWriter.Literal(spec.Keyword)})",
        };
        var find = $"new FindKeys(FindKeysKind.{spec.Find}, {spec.LastKey}, {spec.Step}, {spec.Limit}, {spec.KeyNumIndex}, {spec.FirstKey})";
        return $"new((KeySpecFlags){(int)spec.Flags}, {begin}, {find}, {CodeWriter.Literal(spec.Notes)})";
    }
}
