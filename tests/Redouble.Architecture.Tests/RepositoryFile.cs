using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Redouble.Architecture.Tests;

/// <summary>One text file of the repository: its path from the root with forward slashes, its text, and, for C#, its syntax.</summary>
internal sealed class RepositoryFile(string path, string text)
{
    private readonly Lazy<CompilationUnitSyntax> _syntax = new(() => CSharpSyntaxTree.ParseText(
        text, CSharpParseOptions.Default.WithDocumentationMode(DocumentationMode.Parse), path).GetCompilationUnitRoot());

    public string Path { get; } = path;

    public string Text { get; } = text;

    public bool IsCSharp => Path.EndsWith(".cs", StringComparison.Ordinal);

    /// <summary>True below src/, the code that ships.</summary>
    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    /// <summary>The project's folder name, such as Redouble.Core; empty outside src/ and tests/.</summary>
    public string Project => Path.Split('/') is [("src" or "tests"), var project, _, ..] ? project : "";

    public string[] Lines => Text.Split('\n');

    public CompilationUnitSyntax Syntax => _syntax.Value;

    public int LineCount => Text.AsSpan().Count('\n');

    /// <summary>"path:line" of a node, as an editor opens it.</summary>
    public string At(SyntaxNodeOrToken node) => $"{Path}:{node.GetLocation()!.GetLineSpan().StartLinePosition.Line + 1}";

    public override string ToString() => Path;
}
