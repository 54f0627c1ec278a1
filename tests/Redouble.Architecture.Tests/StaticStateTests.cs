using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Redouble.Architecture.Tests;

/// <summary>No static state: several nodes live in one process of the simulator, and nothing may pass between them.</summary>
public sealed class StaticStateTests
{
    [Fact]
    public void Static_fields_are_constants()
    {
        IEnumerable<(string, int)> offenders =
            from name in Layers.Assemblies
            from type in Assembly.LoadFrom(Layers.AssemblyPath(name)).GetTypes()
            from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            where !IsCompilerCache(field) && !IsConstant(field)
            select ($"{type.FullName}.{field.Name}", 0);
        Offences.AssertOnlyExceptions("static-state", "Static fields must be const, or readonly and of a type that cannot change:", offenders);
    }

    [Fact]
    public void Elements_of_static_arrays_are_never_assigned()
    {
        IEnumerable<string> offenders =
            from file in Repository.CSharp
            where file.IsProduct
            let arrays = StaticArrays(file)
            where arrays.Count > 0
            from access in file.Syntax.DescendantNodes().OfType<ElementAccessExpressionSyntax>()
            where arrays.Contains(access.Expression.ToString().Split('.')[^1]) && IsWritten(access)
            where !access.Ancestors().OfType<ConstructorDeclarationSyntax>().Any(constructor => constructor.Modifiers.Any(SyntaxKind.StaticKeyword))
            select file.At(access);
        Offences.AssertNone("A static array is a constant table; nobody writes its elements after its initializer:", offenders);
    }

    [Theory]
    [InlineData(nameof(Samples.Constant), true)]
    [InlineData(nameof(Samples.Text), true)]
    [InlineData(nameof(Samples.Frozen), true)]
    [InlineData(nameof(Samples.Record), true)]
    [InlineData("Table", true)]
    [InlineData(nameof(Samples.Counter), false)]
    [InlineData(nameof(Samples.SharedTable), false)]
    [InlineData(nameof(Samples.Gate), false)]
    [InlineData(nameof(Samples.List), false)]
    [InlineData(nameof(Samples.MutableRecord), false)]
    [InlineData("<Property>k__BackingField", false)]
    public void The_rule_tells_constants_from_state(string field, bool constant)
    {
        FieldInfo info = typeof(Samples).GetField(field, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;
        Assert.Equal(constant, IsConstant(info));
        Assert.False(IsCompilerCache(info));
    }

    /// <summary>Fields the compiler makes for lambdas and string switches; backing fields of properties are ours.</summary>
    private static bool IsCompilerCache(FieldInfo field) =>
        (field.Name.StartsWith('<') && !field.Name.EndsWith("k__BackingField", StringComparison.Ordinal)) || field.DeclaringType!.Name.StartsWith('<');

    private static bool IsConstant(FieldInfo field)
    {
        if (field.IsLiteral)
        {
            return true;
        }

        if (!field.IsInitOnly || field.IsDefined(typeof(ThreadStaticAttribute)))
        {
            return false;
        }

        Type type = field.FieldType;
        return type.IsArray ? field.IsPrivate && ImmutableTypes.Contains(type.GetElementType()!) : ImmutableTypes.Contains(type);
    }

    private static HashSet<string> StaticArrays(RepositoryFile file) =>
        [.. file.Syntax.DescendantNodes().OfType<FieldDeclarationSyntax>()
            .Where(field => field.Modifiers.Any(SyntaxKind.StaticKeyword) && field.Declaration.Type is ArrayTypeSyntax)
            .SelectMany(field => field.Declaration.Variables).Select(variable => variable.Identifier.Text)];

    private static bool IsWritten(ElementAccessExpressionSyntax access) => access.Parent switch
    {
        AssignmentExpressionSyntax assignment => assignment.Left == access,
        RefExpressionSyntax => true,
        PostfixUnaryExpressionSyntax postfix => !postfix.IsKind(SyntaxKind.SuppressNullableWarningExpression),
        PrefixUnaryExpressionSyntax prefix => prefix.IsKind(SyntaxKind.PreIncrementExpression) || prefix.IsKind(SyntaxKind.PreDecrementExpression),
        ArgumentSyntax argument => argument.RefKindKeyword.IsKind(SyntaxKind.RefKeyword) || argument.RefKindKeyword.IsKind(SyntaxKind.OutKeyword),
        _ => false,
    };

    private static class Samples
    {
        public const int Constant = 1;
        public static readonly string Text = "a";
        public static readonly System.Collections.Frozen.FrozenSet<int> Frozen = System.Collections.Frozen.FrozenSet<int>.Empty;
        public static readonly Pair Record = new(1, "b");
        public static readonly byte[] SharedTable = [1];
        public static readonly object Gate = new();
        public static readonly List<int> List = [];
        public static readonly MutablePair MutableRecord = new();
        public static int Counter = 1;
        private static readonly byte[] Table = [1];

        public static int Property { get; set; } = Table.Length;

        public sealed record Pair(int Number, string Name);

        public sealed class MutablePair
        {
            public int Number { get; set; }
        }
    }
}
