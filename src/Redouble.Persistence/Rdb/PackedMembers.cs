using System.Buffers.Binary;
using Redouble.Core.Hashing;
using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Tells whether the members of a listpack from outside are all different. A few are compared by their last bytes, each with each; of more
/// the hashes are sorted, so that the work is bounded whatever they are: the seeds of the hash are no secret, and members that were made to collide by the hundred are refused like repeated ones.
/// </summary>
internal sealed class PackedMembers
{
    private const int RetainedMax = 4096;
    private const int FewMax = 12;

    private readonly KeyHash _hash = new(1, 2);
    private ulong[] _hashes = [];
    private int[] _offsets = [];

    /// <summary>Whether every <paramref name="stride"/>-th entry of a valid listpack, from the first on, is different.</summary>
    public bool AreDistinct(ReadOnlySpan<byte> listpack, int entries, int stride)
    {
        var count = entries / stride;
        if (_hashes.Length < count) (_hashes, _offsets) = (new ulong[Math.Max(count, 128)], new int[Math.Max(count, 128)]);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var index = 0;
        var entry = 0;
        for (var offset = Listpack.First(listpack); offset >= 0; offset = Listpack.Next(listpack, offset))
        {
            if (entry++ % stride != 0) continue;
            var text = Listpack.Get(listpack, offset).Text(digits);
            _hashes[index] = count <= FewMax ? Tail(text) : _hash.Compute(text);
            _offsets[index++] = offset;
        }

        var hashes = _hashes.AsSpan(0, count);
        if (count <= FewMax) return AreFewDistinct(listpack, hashes);
        hashes.Sort(_offsets.AsSpan(0, count));
        for (var i = 1; i < count; i++)
        {
            if (hashes[i] != hashes[i - 1]) continue;
            if (i > 1 && hashes[i] == hashes[i - 2]) return false;
            if (AreEqual(listpack, i, i - 1)) return false;
        }

        return true;
    }

    // The last eight bytes: names that are numbered differ there.
    private static ulong Tail(ReadOnlySpan<byte> text)
    {
        if (text.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]);
        ulong tail = 0;
        foreach (var letter in text) tail = (tail << 8) | letter;
        return tail;
    }

    private bool AreFewDistinct(ReadOnlySpan<byte> listpack, ReadOnlySpan<ulong> tails)
    {
        for (var i = 1; i < tails.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (tails[i] == tails[j] && AreEqual(listpack, i, j)) return false;
            }
        }

        return true;
    }

    private bool AreEqual(ReadOnlySpan<byte> listpack, int index, int other)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        return Listpack.Get(listpack, _offsets[index]).Equals(Listpack.Get(listpack, _offsets[other]).Text(digits));
    }

    /// <summary>Gives large buffers back.</summary>
    public void Clear()
    {
        if (_hashes.Length > RetainedMax) (_hashes, _offsets) = ([], []);
    }
}
