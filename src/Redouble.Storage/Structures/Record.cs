using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Structures;

/// <summary>
/// A key with its value, in one native allocation:
/// <code>
/// byte   0      1           2 … 4    5      6        7
///      | flags | type, enc | clock  | epoch| key len| value len| [expiry, 8] [key len, 4] [value len, 4] | key | value |
/// flags: 1 has expiry · 2 wide key length · 4 wide value length · 8 value is a block · 16 spare: the slot is of a larger class than the length asks for
///        32 value is a collection · 64 a hash that is in its database's order of earliest field times
/// </code>
/// The two length bytes serve lengths to 255; a wide length is a 32-bit number behind the expiry. The expiry is unix time in
/// milliseconds. A string over <see cref="InlineValueMax"/> bytes is a <see cref="Block"/> of its own, and the value area its address;
/// so it is with a large <see cref="Collection"/>. A small one is a listpack or an intset in the place of a string.
/// A 16-byte key with a 100-byte value takes 8 + 16 + 100 = 124 bytes, the 128-byte class of the heap.
/// Each record has one owner, the slot of the keyspace table (the expiry table refers to the same record and moves with it).
/// </summary>
internal readonly unsafe struct Record(byte* address) : IEquatable<Record>
{
    public const int HeaderSize = 8;

    /// <summary>Longest string kept inside the record.</summary>
    public const int InlineValueMax = 16 * 1024;

    private const int HasExpiryFlag = 1;
    private const int WideKeyFlag = 2;
    private const int WideValueFlag = 4;
    private const int BlockFlag = 8;
    private const int SpareFlag = 16;
    private const int CollectionFlag = 32;
    private const int IndexedFlag = 64;

    // Invariant: null, or the start of a record written by Create in the owning keyspace's heap and not freed since.
    public readonly byte* Address = address;

    /// <summary>The address as a number, for trees and tables that refer to the record.</summary>
    public nint Place => (nint)Address;

    public bool IsMissing => Address == null;

    public static Record At(nint place) => new((byte*)place);

    /// <summary>Starts to fetch a record's first bytes.</summary>
    public static void Prefetch(nint place)
    {
        if (Sse.IsSupported) Sse.Prefetch0((void*)place);
    }

    /// <summary>Starts to fetch what follows its first line: the next few lines, which the processor goes on from by itself, or what the record owns.</summary>
    public void PrefetchRest()
    {
        if (!Sse.IsSupported) return;
        const int lineSize = 64;
        const int bytesMax = 4 * lineSize;
        var end = Address + Math.Min(Size, bytesMax);
        for (var line = (byte*)((ulong)Address & ~(lineSize - 1UL)) + lineSize; line < end; line += lineSize) Sse.Prefetch0(line);
        if (IsCollection) Sse.Prefetch0((void*)Collection.Address);
    }

    public ValueType Type => (ValueType)(Address[1] & 15);

    public ValueEncoding Encoding
    {
        get => (ValueEncoding)(Address[1] >> 4);
        set => Address[1] = (byte)((Address[1] & 15) | ((int)value << 4));
    }

    public byte Epoch
    {
        get => Address[5];
        set => Address[5] = value;
    }

    /// <summary>24 bits: LRU seconds, or LFU minutes (16) and counter (8).</summary>
    public int Clock
    {
        get => Address[2] | Address[3] << 8 | Address[4] << 16;
        set
        {
            Address[2] = (byte)value;
            Address[3] = (byte)(value >> 8);
            Address[4] = (byte)(value >> 16);
        }
    }

    public bool HasExpiry => (Address[0] & HasExpiryFlag) != 0;

    /// <summary>Unix time in milliseconds, or -1.</summary>
    public long ExpireAtMs
    {
        get => HasExpiry ? Unsafe.ReadUnaligned<long>(Address + HeaderSize) : -1;
        set => Unsafe.WriteUnaligned(Address + HeaderSize, value);
    }

    public bool IsBlock => (Address[0] & BlockFlag) != 0;

    public int KeyLength => (Address[0] & WideKeyFlag) == 0 ? Address[6] : Unsafe.ReadUnaligned<int>(Address + WideKeyAt(Address[0]));

    /// <summary>Bytes of the value area inside the record.</summary>
    public int InlineLength => (Address[0] & WideValueFlag) == 0 ? Address[7] : Unsafe.ReadUnaligned<int>(Address + WideValueAt(Address[0]));

    public ReadOnlySpan<byte> Key => new(Address + KeyAt(Address[0]), KeyLength);

    public Block Block => Unsafe.ReadUnaligned<Block>(Address + KeyAt(Address[0]) + KeyLength);

    public bool IsCollection => (Address[0] & CollectionFlag) != 0;

    /// <summary>Whether the database has it among the hashes with fields that expire.</summary>
    public bool IsIndexed
    {
        get => (Address[0] & IndexedFlag) != 0;
        set => Address[0] = (byte)(value ? Address[0] | IndexedFlag : Address[0] & ~IndexedFlag);
    }

    /// <summary>Whether the value is a hash in an encoding in which fields may expire.</summary>
    public bool MayHaveFieldTimes => Type == ValueType.Hash && Encoding is (ValueEncoding.ListpackEx or ValueEncoding.HashTable);

    /// <summary>The value as a collection; only when <see cref="IsCollection"/>.</summary>
    public Collection Collection => Collection.At(Unsafe.ReadUnaligned<nint>(Address + KeyAt(Address[0]) + KeyLength));

    public int ValueLength => IsBlock ? Block.Length : InlineLength;

    /// <summary>The value's bytes, wherever they are.</summary>
    public Span<byte> Value => IsBlock ? Block.Written : new(Address + KeyAt(Address[0]) + KeyLength, InlineLength);

    /// <summary>Bytes the heap gave it.</summary>
    public long UsableSize => NativeHeap.UsableSize(Address);

    /// <summary>Bytes of the record itself.</summary>
    public int Size => KeyAt(Address[0]) + KeyLength + InlineLength;

    public static int SizeFor(int keyLength, int inlineLength, bool hasExpiry)
    {
        var flags = FlagsFor(keyLength, inlineLength, hasExpiry);
        return KeyAt(flags) + keyLength + inlineLength;
    }

    /// <summary>Writes header and key; the caller fills the value area of <paramref name="inlineLength"/> bytes.</summary>
    public static Record Write(
        byte* address, ReadOnlySpan<byte> key, int inlineLength, bool hasExpiry, ValueType type, ValueEncoding encoding, byte epoch, int clock)
    {
        var flags = FlagsFor(key.Length, inlineLength, hasExpiry);
        address[0] = (byte)flags;
        address[1] = (byte)((int)type | (int)encoding << 4);
        var record = new Record(address) { Clock = clock, Epoch = epoch };
        address[6] = (byte)key.Length;
        address[7] = (byte)inlineLength;
        if ((flags & WideKeyFlag) != 0) Unsafe.WriteUnaligned(address + WideKeyAt(flags), key.Length);
        if ((flags & WideValueFlag) != 0) Unsafe.WriteUnaligned(address + WideValueAt(flags), inlineLength);
        key.CopyTo(new Span<byte>(address + KeyAt(flags), key.Length));
        return record;
    }

    /// <summary>
    /// Bytes of its slot. The length tells the class of most records; the slab's header would be a cache miss, a sixth of a SET under pipelining.
    /// </summary>
    private long Room => (Address[0] & SpareFlag) == 0 ? NativeHeap.UsableSizeFor(Size) : UsableSize;

    /// <summary>Whether a value of that length can take this record's place without moving the key, or leaving more than half of a large slot empty.</summary>
    public bool FitsInPlace(int inlineLength)
    {
        const int worthwhile = 256;
        if ((Address[0] & (BlockFlag | CollectionFlag)) != 0 || inlineLength > byte.MaxValue != ((Address[0] & WideValueFlag) != 0)) return false;
        var size = KeyAt(Address[0]) + KeyLength + inlineLength;
        var room = Room;
        return size <= room && (room - size <= worthwhile || size >= room / 2);
    }

    /// <summary>Sets the length of the value area after <see cref="FitsInPlace"/> said yes.</summary>
    public void SetInlineLength(int inlineLength)
    {
        if (inlineLength == InlineLength) return;
        var spare = NativeHeap.UsableSizeFor(KeyAt(Address[0]) + KeyLength + inlineLength) < Room;
        Address[0] = (byte)(spare ? Address[0] | SpareFlag : Address[0] & ~SpareFlag);
        Address[7] = (byte)inlineLength;
        if ((Address[0] & WideValueFlag) != 0) Unsafe.WriteUnaligned(Address + WideValueAt(Address[0]), inlineLength);
    }

    /// <summary>Makes the eight bytes of the value area an owned block.</summary>
    public void SetBlock(Block block)
    {
        Address[0] |= BlockFlag;
        Unsafe.WriteUnaligned(Address + KeyAt(Address[0]) + KeyLength, block);
    }

    /// <summary>Makes the eight bytes of the value area an owned collection.</summary>
    public void SetCollection(Collection collection)
    {
        Address[0] |= CollectionFlag;
        Unsafe.WriteUnaligned(Address + KeyAt(Address[0]) + KeyLength, collection.Address);
    }

    /// <summary>Forgets block or collection without releasing it: its ownership has moved.</summary>
    public void ForgetOwned() => Address[0] = (byte)(Address[0] & ~(BlockFlag | CollectionFlag));

    public bool Equals(Record other) => Address == other.Address;

    public override bool Equals(object? obj) => obj is Record other && Equals(other);

    public override int GetHashCode() => ((nint)Address).GetHashCode();

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once per lookup
    public bool KeyEquals(ReadOnlySpan<byte> key)
    {
        var length = KeyLength;
        return length == key.Length && key.SequenceEqual(new ReadOnlySpan<byte>(Address + KeyAt(Address[0]), length));
    }

    private static int FlagsFor(int keyLength, int inlineLength, bool hasExpiry) =>
        (hasExpiry ? HasExpiryFlag : 0) | (keyLength > byte.MaxValue ? WideKeyFlag : 0) | (inlineLength > byte.MaxValue ? WideValueFlag : 0);

    private static int WideKeyAt(int flags) => HeaderSize + ((flags & HasExpiryFlag) << 3);

    private static int WideValueAt(int flags) => HeaderSize + ((flags & HasExpiryFlag) << 3) + ((flags & WideKeyFlag) << 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // shifts instead of branches: flag 1 is worth 8 bytes, 2 and 4 are worth 4
    private static int KeyAt(int flags) => HeaderSize + ((flags & HasExpiryFlag) << 3) + ((flags & WideKeyFlag) << 1) + (flags & WideValueFlag);
}
