namespace Redouble.Persistence.Rdb;

/// <summary>Whether strings of more than 20 bytes are written compressed.</summary>
public enum RdbCompression
{
    /// <summary>Never (<c>rdbcompression no</c>).</summary>
    None,

    /// <summary>Where that saves at least 4 bytes; tried on every such string: the output depends on the data alone (DUMP).</summary>
    Always,

    /// <summary>Where it seems worth it (<c>rdbcompression yes</c>): see <see cref="Core.Compression.CompressionGate"/>.</summary>
    Adaptive,
}

/// <summary>How an RDB is written.</summary>
public sealed record RdbWriterOptions
{
    /// <summary>The format version.</summary>
    public RdbDialect Dialect { get; init; } = RdbDialect.Rdb10;

    /// <summary>Directive <c>rdbchecksum</c>; without it the checksum at the end is 0.</summary>
    public bool Checksum { get; init; } = true;

    /// <summary>Directive <c>rdbcompression</c>.</summary>
    public RdbCompression Compression { get; init; } = RdbCompression.Adaptive;
}
