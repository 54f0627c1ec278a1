using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Redouble.Architecture.Tests;

public sealed class UnsafeFenceTests
{
    private static readonly string[] Inside = ["src/Redouble.Core/Memory/", "src/Redouble.Storage/Structures/", "src/Redouble.Server/Polling/"];

    [Fact]
    public void Pointers_stay_inside_the_fence()
    {
        IEnumerable<string> offenders = Repository.CSharp
            .Where(file => !Inside.Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal)))
            .SelectMany(file => Pointers(file).Select(file.At))
            .Distinct();
        Offences.AssertNone($"unsafe code belongs into {string.Join(", ", Inside)}; others see spans:", offenders);
    }

    [Fact]
    public void The_finder_sees_every_form_of_pointer()
    {
        RepositoryFile file = new("x.cs", """
            unsafe class A { }
            class B { void M() { unsafe { } } }
            class C { int* p; }
            class D { delegate*<int, void> f; }
            """);
        Assert.Equal(["x.cs:1", "x.cs:2", "x.cs:3", "x.cs:4"], Pointers(file).Select(file.At));
        RepositoryFile clean = new("y.cs", "class E { /* unsafe */ const string S = \"unsafe int*\"; System.Span<byte> s; int Times(int a, int b) => a * b; }");
        Assert.Empty(Pointers(clean));
    }

    private static IEnumerable<SyntaxNodeOrToken> Pointers(RepositoryFile file) =>
        file.Syntax.DescendantNodesAndTokens().Where(item =>
            item.IsKind(SyntaxKind.UnsafeKeyword) || item.AsNode() is PointerTypeSyntax or FunctionPointerTypeSyntax or FixedStatementSyntax);
}
