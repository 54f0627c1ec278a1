namespace Redouble.Interop.Tests.Differential;

/// <summary>All generators by name.</summary>
internal static class Families
{
    public static readonly Family[] All =
    [
        StringFamily.Make(), KeyFamily.Make(), ExpiryFamily.Make(), ScanFamily.Make(), DumpFamily.Make(), ConnectionFamily.Make(), TransactionFamily.Make(),
        ServerFamily.Make(), BitmapFamily.Make(), HyperLogLogFamily.Make(), HyperLogLogFamily.MakeDamaged(),
    ];

    public static Family Named(string name) => All.Single(f => f.Name == name);
}
