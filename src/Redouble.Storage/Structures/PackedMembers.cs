using System.Buffers.Binary;
using Redouble.Core.Hashing;
using Redouble.Core.Text;

namespace Redouble.Storage.Structures;

/// <summary>
/// Tells whether the members of a listpack from outside are all different. A few are compared by their last bytes, each with each; of more
/// the hashes are sorted, so that the work is bounded whatever they are: the seeds of the hash are no secret, and members that were made to collide by
/// the hundred are refused like repeated ones.
/// </summary>
public sealed class PackedMembers
{
    private const int RetainedMax = 4096;
    private const int FewMax = 12;
    private const int FirstCapacity = 128;

    private readonly KeyHash _hash = new(1, 2);
    private ulong[] _hashes = [];
    private int[] _offsets = [];
    private int _count;

    /// <summary>Offsets of the members of the listpack that was read last.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, _count);

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
                if (_count == _offsets.Length) Array.Resize(ref _offsets, Math.Max(FirstCapacity, _count * 2));
                _offsets[_count++] = at;
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

    /// <summary>Gives large buffers back.</summary>
    public void Clear()
    {
        if (_offsets.Length > RetainedMax) (_hashes, _offsets) = ([], []);
    }

    private bool AreDistinct(ReadOnlySpan<byte> listpack)
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
