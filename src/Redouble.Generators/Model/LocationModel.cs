using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Redouble.Generators.Model;

/// <summary>A place in the source that, unlike <see cref="Location"/>, keeps no syntax tree alive.</summary>
internal sealed record LocationModel(string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static LocationModel? From(SyntaxReference? reference)
    {
        if (reference is null) return null;
        var line = reference.SyntaxTree.GetLineSpan(reference.Span);
        return new LocationModel(line.Path, reference.Span, line.Span);
    }

    public Location ToLocation() => Location.Create(Path, Span, Lines);
}

/// <summary>Something wrong with a declaration.</summary>
internal sealed record ProblemModel(string Id, string Message, LocationModel? Where);

/// <summary>A declaration as read: the command if it is usable, its place, and what is wrong with it.</summary>
internal sealed record DeclarationModel(CommandModel? Command, LocationModel? Where, EquatableArray<ProblemModel> Problems);
