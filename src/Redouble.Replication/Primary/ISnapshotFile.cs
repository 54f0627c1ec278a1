namespace Redouble.Replication.Primary;

/// <summary>
/// A payload, or its end from some byte on, in a file: readers of a <see cref="SnapshotStream"/> take it from there, each at its own pace.
/// The data thread owns it.
/// </summary>
public interface ISnapshotFile : IDisposable
{
    /// <summary>Bytes of the payload that can be read: up to here, from the first byte that it was made for.</summary>
    long End { get; }

    /// <summary>Why it will not have the rest, or null.</summary>
    string? Failure { get; }

    /// <summary>Reads up to <c>into.Length</c> bytes of the payload at <paramref name="position"/>, below <see cref="End"/>.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    int ReadAt(long position, Span<byte> into);

    /// <summary>The stream has got more, which a file that is being written takes over.</summary>
    void OnAppended()
    {
    }
}
