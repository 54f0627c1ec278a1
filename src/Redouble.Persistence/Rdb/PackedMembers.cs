using Redouble.Core.Hashing;
using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Tells whether the members of a listpack from outside are all different. Their hashes are sorted, so that the work is bounded whatever
/// they are: the seeds of the hash are no secret, and members that were made to collide by the hundred are refused like repeated ones.
/// </summary>
internal sealed class PackedMembers
{
    private const int RetainedMax = 4096;

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
            _hashes[index] = _hash.Compute(Listpack.Get(listpack, offset).Text(digits));
            _offsets[index++] = offset;
        }

        var hashes = _hashes.AsSpan(0, count);
        hashes.Sort(_offsets.AsSpan(0, count));
        for (var i = 1; i < count; i++)
        {
            if (hashes[i] != hashes[i - 1]) continue;
            if (i > 1 && hashes[i] == hashes[i - 2]) return false;
            if (Listpack.Get(listpack, _offsets[i]).Equals(Listpack.Get(listpack, _offsets[i - 1]).Text(digits))) return false;
        }

        return true;
    }

    /// <summary>Gives large buffers back.</summary>
    public void Clear()
    {
        if (_hashes.Length > RetainedMax) (_hashes, _offsets) = ([], []);
    }
}
