using System.Runtime.CompilerServices;
using Redouble.Core.Hashing;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The numbers that digests are made of: 64 bits, the same in every process. They find accidents, not forgers: whoever can write to a copy could, with effort,
/// make two values with one digest.
/// </summary>
internal static class DigestMix
{
    // Fraction bits of the square roots of 11 and 13: arbitrary.
    private const ulong Left = 0x510E527FADE682D1;
    private const ulong Right = 0x9B05688C2B3E6C1F;

    // The same everywhere: the seeds of tables are secret, these are not.
    private static readonly KeyHash Hash = new(Left, Right);

    /// <summary>Of bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes) => Hash.Compute(bytes);

    /// <summary>Of two numbers in this order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // three instructions
    public static ulong Join(ulong first, ulong second)
    {
        var high = Math.BigMul(first ^ Left, second ^ Right, out var low);
        return high ^ low;
    }
}
