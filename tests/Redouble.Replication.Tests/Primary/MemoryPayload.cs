using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

/// <summary>A payload's file, or the beginning of one that grows.</summary>
internal sealed class MemoryPayload(byte[] bytes, long start = 0) : ISnapshotFile
{
    public MemoryPayload(string text)
        : this(Wire.Bytes(text))
    {
    }

    public long End { get; set; } = start + bytes.Length;

    public string? Failure { get; set; }

    public bool ReadsFail { get; set; }

    public int Reads { get; private set; }

    public int Disposals { get; private set; }

    public int ReadAt(long position, Span<byte> into)
    {
        Reads++;
        if (ReadsFail) throw new IOException("Input/output error");
        Assert.InRange(position, start, End - 1);
        Assert.InRange(into.Length, 1, End - position);
        bytes.AsSpan((int)(position - start), into.Length).CopyTo(into);
        return into.Length;
    }

    public void Dispose() => Disposals++;
}
