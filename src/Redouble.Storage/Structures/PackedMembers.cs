using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Core.Text;

namespace Redouble.Storage.Structures;

/// <summary>
/// Reads listpacks from outside: whether they are whole, and their members all different. Pairs are put into the form that memory has them in on the way.
/// A few members are compared by their last bytes, each with each; of more the hashes are sorted, so that the work is bounded whatever they are: the seeds
/// of the hash are no secret, and members that were made to collide by the hundred are refused like repeated ones.
/// </summary>
public sealed class PackedMembers
{
    private const int RetainedMax = 4096;
    private const int BytesRetainedMax = 1 << 20;
    private const int FewMax = 12;
    private const int FirstCapacity = 128;
    private const int BytesCapacity = 1024;
    private const int CopySlack = 32; // what is copied at once

    private readonly KeyHash _hash = new(1, 2);
    private ulong[] _hashes = [];
    private int[] _offsets = [];
    private byte[] _pairs = [];
    private NativeBuffer? _largePairs; // a value may be as long as a third of all memory
    private int _pairBytes;
    private int _count;

    /// <summary>What <see cref="TryReadPairs"/> has read: <see cref="PackedPairs"/>.</summary>
    public ReadOnlySpan<byte> Pairs => PairsRoom[.._pairBytes];

    /// <summary>Offsets of the members in the listpack that was read last.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, _count);

    private Span<byte> PairsRoom => _largePairs is { } large ? large.Span : _pairs;

    /// <summary>Bytes of the longest entry of that listpack.</summary>
    public int LongestEntry { get; private set; }

    /// <summary>
    /// Whether bytes are a whole listpack (<see cref="Listpack.Validate"/>) of so many times <paramref name="stride"/> entries, the first of each a member
    /// that is different from all others.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> bytes, int stride, out int entries)
    {
        entries = _count = 0;
        if (!ListpackCheck.TryBegin(bytes, out var end)) return false;
        var untilMember = 0;
        var longest = 0;
        for (var at = Listpack.HeaderSize; at < end; entries++)
        {
            if (untilMember-- == 0)
            {
                Add(at);
                untilMember = stride - 1;
            }

            var next = ListpackCheck.Pass(bytes, at, end);
            if (next < 0) return false;
            longest = Math.Max(longest, next - at);
            at = next;
        }

        LongestEntry = longest;
        return untilMember == 0 && ListpackCheck.IsCount(bytes, entries) && AreDistinct(bytes);
    }

    /// <summary>Whether bytes are a whole listpack of name, value, name, value with names that are all different; they are <see cref="Pairs"/> then.</summary>
    /// <exception cref="InsufficientMemoryException">There is no memory for pairs of more than a megabyte.</exception>
    public bool TryReadPairs(ReadOnlySpan<byte> bytes)
    {
        _count = 0;
        if (!ListpackCheck.TryBegin(bytes, out var end)) return false;
        if (PairsRoom.Length - CopySlack < bytes.Length) MakePairsRoom(bytes.Length);
        var pairs = PairsRoom;
        var to = PackedPairs.HeaderSize;
        var longest = 0;
        for (var at = Listpack.HeaderSize; at < end;)
        {
            Add(at);
            var value = ListpackCheck.Pass(bytes, at, end);
            if (value < 0 || value == end) return false;
            var next = ListpackCheck.Pass(bytes, value, end);
            if (next < 0) return false;
            longest = Math.Max(longest, Math.Max(value - at, next - value));
            to = CopyContent(bytes, at, value - at, pairs, to);
            to = CopyContent(bytes, value, next - value, pairs, to);
            at = next;
        }

        LongestEntry = longest;
        PackedPairs.SetCount(pairs, _count);
        _pairBytes = to;
        return ListpackCheck.IsCount(bytes, 2 * _count) && AreDistinct(bytes); // what was written just now is slow to read
    }

    /// <summary>Gives large buffers back.</summary>
    public void Clear()
    {
        if (_offsets.Length > RetainedMax) (_hashes, _offsets) = ([], []);
        FreeLargePairs();
    }

    /// <summary>Begins with no members, for <see cref="Add"/>.</summary>
    public void Begin() => _count = 0;

    /// <summary>Adds a member by the offset of its entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // every member of every file
    public void Add(int offset)
    {
        if (_count == _offsets.Length) Array.Resize(ref _offsets, Math.Max(FirstCapacity, _count * 2));
        _offsets[_count++] = offset;
    }

    private void MakePairsRoom(int bytes)
    {
        FreeLargePairs();
        if (bytes <= BytesRetainedMax) _pairs = new byte[Math.Max(bytes + CopySlack, BytesCapacity)];
        else (_largePairs = new NativeBuffer()).Grow(bytes + CopySlack);
    }

    private void FreeLargePairs()
    {
        if (_largePairs == null) return;
        _largePairs.Dispose();
        (_largePairs, _pairBytes) = (null, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // every entry of pairs in every file
    private static int CopyContent(ReadOnlySpan<byte> listpack, int entry, int size, Span<byte> pairs, int to)
    {
        var content = size <= sbyte.MaxValue + 1 ? size - 1 : ListpackEntry.ContentSizeAt(listpack, entry, listpack[entry]);
        PackedPairs.CopyContent(listpack, entry, pairs, to, content);
        return to + content;
    }

    /// <summary>Whether the members at the offsets that were added are all different.</summary>
    public bool AreDistinct(ReadOnlySpan<byte> listpack)
    {
        if (_hashes.Length < _count) _hashes = new ulong[_offsets.Length];
        var hashes = _hashes.AsSpan(0, _count);
        return _count <= FewMax ? AreFewDistinct(listpack, hashes) : AreManyDistinct(listpack, hashes);
    }

    private bool AreFewDistinct(ReadOnlySpan<byte> listpack, Span<ulong> tails)
    {
        for (var i = 0; i < tails.Length; i++)
        {
            tails[i] = Tail(listpack, _offsets[i]);
            for (var j = 0; j < i; j++)
            {
                if (tails[i] == tails[j] && AreEqual(listpack, i, j)) return false;
            }
        }

        return true;
    }

    private bool AreManyDistinct(ReadOnlySpan<byte> listpack, Span<ulong> hashes)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = _hash.Compute(Listpack.Get(listpack, _offsets[i]).Text(digits));
        hashes.Sort(_offsets.AsSpan(0, _count));
        for (var i = 1; i < hashes.Length; i++)
        {
            if (hashes[i] != hashes[i - 1]) continue;
            if (i > 1 && hashes[i] == hashes[i - 2]) return false;
            if (AreEqual(listpack, i, i - 1)) return false;
        }

        _offsets.AsSpan(0, _count).Sort();
        return true;
    }

    // The last eight bytes: names that are numbered differ there.
    private static ulong Tail(ReadOnlySpan<byte> listpack, int offset)
    {
        var length = listpack[offset] - ListpackEntry.ShortString; // of a short string
        return length is >= sizeof(ulong) and <= ListpackEntry.ShortStringMax
            ? BinaryPrimitives.ReadUInt64LittleEndian(listpack[(offset + 1 + length - sizeof(ulong))..])
            : TailOfAny(listpack, offset);
    }

    private static ulong TailOfAny(ReadOnlySpan<byte> listpack, int offset)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var text = Listpack.Get(listpack, offset).Text(digits);
        if (text.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]);
        ulong tail = 0;
        foreach (var letter in text) tail = (tail << 8) | letter;
        return tail;
    }

    private bool AreEqual(ReadOnlySpan<byte> listpack, int index, int other)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        return Listpack.Get(listpack, _offsets[index]).Equals(Listpack.Get(listpack, _offsets[other]).Text(digits));
    }
}
