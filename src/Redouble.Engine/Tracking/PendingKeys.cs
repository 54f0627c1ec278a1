using System.Buffers.Binary;

namespace Redouble.Engine.Tracking;

/// <summary>
/// What the session whose command is running has to hear of the keys that it changed itself: kept until its reply is complete.
/// <code>
/// | length, 4 | key | length, 4 | key | … |      length -1: all keys
/// </code>
/// Lives for one execution unit and holds no more than keys that the unit wrote, like the effects staged in <c>Propagation</c>; so it may be managed memory.
/// </summary>
internal sealed class PendingKeys
{
    private const int RetainedMax = 64 * 1024;
    private const int HeaderSize = 4;
    private const int AllKeys = -1;
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>A key changed.</summary>
    public void Add(ReadOnlySpan<byte> key) => Append(key.Length, key);

    /// <summary>All keys are gone.</summary>
    public void AddAll() => Append(AllKeys, []);

    /// <summary>The next one from <paramref name="position"/> on, which moves; false at the end.</summary>
    public bool TryNext(ref int position, out ReadOnlySpan<byte> key, out bool isAll)
    {
        key = [];
        isAll = false;
        if (position >= _length) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(position));
        position += HeaderSize;
        isAll = length == AllKeys;
        if (isAll) return true;
        key = _bytes.AsSpan(position, length);
        position += length;
        return true;
    }

    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > RetainedMax) _bytes = [];
    }

    private void Append(int length, ReadOnlySpan<byte> key)
    {
        var end = checked(_length + HeaderSize + key.Length);
        if (end > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(256, Math.Max(end, _bytes.Length * 2L))));
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_length), length);
        key.CopyTo(_bytes.AsSpan(_length + HeaderSize));
        _length = end;
    }
}
