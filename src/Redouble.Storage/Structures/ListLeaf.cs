using System.Runtime.CompilerServices;

namespace Redouble.Storage.Structures;

/// <summary>
/// A leaf of a large list or stream, in one native allocation:
/// <code>
/// byte   0       1       2   4       8        12         16
///      | epoch | flags |   | start | length | capacity | free, start bytes | content, length bytes | free |
/// flags: 1 orphaned: no tree refers to it, only the ticket of a snapshot that will emit and free it
///        2 plain: the content is one element that is too long for a listpack; else it is a listpack
/// </code>
/// Room on both sides of the content serves lists that are pushed to and popped from at either end: only a listpack's header of six bytes moves.
/// While a snapshot's ticket is open on the collection, a leaf with a stamp of before is read only: whoever wants to write takes a copy.
/// </summary>
internal readonly unsafe struct ListLeaf(byte* address) : IEquatable<ListLeaf>
{
    public const int HeaderSize = 16;

    private const int OrphanedFlag = 1;
    private const int PlainFlag = 2;

    // Invariant: null, or what LeafStore allocated and has not freed; start + length <= capacity.
    public readonly byte* Address = address;

    /// <summary>The address as a number, for trees.</summary>
    public nint Place => (nint)Address;

    /// <summary>Epoch in which it was written, or emitted.</summary>
    public byte Epoch
    {
        get => Address[0];
        set => Address[0] = value;
    }

    /// <summary>Whether only the ticket of the running snapshot has it.</summary>
    public bool IsOrphaned
    {
        get => (Address[1] & OrphanedFlag) != 0;
        set => Address[1] = (byte)(value ? Address[1] | OrphanedFlag : Address[1] & ~OrphanedFlag);
    }

    /// <summary>Whether the content is the one element itself rather than a listpack.</summary>
    public bool IsPlain => (Address[1] & PlainFlag) != 0;

    /// <summary>Free bytes in front of the content.</summary>
    public int Start
    {
        get => Unsafe.ReadUnaligned<int>(Address + 4);
        private set => Unsafe.WriteUnaligned(Address + 4, value);
    }

    /// <summary>Bytes of the content.</summary>
    public int Length
    {
        get => Unsafe.ReadUnaligned<int>(Address + 8);
        set => Unsafe.WriteUnaligned(Address + 8, value);
    }

    /// <summary>Bytes of content and free ones.</summary>
    public int Capacity => Unsafe.ReadUnaligned<int>(Address + 12);

    /// <summary>The listpack, or the plain element.</summary>
    public Span<byte> Content => new(Address + HeaderSize + Start, Length);

    /// <summary>The content and the free bytes behind it.</summary>
    public Span<byte> Room => new(Address + HeaderSize + Start, Capacity - Start);

    public static ListLeaf At(nint place) => new((byte*)place);

    /// <summary>Writes the header of a leaf whose content has to be filled.</summary>
    public static ListLeaf Write(byte* address, int capacity, int start, int length, byte epoch, bool isPlain)
    {
        *(long*)address = 0;
        address[0] = epoch;
        address[1] = (byte)(isPlain ? PlainFlag : 0);
        Unsafe.WriteUnaligned(address + 12, capacity);
        return new ListLeaf(address) { Start = start, Length = length };
    }

    /// <summary>Whether so many bytes are free on one side.</summary>
    public bool HasRoom(int bytes, bool inFront) => bytes <= (inFront ? Start : Capacity - Start - Length);

    /// <summary>
    /// Moves the content so that <paramref name="bytes"/> are free on one side; there are as many on both together. What is left over is shared by the
    /// sides: a list that is pushed to at both ends moves a leaf a few times, not each time.
    /// </summary>
    public void MoveForRoom(int bytes, bool inFront)
    {
        if (HasRoom(bytes, inFront)) return;
        var free = Capacity - Length;
        var here = Math.Max(bytes, free / 2);
        var start = inFront ? here : free - here;
        Content.CopyTo(new Span<byte>(Address + HeaderSize + start, Length));
        Start = start;
    }

    /// <summary>The content begins so many bytes further on; a negative number: further in front.</summary>
    public void MoveStart(int bytes)
    {
        Start += bytes;
        Length -= bytes;
    }

    public bool Equals(ListLeaf other) => Address == other.Address;

    public override bool Equals(object? obj) => obj is ListLeaf other && Equals(other);

    public override int GetHashCode() => ((nint)Address).GetHashCode();
}
