using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Redouble.Architecture.Tests;

/// <summary>Small rooms: files, methods and lines that fit a screen.</summary>
public sealed class SizeTests
{
    private const int FileLinesMax = 800;
    private const int FileLinesMedianMax = 150;
    private const int MethodLinesMax = 70;
    private const int ColumnsMax = 160;

    [Fact]
    public void No_file_is_long()
    {
        IEnumerable<(string, int)> offenders = Repository.CSharp.Where(file => file.LineCount > FileLinesMax).Select(file => (file.Path, file.LineCount));
        Offences.AssertOnlyExceptions("file-lines", $"Files have at most {FileLinesMax} lines:", offenders);
    }

    [Fact]
    public void The_median_file_is_short()
    {
        int[] lengths = [.. Repository.CSharp.Where(file => file.IsProduct).Select(file => file.LineCount).Order()];
        Assert.InRange(lengths[lengths.Length / 2], 1, FileLinesMedianMax - 1);
    }

    [Fact]
    public void No_method_is_long()
    {
        IEnumerable<(string, int)> offenders =
            from file in Repository.CSharp
            from method in Methods(file)
            where method.Lines > MethodLinesMax
            select ($"{file.Path}:{method.Name}", method.Lines);
        Offences.AssertOnlyExceptions("method-lines", $"Methods have at most {MethodLinesMax} lines:", offenders);
    }

    [Fact]
    public void No_line_is_wide()
    {
        string[] wide =
        [
            .. from file in Repository.CSharp
               from line in file.Lines.Index()
               where line.Item.Length > ColumnsMax
               select $"{file.Path}:{line.Index + 1} {line.Item.Length}",
        ];

        // One number for all files: it says how many are left, and nobody has to keep a list of them.
        string remedy = $"Lines have at most {ColumnsMax} columns:\n  {string.Join("\n  ", wide)}\n  in all:";
        Offences.AssertOnlyExceptions("wide-lines", remedy, wide.Length > 0 ? [("all", wide.Length)] : []);
    }

    [Fact]
    public void Method_lines_are_counted_from_the_signature_to_the_closing_brace()
    {
        RepositoryFile file = new("x.cs", """
            class A
            {
                /// <summary>Not counted.</summary>
                [System.Obsolete]
                void Method()
                {
                    void Local() =>
                        Method();
                }

                int Property
                {
                    get
                    {
                        return 1;
                    }
                }
            }
            """);
        Assert.Equal([("Method", 5), ("Local", 2), ("Property.get", 4)], Methods(file));
    }

    private static IEnumerable<(string Name, int Lines)> Methods(RepositoryFile file)
    {
        foreach (SyntaxNode node in file.Syntax.DescendantNodes())
        {
            (string Name, SyntaxToken First)? method = node switch
            {
                MethodDeclarationSyntax declared when declared.Body != null || declared.ExpressionBody != null => (declared.Identifier.Text, First(declared)),
                ConstructorDeclarationSyntax constructor => (constructor.Identifier.Text, First(constructor)),
                BaseMethodDeclarationSyntax other and not MethodDeclarationSyntax => ("operator", First(other)),
                LocalFunctionStatementSyntax local => (local.Identifier.Text, local.ReturnType.GetFirstToken()),
                AccessorDeclarationSyntax { Body: not null } accessor => ($"{Owner(accessor)}.{accessor.Keyword.Text}", accessor.Keyword),
                _ => null,
            };
            if (method is { } found)
            {
                LinePositionSpan last = node.GetLastToken().GetLocation().GetLineSpan().Span;
                yield return (found.Name, last.End.Line - found.First.GetLocation().GetLineSpan().StartLinePosition.Line + 1);
            }
        }
    }

    private static SyntaxToken First(MemberDeclarationSyntax member) =>
        member.AttributeLists.Count == 0 ? member.GetFirstToken() : member.AttributeLists.Last().GetLastToken().GetNextToken();

    private static string Owner(AccessorDeclarationSyntax accessor) => accessor.Parent?.Parent switch
    {
        PropertyDeclarationSyntax property => property.Identifier.Text,
        EventDeclarationSyntax @event => @event.Identifier.Text,
        _ => "this",
    };
}
