using System.Reflection;

namespace Redouble.Architecture.Tests;

/// <summary>
/// Which types cannot change once made: plain values, the base library's immutable types, and types of ours with nothing but readonly fields of
/// such types.
/// </summary>
internal static class ImmutableTypes
{
    private static readonly HashSet<string> Known =
    [
        "System.String", "System.Type", "System.Version", "System.Range", "System.Index", "System.StringComparer", "System.Text.Encoding",
        "System.Text.UTF8Encoding", "System.Text.CompositeFormat", "System.Text.RegularExpressions.Regex", "System.Globalization.CultureInfo",
        "System.ReadOnlyMemory`1", "System.Buffers.SearchValues`1", "System.Collections.Generic.IReadOnlyList`1",
        "System.Collections.Generic.IReadOnlyCollection`1", "System.Collections.Generic.IReadOnlyDictionary`2",
        "System.Collections.Generic.IReadOnlySet`1", "System.Collections.Generic.IEqualityComparer`1", "System.Collections.Generic.IComparer`1",
    ];

    private static readonly HashSet<string> KnownNamespaces =
        ["System.Collections.Immutable", "System.Collections.Frozen", "System.Runtime.Intrinsics", "System.Numerics"];

    public static bool Contains(Type type) => Contains(type, []);

    private static bool Contains(Type type, HashSet<Type> seen)
    {
        bool plain = type.IsPrimitive || type.IsEnum || type.IsPointer || type.IsFunctionPointer || type.IsGenericParameter;
        if (plain || typeof(Delegate).IsAssignableFrom(type) || !seen.Add(type))
        {
            return true;
        }

        if (type.IsArray)
        {
            return false;
        }

        bool known = Known.Contains($"{type.Namespace}.{type.Name}") || KnownNamespaces.Contains(type.Namespace ?? "");
        if (known || (type.Namespace == "System" && type.IsValueType))
        {
            return type.GetGenericArguments().All(argument => Contains(argument, seen));
        }

        // A struct in a readonly field is as constant as what it refers to, whatever its own fields say.
        bool ours = type.Namespace?.StartsWith("Redouble", StringComparison.Ordinal) == true;
        return ours && (type.IsValueType || type.IsClass) && Fields(type).All(field => (type.IsValueType || field.IsInitOnly) && IsConstant(field, seen));
    }

    /// <summary>A private array is taken for constant: only its own type could write to it.</summary>
    private static bool IsConstant(FieldInfo field, HashSet<Type> seen) =>
        Contains(field is { IsPrivate: true, FieldType.IsArray: true } ? field.FieldType.GetElementType()! : field.FieldType, seen);

    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (Type? level = type; level != null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (FieldInfo field in level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }
}
