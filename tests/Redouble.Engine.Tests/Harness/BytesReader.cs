using Redouble.Core.Platform;

namespace Redouble.Engine.Tests.Harness;

/// <summary>A file in memory as it was when it was opened.</summary>
internal sealed class BytesReader(byte[] bytes) : IReadableFile
{
    private int _position;

    public long Length => bytes.Length;

    public int Read(Span<byte> buffer)
    {
        var part = Math.Min(buffer.Length, bytes.Length - _position);
        bytes.AsSpan(_position, part).CopyTo(buffer);
        _position += part;
        return part;
    }

    public void Dispose()
    {
    }
}
