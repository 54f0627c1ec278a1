using Redouble.Protocol.Replies;

namespace Redouble.Server.Polling;

/// <summary>What a transport needs before it can go on.</summary>
public enum TransportStatus : byte
{
    /// <summary>Bytes were moved.</summary>
    Done,

    /// <summary>Go on when the descriptor is readable (with TLS also a write may want this).</summary>
    WantRead,

    /// <summary>Go on when the descriptor is writable (with TLS also a read may want this).</summary>
    WantWrite,

    /// <summary>The connection is over.</summary>
    Closed,
}

/// <summary>Outcome of a read or write: bytes moved, or why none; the error number when the end was not in good order.</summary>
public readonly record struct TransportResult(TransportStatus Status, int Count, int Errno)
{
    /// <summary>Bytes were moved.</summary>
    public static TransportResult Done(int count) => new(TransportStatus.Done, count, 0);

    /// <summary>From a system call, where waiting means <paramref name="want"/>.</summary>
    public static TransportResult From(IoResult result, TransportStatus want) => result.Status switch
    {
        IoStatus.Done => Done(result.Count),
        IoStatus.WouldBlock => new(want, 0, 0),
        _ => new(TransportStatus.Closed, 0, result.Errno),
    };
}

/// <summary>
/// The bytes of one connection, in plain or (later) in TLS, without ever blocking. The loop watches <see cref="Descriptor"/> and calls
/// again when what was wanted is there.
/// </summary>
public interface ITransport
{
    /// <summary>What to give the poller.</summary>
    int Descriptor { get; }

    /// <summary>Reads into <paramref name="buffer"/>, which must not be empty.</summary>
    TransportResult Read(Span<byte> buffer);

    /// <summary>Writes a first part of <paramref name="bytes"/>.</summary>
    TransportResult Write(ReadOnlySpan<byte> bytes);

    /// <summary>Writes a first part of <paramref name="segments"/>, in one call where possible.</summary>
    TransportResult Write(ReadOnlySpan<OutputSegment> segments);

    /// <summary>Closes the descriptor. Once.</summary>
    void Close();
}
