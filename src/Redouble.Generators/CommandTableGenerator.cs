using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Redouble.Generators.Emission;
using Redouble.Generators.Model;
using Redouble.Generators.Rules;

namespace Redouble.Generators;

/// <summary>
/// Builds the command table from the attributes on the commands' methods.
/// <code>
///   [Command] methods ───┐   read and parse, one by one        without places
///                        ├─► DeclarationModel[] ──┬──────────► CommandModel[] ──► CommandId, CommandTable
///   [CommandContainer] ──┘                        └─ places ─► diagnostics
/// </code>
/// Everything between the steps is a value with equality. An edit that only moves commands within a file changes places, so only the diagnostics run again.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class CommandTableGenerator : IIncrementalGenerator
{
    /// <summary>Names of the steps, by which tests see whether they ran again.</summary>
    internal const string ModelsStep = "Models";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var commands = context.SyntaxProvider.ForAttributeWithMetadataName(
            DeclarationReader.CommandAttribute, static (node, _) => node is MethodDeclarationSyntax, static (c, _) => DeclarationReader.ReadCommands(c));
        var containers = context.SyntaxProvider.ForAttributeWithMetadataName(
            DeclarationReader.ContainerAttribute, static (node, _) => node is ClassDeclarationSyntax, static (c, _) => DeclarationReader.ReadContainers(c));
        var declarations = commands.Collect().Combine(containers.Collect())
            .Select(static (pair, _) => new EquatableArray<DeclarationModel>([.. pair.Left.Concat(pair.Right).SelectMany(d => d)]));
        var models = declarations
            .Select(static (all, _) => new EquatableArray<CommandModel>([.. all.Where(d => d.Command is not null).Select(d => d.Command!)]))
            .WithTrackingName(ModelsStep);

        context.RegisterSourceOutput(declarations, static (output, all) =>
        {
            foreach (var problem in all.SelectMany(d => d.Problems).Concat(CommandTableModel.FindProblems([.. all])))
                output.ReportDiagnostic(problem.ToDiagnostic());
        });
        context.RegisterSourceOutput(models, static (output, all) =>
        {
            if (all.Count == 0) return;
            var table = CommandTableModel.Build(all);
            output.AddSource("CommandId.g.cs", IdWriter.Write(table));
            output.AddSource("CommandTable.Lookup.g.cs", LookupWriter.Write(table));
            output.AddSource("CommandTable.Dispatch.g.cs", DispatchWriter.Write(table));
            output.AddSource("CommandTable.Data.g.cs", InfoWriter.Write(table));
            output.AddSource("CommandTable.Docs.g.cs", DocsWriter.Write(table));
        });
    }
}
