using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Redouble.Core.Hashing;

/// <summary>
/// The keyed 64-bit hash of all tables: short keys in two multiplications, no step that depends on the data.
/// <code>
/// fold(a, b) = high(a × b) ^ low(a × b)                          64 × 64 → 128 bits: every input bit reaches both halves
///
/// up to 16 bytes   two overlapping reads a, b cover the key       fold(fold(a ^ s0, b ^ s1) ^ s2, length ^ s3)
/// more             per 16 bytes: state = fold(a ^ state, b ^ s1)  then the last 16 bytes, overlapping, as above
/// over 64          two states, 32 bytes per step                  joined before the tail
/// </code>
/// The seeds are secret and drawn per process: without them keys that collide cannot be prepared (the usual flood attack). Folded
/// multiplication is the idea of wyhash and its relatives; this arrangement is our own, so values are not those of any of them, and they
/// are no stored format. All bits are good; tables take directory and bucket from the top and their tags from the bottom.
/// </summary>
public readonly struct KeyHash
{
    private const int Half = sizeof(ulong);
    private const int Pair = 2 * sizeof(ulong);
    private const int LongKey = 64;

    // Fraction bits of the square roots of 2, 3, 5 and 7: arbitrary, odd or made so.
    private const ulong Mix0 = 0x6A09E667F3BCC909;
    private const ulong Mix1 = 0xBB67AE8584CAA73B;
    private const ulong Mix2 = 0x3C6EF372FE94F82B;
    private const ulong Mix3 = 0xA54FF53A5F1D36F1;

    private readonly ulong _seed0;
    private readonly ulong _seed1;
    private readonly ulong _seed2;
    private readonly ulong _seed3;

    /// <summary>Derives the state from two random numbers; any values will do, zero included.</summary>
    public KeyHash(ulong seed0, ulong seed1)
    {
        _seed0 = Fold(seed0 ^ Mix0, Mix1) ^ seed1;
        _seed1 = Fold(seed1 ^ Mix2, Mix3) ^ seed0;
        _seed2 = Fold(_seed0 ^ Mix3, Mix0) ^ Mix1;
        _seed3 = Fold(_seed1 ^ Mix1, Mix2) ^ Mix3;
    }

    /// <summary>The hash of a key of any length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the short case is a few instructions; longer keys leave by a call
    public ulong Compute(ReadOnlySpan<byte> key)
    {
        ref byte start = ref MemoryMarshal.GetReference(key);
        int length = key.Length;
        if (length > Pair)
        {
            return ComputeLong(ref start, length);
        }

        ulong first;
        ulong second;
        if (length >= Half)
        {
            first = Read64(ref start, 0);
            second = Read64(ref start, length - Half);
        }
        else if (length >= sizeof(uint))
        {
            first = Read32(ref start, 0);
            second = Read32(ref start, length - sizeof(uint));
        }
        else if (length > 0)
        {
            // One to three bytes: first, middle and last are all of them.
            first = ((ulong)start << 8) | Unsafe.Add(ref start, length >> 1);
            second = Unsafe.Add(ref start, length - 1);
        }
        else
        {
            first = second = 0;
        }

        return Finish(first ^ _seed0, second, length);
    }

    // More than 16 bytes. Reads never leave the key: a step runs only while more than its own size is left, the tail overlaps backwards.
    private ulong ComputeLong(ref byte key, int length)
    {
        ulong state = _seed0;
        int at = 0;
        if (length > LongKey)
        {
            ulong other = _seed2;
            while (length - at > 2 * Pair)
            {
                state = Fold(Read64(ref key, at) ^ state, Read64(ref key, at + Half) ^ _seed1);
                other = Fold(Read64(ref key, at + Pair) ^ other, Read64(ref key, at + Pair + Half) ^ _seed3);
                at += 2 * Pair;
            }

            state ^= BitOperations.RotateLeft(other, 23); // so that equal halves do not cancel
        }

        while (length - at > Pair)
        {
            state = Fold(Read64(ref key, at) ^ state, Read64(ref key, at + Half) ^ _seed1);
            at += Pair;
        }

        return Finish(Read64(ref key, length - Pair) ^ state, Read64(ref key, length - Half), length);
    }

    private ulong Finish(ulong first, ulong second, int length) =>
        Fold(Fold(first, second ^ _seed1) ^ _seed2, (uint)length ^ _seed3);

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }

    // The caller has checked that the bytes are inside the key. Unaligned reads, in little-endian order on every machine.
    private static ulong Read64(ref byte key, int at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref key, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    private static uint Read32(ref byte key, int at)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref key, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }
}
