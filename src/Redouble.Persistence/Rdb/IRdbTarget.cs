namespace Redouble.Persistence.Rdb;

/// <summary>
/// What an RDB is read into. Every call may answer false: the read then ends with <see cref="RdbErrorKind.Refused"/>, and the target knows
/// why. Spans are valid during the call. Implement it as a struct (around a reference where it has state): the reader is then compiled
/// for it alone.
/// </summary>
public interface IRdbTarget
{
    /// <summary>The magic and format version were read.</summary>
    bool OnHeader(RdbFlavor flavor, int version);

    /// <summary>An auxiliary field. Unknown ones are to be ignored.</summary>
    bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>The following keys are of database <paramref name="db"/>.</summary>
    bool OnSelectDb(int db);

    /// <summary>A hint at the size of the selected database; it may lie.</summary>
    bool OnResizeDb(ulong keys, ulong expires);

    /// <summary>The source text of a function library.</summary>
    bool OnFunction(ReadOnlySpan<byte> library);

    /// <summary>A string of at most <see cref="RdbReader.WholeValueMax"/> bytes.</summary>
    bool OnString(in RdbKey key, ReadOnlySpan<byte> value);

    /// <summary>
    /// A longer string begins. <paramref name="length"/> is what the file announces, bytes: take memory for what has arrived, not for it.
    /// </summary>
    bool BeginString(in RdbKey key, long length);

    /// <summary>Its next bytes.</summary>
    bool AppendString(ReadOnlySpan<byte> piece);

    /// <summary>It is complete: as many bytes as announced were appended.</summary>
    bool EndString();

    /// <summary>A scan met a value of any type and will walk over it.</summary>
    bool OnScannedKey(in RdbKey key, RdbTypeInfo type);

    /// <summary>The RDB is complete. <paramref name="checksum"/> is the one it carries, 0 when none.</summary>
    bool OnEnd(ulong checksum);
}
