using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A listpack beside the list of values that it must be. The room it gets is exactly what it asks for; the bytes behind are guarded.</summary>
internal sealed class ListpackProgram
{
    private const byte Guard = 0xA5;
    private const int GuardLength = 16;

    private readonly Random _random;
    private readonly List<byte[]> _model = [];
    private byte[] _bytes = new byte[Listpack.EmptySize];

    public ListpackProgram(Random random)
    {
        _random = random;
        Listpack.WriteEmpty(_bytes);
    }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public IReadOnlyList<byte[]> Model => _model;

    /// <summary>One random change.</summary>
    public void Change()
    {
        var value = PackedValues.Next(_random);
        var index = _model.Count == 0 ? -1 : _random.Next(_model.Count);
        switch (_random.Next(index < 0 ? 3 : _model.Count > 60 ? 14 : 9))
        {
            case < 3:
                Add(value);
                break;
            case < 5:
                Insert(index, value);
                break;
            case < 8:
                Replace(index, value);
                break;
            default:
                var entries = _random.Next(4) == 0 ? _random.Next(6) : 1;
                Write(_bytes.Length, room => Listpack.Delete(room, OffsetOf(room, index), entries));
                _model.RemoveRange(index, Math.Min(entries, _model.Count - index));
                break;
        }
    }

    public void Add(byte[] value)
    {
        var asNumber = AsNumber(value, out var number);
        Write(_bytes.Length + Listpack.EncodedSize(value), room => asNumber ? Listpack.Append(room, number) : Listpack.Append(room, value));
        _model.Add(value);
    }

    /// <summary>The listpack holds the model, walked, counted, sought and searched in every way.</summary>
    public void Check()
    {
        ReadOnlySpan<byte> listpack = _bytes;
        Assert.Equal(listpack.Length, Listpack.Size(listpack));
        Assert.Equal(_model.Count, Listpack.Count(listpack));
        Assert.True(Listpack.Validate(listpack, out var count));
        Assert.Equal(_model.Count, count);
        var offset = Listpack.First(listpack);
        for (var i = 0; i < _model.Count; i++)
        {
            CheckEntry(listpack, offset, _model[i]);
            Assert.Equal(offset, Listpack.Seek(listpack, i));
            Assert.Equal(offset, Listpack.Seek(listpack, i - _model.Count));
            offset = Listpack.Next(listpack, offset);
        }

        Assert.Equal(-1, offset);
        offset = Listpack.Last(listpack);
        for (var i = _model.Count - 1; i >= 0; i--)
        {
            CheckEntry(listpack, offset, _model[i]);
            offset = Listpack.Previous(listpack, offset);
        }

        Assert.Equal(-1, offset);
        foreach (var outside in (long[])[_model.Count, -_model.Count - 1, long.MaxValue, long.MinValue]) Assert.Equal(-1, Listpack.Seek(listpack, outside));
    }

    /// <summary>Searches for a value that is there and one that may be.</summary>
    public void CheckFind()
    {
        if (_model.Count == 0)
        {
            Assert.Equal(-1, Listpack.Find(_bytes, Listpack.First(_bytes), PackedValues.Next(_random), 0));
            return;
        }

        var value = _random.Next(2) == 0 ? _model[_random.Next(_model.Count)] : PackedValues.Next(_random);
        int skip = _random.Next(4), from = _random.Next(_model.Count), expected = -1;
        for (var i = from; i < _model.Count && expected < 0; i += skip + 1)
        {
            if (_model[i].AsSpan().SequenceEqual(value)) expected = i;
        }

        var found = Listpack.Find(_bytes, Listpack.Seek(_bytes, from), value, skip);
        Assert.Equal(expected < 0 ? -1 : Listpack.Seek(_bytes, expected), found);
    }

    private static void CheckEntry(ReadOnlySpan<byte> listpack, int offset, byte[] expected)
    {
        var entry = Listpack.Get(listpack, offset);
        Span<byte> scratch = stackalloc byte[Integers.MaxLength];
        Assert.True(entry.Text(scratch).SequenceEqual(expected));
        Assert.Equal(expected.Length, entry.Length);
        Assert.Equal(Integers.TryParse(expected, out var number), entry.IsInteger);
        Assert.Equal(number, entry.Integer);
        Assert.True(entry.Equals(expected));
    }

    private static int OffsetOf(ReadOnlySpan<byte> listpack, int index) => Listpack.Seek(listpack, index);

    private void Insert(int index, byte[] value)
    {
        var asNumber = AsNumber(value, out var number);
        var size = _bytes.Length + Listpack.EncodedSize(value);
        Write(size, room =>
        {
            var offset = OffsetOf(room, index);
            return asNumber ? Listpack.Insert(room, offset, number) : Listpack.Insert(room, offset, value);
        });
        Assert.Equal(size, _bytes.Length);
        _model.Insert(index, value);
    }

    private void Replace(int index, byte[] value)
    {
        var asNumber = AsNumber(value, out var number);
        var offset = OffsetOf(_bytes, index);
        var size = Listpack.ReplaceSize(_bytes, offset, value);
        if (asNumber) Assert.Equal(size, Listpack.ReplaceSize(_bytes, offset, number));
        Write(Math.Max(size, _bytes.Length), room => asNumber ? Listpack.Replace(room, offset, number) : Listpack.Replace(room, offset, value));
        Assert.Equal(size, _bytes.Length);
        _model[index] = value;
    }

    // Integers are written through both doors.
    private bool AsNumber(byte[] value, out long number)
    {
        var isInteger = Integers.TryParse(value, out number);
        if (isInteger) Assert.Equal(Listpack.EncodedSize(value), Listpack.EncodedSize(number));
        return isInteger && _random.Next(2) == 0;
    }

    private void Write(int roomLength, Func<byte[], int> change)
    {
        var room = new byte[roomLength + GuardLength];
        _bytes.CopyTo(room, 0);
        Array.Fill(room, Guard, roomLength, GuardLength);
        var size = change(room);
        Assert.InRange(size, Listpack.EmptySize, roomLength);
        Assert.Equal(-1, room.AsSpan(roomLength).IndexOfAnyExcept(Guard));
        _bytes = room[..size];
    }
}
