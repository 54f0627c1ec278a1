using Redouble.Generators.Model;
using Redouble.Generators.Rules;

namespace Redouble.Generators.Emission;

/// <summary>
/// Writes <c>Find</c> and <c>FindSub</c>: a jump over the length, then a compiled binary search over the first folded word, then a compare of what is left.
/// No hash, no allocation, no loop; see <see cref="NameWords"/>.
/// </summary>
internal static class LookupWriter
{
    public static string Write(CommandTableModel table) =>
        CodeWriter.File("Lookup, dispatch, data and documentation of all commands.", "public static partial class CommandTable", writer =>
        {
            var top = Enumerable.Range(0, table.TopLevelCount).Select(id => (table.Commands[id].Name, id)).ToArray();
            writer.Line("/// <summary>Id of the command called <paramref name=\"name\"/> in any case, or -1. Containers are found like commands.</summary>");
            writer.Block("public static int Find(ReadOnlySpan<byte> name)", () => WriteLengths(writer, top, "Find"));
            WriteFinders(writer, top, "Find");

            var containers = Enumerable.Range(0, table.TopLevelCount).Where(id => table.Commands[id].IsContainer).ToArray();
            writer.Line("/// <summary>Id of the subcommand <paramref name=\"name\"/>, in any case, of a container, or -1.</summary>");
            writer.Block("public static int FindSub(int containerId, ReadOnlySpan<byte> name)", () =>
            {
                if (containers.Length == 0) writer.Line("return -1;");
                else writer.Block("switch (containerId)", () =>
                {
                    foreach (var id in containers) writer.Line($"case {id}: return FindSub{id}(name);");
                    writer.Line("default: return -1;");
                });
            });
            foreach (var id in containers)
            {
                var subcommands = table.SubcommandsOf(table.Commands[id]).Select(sub => (Name: AfterBar(table.Commands[sub]), sub)).ToArray();
                writer.Block($"private static int FindSub{id}(ReadOnlySpan<byte> name)", () => WriteLengths(writer, subcommands, $"FindSub{id}Of"));
                WriteFinders(writer, subcommands, $"FindSub{id}Of");
            }
        });

    private static string AfterBar(CommandModel command) => command.Name.Substring(command.Name.IndexOf('|') + 1);

    private static void WriteLengths(CodeWriter writer, (string Name, int Id)[] names, string prefix) =>
        writer.Block("switch (name.Length)", () =>
        {
            foreach (var length in names.Select(n => n.Name.Length).Distinct().OrderBy(l => l)) writer.Line($"case {length}: return {prefix}{length}(name);");
            writer.Line("default: return -1;");
        });

    private static void WriteFinders(CodeWriter writer, (string Name, int Id)[] names, string prefix)
    {
        foreach (var sameLength in names.GroupBy(n => n.Name.Length).OrderBy(g => g.Key))
            writer.Block($"private static int {prefix}{sameLength.Key}(ReadOnlySpan<byte> name)", () => WriteFinder(writer, sameLength.Key, [.. sameLength]));
    }

    private static void WriteFinder(CodeWriter writer, int length, (string Name, int Id)[] names)
    {
        var loads = NameWords.LoadExpressions(length);
        var fold = NameWords.FoldBits(length);
        for (var i = 0; i < loads.Length; i++)
        {
            writer.Line($"ulong sent{i} = {loads[i]};");
            writer.Line($"ulong word{i} = sent{i} | 0x{fold[i]:x}UL;");
        }

        writer.Block("switch (word0)", () =>
        {
            foreach (var sameWord in names.GroupBy(n => NameWords.Folded(n.Name)[0]))
            {
                writer.Line($"case 0x{sameWord.Key:x16}UL:");
                foreach (var (name, id) in sameWord) writer.Line($"    {Condition(name)}return {id}; // {name}");
                if (sameWord.All(n => Condition(n.Name).Length > 0)) writer.Line("    break;");
            }
        });
        writer.Line("return -1;");
    }

    /// <summary>What is left to compare once the first word is equal: the other words, and the characters that folding does not tell apart.</summary>
    private static string Condition(string name)
    {
        var (folded, bits, value) = (NameWords.Folded(name), NameWords.ExactBits(name), NameWords.ExactValue(name));
        var terms = new List<string>();
        for (var i = 1; i < folded.Length; i++) terms.Add($"word{i} == 0x{folded[i]:x16}UL");
        for (var i = 0; i < folded.Length; i++)
            if (bits[i] != 0) terms.Add($"(sent{i} & 0x{bits[i]:x16}UL) == 0x{value[i]:x16}UL");
        return terms.Count == 0 ? "" : $"if ({string.Join(" && ", terms)}) ";
    }
}
