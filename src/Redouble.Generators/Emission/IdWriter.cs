using Redouble.Generators.Rules;

namespace Redouble.Generators.Emission;

/// <summary>Writes <c>CommandId</c>: one constant per command.</summary>
internal static class IdWriter
{
    public static string Write(CommandTableModel table) =>
        CodeWriter.File("Ids of all commands: indices into <see cref=\"CommandTable.Infos\"/>.", "public static class CommandId", writer =>
        {
            for (var id = 0; id < table.Commands.Length; id++)
            {
                writer.Line($"/// <summary>{table.Commands[id].Name}</summary>");
                writer.Line($"public const int {CommandTableModel.ConstantOf(table.Commands[id].Name)} = {id};");
            }
        });
}
