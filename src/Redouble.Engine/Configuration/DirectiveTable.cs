using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Redouble.Engine.Configuration.Families;

namespace Redouble.Engine.Configuration;

/// <summary>All directives, by name and alias. Immutable.</summary>
public static class DirectiveTable
{
    /// <summary>Every directive once, family by family.</summary>
    public static IReadOnlyList<Directive> All { get; } =
    [
        .. NetworkDirectives.All, .. GeneralDirectives.All, .. SnapshotDirectives.All, .. ReplicationDirectives.All, .. ClientDirectives.All,
        .. MemoryDirectives.All, .. ThreadDirectives.All, .. AppendOnlyDirectives.All, .. ClusterDirectives.All, .. ObservationDirectives.All,
        .. AdvancedDirectives.All, .. TlsDirectives.All,
    ];

    private static readonly FrozenDictionary<string, Directive> ByName = Names().ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The directive of that name or alias, in any case.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Directive? directive) => ByName.TryGetValue(name, out directive);

    private static IEnumerable<KeyValuePair<string, Directive>> Names()
    {
        foreach (Directive directive in All)
        {
            yield return new(directive.Name, directive);
            if (directive.Alias is not null) yield return new(directive.Alias, directive);
        }
    }
}
