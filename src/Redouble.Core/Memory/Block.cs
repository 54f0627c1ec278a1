using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Redouble.Core.Memory;

/// <summary>
/// A reference-counted piece of native memory: the one unit of client input, replies, the replication log and snapshots.
/// <code>
/// native:  | header, 64 bytes: next, base offset, capacity, length, references, tag | front | data, capacity bytes |
/// </code>
/// The struct is a handle of one pointer. Blocks come from a <see cref="BlockPool"/> and go back to it when the last reference is
/// released. Counting is not atomic: the data thread alone retains and releases; other threads get the bytes of a block that the
/// data thread holds for them.
/// </summary>
public readonly unsafe struct Block : IEquatable<Block>
{
    /// <summary>Bytes of the native header in front of the data.</summary>
    public const int HeaderSize = 64;

    [StructLayout(LayoutKind.Sequential, Size = HeaderSize)]
    internal struct Header
    {
        public Header* Next;
        public long BaseOffset;
        public long Tag;
        public int Capacity;
        public int Length;
        public int References;
        public int Pooled;
        public int ZeroFrom;
        public int Front; // bytes between header and data: 0, or what Narrow has left in front
    }

    // Invariant: null, or a header written by BlockPool with References > 0 for as long as a holder uses it.
    internal readonly Header* Pointer;

    internal Block(Header* pointer) => Pointer = pointer;

    /// <summary>No block.</summary>
    public static Block None => default;

    /// <summary>Whether this is no block.</summary>
    public bool IsNone => Pointer == null;

    /// <summary>Bytes of data it can hold.</summary>
    public int Capacity => Pointer->Capacity;

    /// <summary>Bytes of data written so far, kept by whoever writes.</summary>
    public int Length
    {
        get => Pointer->Length;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, (uint)Pointer->Capacity);
            Pointer->Length = value;
        }
    }

    /// <summary>Sets <see cref="Length"/>; for holders that keep the handle in a readonly place.</summary>
    public void Resize(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Pointer->Capacity);
        Pointer->Length = length;
    }

    /// <summary>Offset of the first data byte in the stream the block belongs to (the replication offset in the log).</summary>
    public long BaseOffset
    {
        get => Pointer->BaseOffset;
        set => Pointer->BaseOffset = value;
    }

    /// <summary>Free for the owner of the chain.</summary>
    public long Tag
    {
        get => Pointer->Tag;
        set => Pointer->Tag = value;
    }

    /// <summary>The following block of a chain. Setting it counts no reference.</summary>
    public Block Next
    {
        get => new(Pointer->Next);
        set => Pointer->Next = value.Pointer;
    }

    /// <summary>Holders of the block.</summary>
    public int References => Pointer->References;

    /// <summary>All of the data area, written or not.</summary>
    public Span<byte> Data => new(Start, Pointer->Capacity);

    /// <summary>The bytes written so far.</summary>
    public Span<byte> Written => new(Start, Pointer->Length);

    /// <summary>The bytes not written yet.</summary>
    public Span<byte> Free => new(Start + Pointer->Length, Pointer->Capacity - Pointer->Length);

    /// <summary>Address of the data, for system calls of the poller.</summary>
    public nint UnsafeAddress => (nint)Start;

    /// <summary>The handle as a number, to be written into native memory. It carries the reference of whoever wrote it.</summary>
    public long UnsafeHandle => (long)Pointer;

    /// <summary>The block whose <see cref="UnsafeHandle"/> was kept.</summary>
    public static Block UnsafeFromHandle(long handle) => new((Header*)handle);

    // Invariant: Front + Capacity bytes behind the header are the block's.
    internal byte* Start => (byte*)(Pointer + 1) + Pointer->Front;

    /// <summary>
    /// From now on the data are these bytes of it, with the room behind them: a value that arrived as part of a request becomes a block's whole data.
    /// </summary>
    public void Narrow(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)Pointer->Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(Pointer->Length - start));
        Pointer->Front += start;
        Pointer->Capacity -= start;
        Pointer->Length = length;
    }

    /// <summary>When the block was rented, or last grew, its data were zero from here on.</summary>
    public int ZeroFrom => Pointer->ZeroFrom;

    /// <summary>Adds a holder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // one increment, called per reply that lends a block
    public void Retain() => Pointer->References++;

    /// <inheritdoc/>
    public bool Equals(Block other) => Pointer == other.Pointer;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Block other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((nint)Pointer).GetHashCode();

    public static bool operator ==(Block left, Block right) => left.Pointer == right.Pointer;

    public static bool operator !=(Block left, Block right) => left.Pointer != right.Pointer;
}
