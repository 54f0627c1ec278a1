using System.Runtime.CompilerServices;

namespace Redouble.Core.Memory;

/// <summary>
/// A stretch of native memory that can be kept in a field, which a span cannot: the request being executed. It holds no reference: whoever
/// makes one keeps the block for as long as it is used.
/// </summary>
public readonly unsafe struct NativeBytes
{
    // Invariant: Length bytes from here belong to a block that its maker holds.
    private readonly byte* _start;

    private NativeBytes(byte* start, int length)
    {
        _start = start;
        Length = length;
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>All of them.</summary>
    public ReadOnlySpan<byte> Span => new(_start, Length);

    /// <summary>A part of a block's data.</summary>
    public static NativeBytes Of(Block block, int offset, int length)
    {
        if ((uint)offset > (uint)block.Capacity || (uint)length > (uint)(block.Capacity - offset)) throw new ArgumentOutOfRangeException(nameof(offset));
        return new NativeBytes(block.Start + offset, length);
    }

    /// <summary>Whether they begin at that place of the block's data.</summary>
    public bool StartsAt(Block block, int offset) => !block.IsNone && _start == block.Start + offset;

    /// <summary>Bytes of a span that lies in native memory: unchecked.</summary>
    public static NativeBytes UnsafeOf(ReadOnlySpan<byte> native) =>
        new((byte*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(native)), native.Length);

    /// <summary>A copy in memory of its own, which lives until <see cref="Free"/>.</summary>
    public static NativeBytes CopyOf(ReadOnlySpan<byte> bytes, NativeHeap heap)
    {
        var copy = new NativeBytes(heap.Allocate(Math.Max(1, bytes.Length)), bytes.Length);
        bytes.CopyTo(new Span<byte>(copy._start, bytes.Length));
        return copy;
    }

    /// <summary>
    /// The same stretch, copied part by part: where one has just been made, an assignment reads it as a vector whose parts are still being written, for which
    /// the processor waits.
    /// </summary>
    public void CopyTo(out NativeBytes to) => to = new NativeBytes(_start, Length);

    /// <summary>Frees what <see cref="CopyOf"/> made.</summary>
    public void Free(NativeHeap heap) => heap.Free(_start);

    /// <summary>A part of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // every access of an argument
    public ReadOnlySpan<byte> Slice(int offset, int length)
    {
        if ((ulong)(uint)offset + (uint)length > (uint)Length) Throw();
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    private static void Throw() => throw new ArgumentOutOfRangeException("offset");
}
