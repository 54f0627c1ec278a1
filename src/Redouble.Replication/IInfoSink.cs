namespace Redouble.Replication;

/// <summary>Takes the fields of an INFO section in order; how they are written is the host's.</summary>
public interface IInfoSink
{
    /// <summary><c>name:number</c></summary>
    void Field(ReadOnlySpan<byte> name, long value);

    /// <summary><c>name:text</c></summary>
    void Field(ReadOnlySpan<byte> name, string value);
}
