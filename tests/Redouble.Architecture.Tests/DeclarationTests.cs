using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Redouble.Architecture.Tests;

/// <summary>Where types live and what they say about themselves.</summary>
public sealed class DeclarationTests
{
    /// <summary>Where the compiler looks for types that an older target framework lacks.</summary>
    private const string CompilerNamespace = "System.Runtime.CompilerServices";

    [Fact]
    public void The_folder_is_the_namespace()
    {
        IEnumerable<string> offenders =
            from file in Repository.CSharp
            where file.Project.Length > 0
            let expected = string.Join('.', file.Path.Split('/')[1..^1])
            from declared in file.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            where declared.Name.ToString() != expected && declared.Name.ToString() != CompilerNamespace
            select $"{file.At(declared)} {declared.Name}, expected {expected}";
        Offences.AssertNone("The namespace is the path:", offenders);
    }

    [Fact]
    public void Every_type_is_in_a_namespace()
    {
        IEnumerable<string> offenders =
            from file in Repository.CSharp
            where file.Project.Length > 0
            from type in file.Syntax.Members.OfType<BaseTypeDeclarationSyntax>()
            select $"{file.At(type)} {type.Identifier}";
        Offences.AssertNone("Types need a namespace:", offenders);
    }

    [Fact]
    public void Every_public_type_has_a_summary()
    {
        // One part of a partial type speaks for all.
        IEnumerable<string> offenders =
            from file in Repository.CSharp
            where file.IsProduct
            from type in PublicTypes(file)
            group (At: file.At(type), Good: HasSummary(type)) by NameOf(type) into parts
            where !parts.Any(part => part.Good)
            select parts.First().At;
        Offences.AssertNone("A public type says in a <summary> what it is for:", offenders);
    }

    [Fact]
    public void Missing_and_empty_summaries_are_told_from_good_ones()
    {
        RepositoryFile file = new("src/x.cs", """
            /// <summary>Good.</summary>
            public class A { public class Nested { } }
            /// <summary> </summary>
            public struct B { }
            // Not a docstring.
            public enum C { }
            internal class D { public class Hidden { } }
            /// <inheritdoc/>
            public delegate void E();
            /// <summary><see cref="A"/></summary>
            public record F;
            """);
        Assert.Equal([2, 4, 6, 9], PublicTypes(file).Where(type => !HasSummary(type)).Select(type => int.Parse(file.At(type).Split(':')[1])));
    }

    private static IEnumerable<MemberDeclarationSyntax> PublicTypes(RepositoryFile file) =>
        file.Syntax.DescendantNodes().OfType<MemberDeclarationSyntax>()
            .Where(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax
                && member.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().All(level => level is BaseNamespaceDeclarationSyntax || IsPublic(level)));

    private static string NameOf(MemberDeclarationSyntax type) =>
        string.Join('.', type.AncestorsAndSelf().Select(level => level switch
        {
            BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
            TypeDeclarationSyntax generic => $"{generic.Identifier}`{generic.TypeParameterList?.Parameters.Count}",
            BaseTypeDeclarationSyntax plain => plain.Identifier.Text,
            DelegateDeclarationSyntax plain => plain.Identifier.Text,
            _ => "",
        }).Reverse());

    private static bool IsPublic(MemberDeclarationSyntax member) =>
        member.Modifiers.Any(SyntaxKind.PublicKeyword) || (member.Parent is InterfaceDeclarationSyntax && !member.Modifiers.Any(SyntaxKind.InternalKeyword));

    private static bool HasSummary(MemberDeclarationSyntax type) =>
        type.GetLeadingTrivia().Select(trivia => trivia.GetStructure()).OfType<DocumentationCommentTriviaSyntax>()
            .SelectMany(comment => comment.Content.OfType<XmlElementSyntax>())
            .Any(element => element.StartTag.Name.LocalName.Text == "summary" && element.Content.ToString().Any(char.IsLetterOrDigit));
}
