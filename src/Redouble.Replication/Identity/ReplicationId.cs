using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Redouble.Core.Platform;

namespace Redouble.Replication.Identity;

/// <summary>A replid: the name of a history of writes, 40 lower-case hexadecimal digits. Forty zeros stand for none.</summary>
public readonly struct ReplicationId : IEquatable<ReplicationId>
{
    /// <summary>Digits of an id.</summary>
    public const int Length = 40;

    private readonly Digits _digits;

    [InlineArray(Length)]
    private struct Digits
    {
        private byte _first;
    }

    private ReplicationId(ReadOnlySpan<byte> digits) => digits.CopyTo(_digits);

    /// <summary>The id of no history.</summary>
    public static ReplicationId None => new("0000000000000000000000000000000000000000"u8);

    /// <summary>Whether this is <see cref="None"/> (or was never assigned).</summary>
    public bool IsNone => _digits[0] == 0 || Equals(None);

    /// <summary>The 40 digits.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => _digits;

    /// <summary>A new id of 160 random bits.</summary>
    public static ReplicationId New(IRandomSource random)
    {
        Span<byte> digits = stackalloc byte[48];
        random.NextUInt64().TryFormat(digits, out _, "x16");
        random.NextUInt64().TryFormat(digits[16..], out _, "x16");
        random.NextUInt64().TryFormat(digits[32..], out _, "x16");
        return new ReplicationId(digits[..Length]);
    }

    /// <summary>Takes any 40 bytes, as Redis does; false for another length.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ReplicationId id)
    {
        id = text.Length == Length ? new ReplicationId(text) : None;
        return text.Length == Length;
    }

    /// <summary>Whether a peer's text names this history; the case of letters does not matter.</summary>
    public bool Matches(ReadOnlySpan<byte> text) => Ascii.EqualsIgnoreCase(Bytes, text);

    /// <inheritdoc/>
    public bool Equals(ReplicationId other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ReplicationId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(Bytes);

    /// <inheritdoc/>
    public override string ToString() => Encoding.ASCII.GetString(_digits[0] == 0 ? None.Bytes : Bytes);

    public static bool operator ==(ReplicationId left, ReplicationId right) => left.Equals(right);

    public static bool operator !=(ReplicationId left, ReplicationId right) => !left.Equals(right);
}
