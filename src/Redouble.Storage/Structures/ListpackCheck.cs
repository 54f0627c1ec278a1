using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Redouble.Storage.Structures;

/// <summary>
/// Steps through bytes from outside that should be a listpack, each of which checks the entry that it passes: so that what has to be looked at anyway is
/// checked on the way. A walk that <see cref="TryBegin"/> began, that came to the end, and whose count <see cref="IsCount"/> agrees to, has seen a whole
/// listpack, as <see cref="Listpack.Validate"/> understands it. Reads nothing outside.
/// </summary>
public static class ListpackCheck
{
    /// <summary>Whether size and terminator are right. The first entry is behind the header, and <paramref name="end"/> is the terminator.</summary>
    public static bool TryBegin(ReadOnlySpan<byte> bytes, out int end)
    {
        end = bytes.Length - 1;
        return bytes.Length >= Listpack.EmptySize && Listpack.Size(bytes) == bytes.Length && bytes[end] == ListpackEntry.Terminator;
    }

    /// <summary>Whether the header's count is that of the entries, or says that it does not know.</summary>
    public static bool IsCount(ReadOnlySpan<byte> bytes, int entries)
    {
        var stored = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        return stored == ushort.MaxValue || stored == entries;
    }

    /// <summary>Offset behind the entry at an offset before the end, or -1 when there is none that is sound.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // every entry of every file; small ones take two compares
    public static int Pass(ReadOnlySpan<byte> bytes, int offset, int end)
    {
        int lead = bytes[offset];
        if (lead is >= ListpackEntry.ShortString and < ListpackEntry.FirstWide)
        {
            var content = lead - ListpackEntry.ShortString + 1;
            return content < end - offset && bytes[offset + content] == content ? offset + content + 1 : -1;
        }

        if (lead < ListpackEntry.ShortString) return bytes[offset + 1] == 1 && offset + 1 < end ? offset + 2 : -1;
        var known = ListpackEntry.IntegerSizeOf(lead); // scores of sorted sets, ids and flags of streams
        if (known > 0) return known <= end - offset && bytes[offset + known - 1] == known - 1 ? offset + known : -1;
        return PassWide(bytes, offset, end);
    }

    /// <summary>The same for an entry that has to be an integer; -1 also for one that is none, and where there is no entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // most entries of a stream
    public static int PassInteger(ReadOnlySpan<byte> bytes, int offset, int end, out long number)
    {
        number = 0;
        if ((uint)offset >= (uint)end) return -1;
        int lead = bytes[offset];
        if (lead >= ListpackEntry.ShortString) return lead < ListpackEntry.FirstWide ? -1 : PassWideInteger(bytes, offset, end, out number);
        number = lead;
        return bytes[offset + 1] == 1 && offset + 1 < end ? offset + 2 : -1;
    }

    // Longer strings.
    private static int PassWide(ReadOnlySpan<byte> bytes, int offset, int end)
    {
        var size = ListpackEntry.Measure(bytes, offset, end);
        return size < 0 ? -1 : offset + size;
    }

    private static int PassWideInteger(ReadOnlySpan<byte> bytes, int offset, int end, out long number)
    {
        number = 0;
        var next = Pass(bytes, offset, end);
        if (next < 0) return -1;
        var value = ListpackEntry.Read(bytes, offset);
        number = value.Integer;
        return value.IsInteger ? next : -1;
    }
}
