using Redouble.Interop.Tests.Differential.Collections;

namespace Redouble.Interop.Tests.Differential;

/// <summary>All generators by name.</summary>
internal static class Families
{
    public static readonly Family[] Basic =
    [
        StringFamily.Make(), KeyFamily.Make(), ExpiryFamily.Make(), ScanFamily.Make(), DumpFamily.Make(), ConnectionFamily.Make(), TransactionFamily.Make(),
        ServerFamily.Make(), BitmapFamily.Make(), HyperLogLogFamily.Make(), HyperLogLogFamily.MakeDamaged(),
    ];

    public static readonly Family[] OfCollections =
    [
        ListFamily.Make(), SetFamily.Make(), HashFamily.Make(), SortedSetFamily.Make(), GeoFamily.Make(), StreamFamily.Make(), SortFamily.Make(),
        MixedFamily.Make(), LargeFamily.Make(), ScarcityFamily.Make(),
    ];

    public static Family Named(string name) => Basic.Concat(OfCollections).Single(f => f.Name == name);
}
