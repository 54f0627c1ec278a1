using Redouble.Generators.Rules;

namespace Redouble.Generators.Emission;

/// <summary>Writes <c>Execute</c> (a small jump table for the hot ids, a large one for the others, direct calls in both) and <c>FindKeys</c>.</summary>
internal static class DispatchWriter
{
    private const string Constraint = "    where TArgs : ICommandArguments, allows ref struct";

    public static string Write(CommandTableModel table) =>
        CodeWriter.File("Dispatch by id.", "static partial class CommandTable", writer =>
        {
            writer.Line("/// <summary>Runs the command <paramref name=\"id\"/>; it must be executable, that is no mere container.</summary>");
            writer.Block($"internal static void Execute(int id, global::{DeclarationReader.ContextType} context)", () => writer.Block("switch (id)", () =>
            {
                WriteCases(writer, table, 0, table.HotCount);
                writer.Line("default: ExecuteOther(id, context); return;");
            }));
            writer.Block($"private static void ExecuteOther(int id, global::{DeclarationReader.ContextType} context)", () => writer.Block("switch (id)", () =>
            {
                WriteCases(writer, table, table.HotCount, table.Commands.Length);
                writer.Line("default: throw new ArgumentOutOfRangeException(nameof(id), id, \"no executable command has this id\");");
            }));
            WriteFindKeys(writer, table);
        });

    private static void WriteCases(CodeWriter writer, CommandTableModel table, int from, int to)
    {
        for (var id = from; id < to; id++)
            if (table.Commands[id].Method is { } method) writer.Line($"case {id}: {method}(context); return;");
    }

    private static void WriteFindKeys(CodeWriter writer, CommandTableModel table)
    {
        writer.Line("/// <summary>Finds the keys of a command by its specs, or by its own method where specs cannot tell them all.</summary>");
        writer.Line("public static KeySearchResult FindKeys<TArgs>(CommandInfo info, TArgs args, KeyPositions keys)");
        writer.Line(Constraint);
        writer.Open();
        var methods = Enumerable.Range(0, table.Commands.Length).Where(id => table.Commands[id].KeyMethod is not null).ToArray();
        if (methods.Length == 0)
        {
            writer.Line("return KeyExtractor.FindBySpecs(info, args, keys);");
            writer.Close();
            return;
        }

        writer.Block("if (!info.HasVariableKeyFlags)", () =>
        {
            writer.Line("var bySpecs = KeyExtractor.FindBySpecs(info, args, keys);");
            writer.Line("if (bySpecs != KeySearchResult.Invalid) return bySpecs;");
        });
        writer.Line("keys.Clear();");
        writer.Line("bool found;");
        writer.Block("switch (info.Id)", () =>
        {
            foreach (var id in methods) writer.Line($"case {id}: found = {table.Commands[id].KeyMethod}(args, keys); break;");
            writer.Line("default: return KeyExtractor.FindBySpecs(info, args, keys);");
        });
        writer.Line("if (found) return KeySearchResult.Found;");
        writer.Line("keys.Clear();");
        writer.Line("return KeySearchResult.Invalid;");
        writer.Close();
    }
}
