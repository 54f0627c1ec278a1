namespace Redouble.Interop.Tests.Differential;

/// <summary>All generators by name.</summary>
internal static class Families
{
    public static readonly Family[] All = [StringFamily.Make()];

    public static Family Named(string name) => All.Single(f => f.Name == name);
}
