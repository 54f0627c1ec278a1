namespace Redouble.Protocol.Requests;

/// <summary>Bounds on a request; they depend on the configuration and on whether the client has authenticated.</summary>
public readonly struct ScanLimits
{
    /// <summary>Bytes of a line (inline request, count, length) that may arrive without its end.</summary>
    public const int LineLengthMax = 64 * 1024;

    /// <summary>Largest count of arguments.</summary>
    public const int MultibulkCountMax = int.MaxValue;

    /// <summary>Default of proto-max-bulk-len, bytes.</summary>
    public const long DefaultBulkLengthMax = 512L << 20;

    /// <summary>Arguments that a client may send before it has authenticated.</summary>
    public const int UnauthenticatedCountMax = 10;

    /// <summary>Bytes of an argument that a client may send before it has authenticated.</summary>
    public const int UnauthenticatedBulkLengthMax = 16384;

    // Longest bulk that the scanner's fast path may accept: it reads up to four digits.
    internal readonly int FastBulkLengthMax;

    /// <param name="bulkLengthMax">proto-max-bulk-len, bytes; <see cref="long.MaxValue"/> on the link to a primary, which Redis does not limit.</param>
    /// <param name="unauthenticated">Whether the client has yet to authenticate. Scan and execute its requests one by one: the next may be AUTH.</param>
    public ScanLimits(long bulkLengthMax, bool unauthenticated = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bulkLengthMax);
        BulkLengthMax = bulkLengthMax;
        Unauthenticated = unauthenticated;
        FastBulkLengthMax = (int)Math.Min(bulkLengthMax, 9999);
    }

    /// <summary>Redis' defaults, for an authenticated client.</summary>
    public static ScanLimits Default => new(DefaultBulkLengthMax);

    /// <summary>Longest argument, bytes.</summary>
    public long BulkLengthMax { get; }

    /// <summary>Whether the bounds for clients that have not authenticated apply as well.</summary>
    public bool Unauthenticated { get; }
}
