using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Redouble.Core.Tests.Memory;

/// <summary>Spans over addresses that a heap gave out.</summary>
internal static class NativeBytes
{
    public static Span<byte> At(nint address, int length) => MemoryMarshal.CreateSpan(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), address), length);

    /// <summary>Fills an object with a pattern that depends on where it is and how large.</summary>
    public static void Mark(nint address, int length)
    {
        var span = At(address, length);
        for (var i = 0; i < length; i++) span[i] = Expected(address, length, i);
    }

    /// <summary>Whether the pattern is still there.</summary>
    public static bool IsMarked(nint address, int length)
    {
        var span = At(address, length);
        for (var i = 0; i < length; i++)
        {
            if (span[i] != Expected(address, length, i)) return false;
        }

        return true;
    }

    private static byte Expected(nint address, int length, int index) => (byte)((address >> 3) * 31 + length + index * 7);
}
