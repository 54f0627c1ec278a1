using Redouble.Core.Text;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>Amounts of memory as directives accept (<see cref="MemoryUnits"/>) and write them.</summary>
internal static class MemoryText
{
    /// <summary>Reads digits and a unit.</summary>
    public static bool TryParse(string text, out ulong bytes) => MemoryUnits.TryParse(ConfigText.ToBytes(text), out bytes);

    /// <summary>Writes an amount in the largest power of 1024 that divides it.</summary>
    public static string Format(long bytes)
    {
        if (bytes != 0 && bytes % (1L << 30) == 0) return $"{bytes >> 30}gb";
        if (bytes != 0 && bytes % (1L << 20) == 0) return $"{bytes >> 20}mb";
        if (bytes != 0 && bytes % (1L << 10) == 0) return $"{bytes >> 10}kb";
        return $"{bytes}";
    }
}
