using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Redouble.Generators.Tests;

/// <summary>Commands compiled in memory with the generator, against the engine's own attributes and model and a stand-in for the command context.</summary>
internal sealed class GeneratedTable
{
    private const string Context = """
        namespace Redouble.Engine.Execution
        {
            public sealed class CommandContext { public string? Ran; }
        }
        """;

    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using Redouble.Engine.Commands.Table;
        global using Redouble.Engine.Execution;
        """;

    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Latest);

    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p) is var name && name.StartsWith("System.", StringComparison.Ordinal))
            .Select(p => MetadataReference.CreateFromFile(p)),
    ];

    private GeneratedTable(GeneratorDriver driver, CSharpCompilation before, Compilation after)
    {
        (Driver, Before, After) = (driver, before, after);
    }

    public GeneratorDriver Driver { get; }

    public CSharpCompilation Before { get; }

    public Compilation After { get; }

    public IEnumerable<Diagnostic> Problems => Driver.GetRunResult().Diagnostics;

    /// <summary>Runs the generator over <paramref name="source"/>.</summary>
    public static GeneratedTable From(string source)
    {
        var compilation = CSharpCompilation.Create(
            "InMemory", [.. TableSources(), Parse(Context, "Context.cs"), Parse(Usings, "Usings.cs"), Parse(source, "Commands.cs")], s_references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        var driver = CSharpGeneratorDriver.Create(
            [new CommandTableGenerator().AsSourceGenerator()], parseOptions: s_options,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        var ran = driver.RunGeneratorsAndUpdateCompilation(compilation, out var after, out _);
        return new GeneratedTable(ran, compilation, after);
    }

    /// <summary>A class with one method per command, each with the rest of its attribute as given.</summary>
    public static GeneratedTable OfCommands(params (string Name, string More)[] commands) => From(
        "static class C {\n" + string.Concat(commands.Select((c, i) =>
            $$"""
            [Command("{{c.Name}}", Since = "1.0.0", Summary = "s"{{(c.More.Length > 0 ? ", " + c.More : "")}})]
            public static void M{{i}}(CommandContext c) => c.Ran = "{{c.Name}}";

            """)) + "}");

    public static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, s_options, path);

    /// <summary>Compiles and loads; fails the test on any error, with the compiler's text.</summary>
    public Assembly Load()
    {
        Assert.Empty(Problems);
        using var image = new MemoryStream();
        var result = After.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(10)));
        image.Position = 0;
        return new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(image);
    }

    private static IEnumerable<SyntaxTree> TableSources()
    {
        var assembly = typeof(GeneratedTable).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith("Table/", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return Parse(reader.ReadToEnd(), name);
        }
    }
}
