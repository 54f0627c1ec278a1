using Redouble.Protocol.Replies;

namespace Redouble.Server.Polling;

/// <summary>A plain socket.</summary>
public sealed unsafe class SocketTransport : ITransport
{
    /// <param name="descriptor">A connected, non-blocking stream socket; the transport closes it.</param>
    public SocketTransport(int descriptor) => Descriptor = descriptor;

    /// <inheritdoc/>
    public int Descriptor { get; private set; }

    /// <inheritdoc/>
    public TransportResult Read(Span<byte> buffer) => TransportResult.From(SocketCalls.Receive(Descriptor, buffer), TransportStatus.WantRead);

    /// <inheritdoc/>
    public TransportResult Write(ReadOnlySpan<byte> bytes) => TransportResult.From(SocketCalls.Send(Descriptor, bytes), TransportStatus.WantWrite);

    /// <inheritdoc/>
    public TransportResult Write(ReadOnlySpan<OutputSegment> segments)
    {
        if (segments.Length == 1) return Write(segments[0].Bytes); // send is the cheaper call
        if (segments.Length > SocketCalls.VectorMax) segments = segments[..SocketCalls.VectorMax];
        var vectors = stackalloc IoVector[SocketCalls.VectorMax];
        Fill(vectors, segments);
        // Invariant: each segment's block is retained by its reply buffer until it is advanced, which happens after this call.
        return TransportResult.From(SocketCalls.SendVector(Descriptor, vectors, segments.Length), TransportStatus.WantWrite);
    }

    /// <inheritdoc/>
    public void Close()
    {
        if (Descriptor < 0) return;
        SocketCalls.Close(Descriptor);
        Descriptor = -1;
    }

    // Invariant (the caller's): room for as many vectors as there are segments.
    private static void Fill(IoVector* vectors, ReadOnlySpan<OutputSegment> segments)
    {
        for (var i = 0; i < segments.Length; i++) vectors[i] = new IoVector { Address = segments[i].UnsafeAddress, Length = segments[i].Length };
    }
}
