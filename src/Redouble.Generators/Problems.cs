using Microsoft.CodeAnalysis;
using Redouble.Generators.Model;

namespace Redouble.Generators;

/// <summary>The diagnostics of the command table. All are errors: a command that cannot be generated faithfully must not be left out in silence.</summary>
internal static class Problems
{
    public const string Duplicate = "RCT001";
    public const string Signature = "RCT002";
    public const string Arity = "RCT003";
    public const string Name = "RCT004";
    public const string KeySpec = "RCT005";
    public const string Syntax = "RCT006";
    public const string Container = "RCT007";
    public const string Flags = "RCT008";
    public const string Docs = "RCT009";

    private static readonly Dictionary<string, DiagnosticDescriptor> s_descriptors = new[]
    {
        Describe(Duplicate, "Command declared twice"),
        Describe(Signature, "Wrong signature of a command's method"),
        Describe(Arity, "Bad arity"),
        Describe(Name, "Bad command name"),
        Describe(KeySpec, "Bad key spec"),
        Describe(Syntax, "Bad syntax string"),
        Describe(Container, "Subcommand without container"),
        Describe(Flags, "Bad flags"),
        Describe(Docs, "Bad documentation field"),
    }.ToDictionary(d => d.Id);

    public static Diagnostic ToDiagnostic(this ProblemModel problem) =>
        Diagnostic.Create(s_descriptors[problem.Id], problem.Where?.ToLocation() ?? Location.None, problem.Message);

    private static DiagnosticDescriptor Describe(string id, string title) =>
        new(id, title, "{0}", "CommandTable", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
