namespace Redouble.Simulation.Tests.Machinery;

/// <summary>Bytes in the order in which they came.</summary>
internal sealed class ByteQueue
{
    private byte[] _bytes = new byte[256];
    private int _start;
    private int _end;

    public int Count => _end - _start;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_start, Count);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _end < bytes.Length)
        {
            var room = Math.Max(_bytes.Length, (Count + bytes.Length) * 2);
            var larger = room > _bytes.Length ? new byte[room] : _bytes;
            Bytes.CopyTo(larger);
            (_bytes, _end, _start) = (larger, Count, 0);
        }

        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    public void Remove(int count)
    {
        _start += count;
        if (_start == _end) _start = _end = 0;
    }

    public void Clear() => _start = _end = 0;
}
