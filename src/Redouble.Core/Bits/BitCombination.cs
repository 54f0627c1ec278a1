using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Redouble.Core.Bits;

/// <summary>
/// AND, OR, XOR and NOT of byte strings of different lengths: the shorter one counts as filled up with zeros. The target may be the memory of a source,
/// from its first byte on: a byte of the result depends on the bytes at its own place alone, and those are read before it is written.
/// </summary>
public static class BitCombination
{
    /// <summary>Writes the combination of two strings, neither longer than the target; the rest of the target becomes zero.</summary>
    public static void Combine(BitOperation operation, Span<byte> target, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = Math.Min(left.Length, right.Length);
        switch (operation)
        {
            case BitOperation.And:
                Combine<And>(target, left, right, common);
                target[common..].Clear();
                return;
            case BitOperation.Or:
                Combine<Or>(target, left, right, common);
                break;
            default:
                Combine<Xor>(target, left, right, common);
                break;
        }

        var longer = left.Length > right.Length ? left : right;
        longer[common..].CopyTo(target[common..]);
        target[longer.Length..].Clear();
    }

    /// <summary>Writes the complement of a string that is as long as the target.</summary>
    public static void Invert(Span<byte> target, ReadOnlySpan<byte> source) => Combine<Complement>(target, source, source, source.Length);

    private static void Combine<TOperation>(Span<byte> target, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int count)
        where TOperation : struct, IOperation
    {
        ref var to = ref MemoryMarshal.GetReference(target[..count]);
        ref var a = ref MemoryMarshal.GetReference(left[..count]);
        ref var b = ref MemoryMarshal.GetReference(right[..count]);
        var at = 0;

        // Two vectors of 16 bytes at a time: code for wider ones is not compiled ahead of time, and the memory is no faster.
        for (; at <= count - 2 * Vector128<byte>.Count; at += 2 * Vector128<byte>.Count)
        {
            // Inside all three: the slices above have count bytes.
            var next = at + Vector128<byte>.Count;
            var low = TOperation.Apply(Vector128.LoadUnsafe(ref a, (nuint)at), Vector128.LoadUnsafe(ref b, (nuint)at));
            var high = TOperation.Apply(Vector128.LoadUnsafe(ref a, (nuint)next), Vector128.LoadUnsafe(ref b, (nuint)next));
            low.StoreUnsafe(ref to, (nuint)at);
            high.StoreUnsafe(ref to, (nuint)next);
        }

        for (; at < count; at++) target[at] = TOperation.Apply(left[at], right[at]);
    }

    /// <summary>One operation, in both widths; a type, so that the loop is compiled once per operation.</summary>
    private interface IOperation
    {
        static abstract Vector128<byte> Apply(Vector128<byte> a, Vector128<byte> b);

        static abstract byte Apply(byte a, byte b);
    }

    private readonly struct And : IOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // the body of the loop
        public static Vector128<byte> Apply(Vector128<byte> a, Vector128<byte> b) => a & b;

        public static byte Apply(byte a, byte b) => (byte)(a & b);
    }

    private readonly struct Or : IOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // the body of the loop
        public static Vector128<byte> Apply(Vector128<byte> a, Vector128<byte> b) => a | b;

        public static byte Apply(byte a, byte b) => (byte)(a | b);
    }

    private readonly struct Xor : IOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // the body of the loop
        public static Vector128<byte> Apply(Vector128<byte> a, Vector128<byte> b) => a ^ b;

        public static byte Apply(byte a, byte b) => (byte)(a ^ b);
    }

    /// <summary>Of the first operand.</summary>
    private readonly struct Complement : IOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // the body of the loop
        public static Vector128<byte> Apply(Vector128<byte> a, Vector128<byte> b) => ~a;

        public static byte Apply(byte a, byte b) => (byte)~a;
    }
}
