using System.Buffers.Binary;
using Redouble.Core.Text;

namespace Redouble.Storage.Collections;

/// <summary>The id of a stream's entry: unix time in milliseconds, and a number that tells entries of one millisecond apart.</summary>
public readonly record struct StreamId(ulong Ms, ulong Sequence) : IComparable<StreamId>
{
    /// <summary>Longest text: two numbers of 20 digits, and the dash.</summary>
    public const int TextMax = 41;

    /// <summary>Bytes of an id as it is stored.</summary>
    public const int StoredSize = 16;

    // Longer text is no id, for Redis.
    private const int ParsedMax = 127;

    /// <summary>0-0: no entry has it.</summary>
    public static StreamId Min => default;

    /// <summary>The greatest one.</summary>
    public static StreamId Max => new(ulong.MaxValue, ulong.MaxValue);

    /// <summary>Whether it is 0-0.</summary>
    public bool IsZero => (Ms | Sequence) == 0;

    /// <inheritdoc/>
    public int CompareTo(StreamId other) => Ms != other.Ms ? Ms.CompareTo(other.Ms) : Sequence.CompareTo(other.Sequence);

    public static bool operator <(StreamId left, StreamId right) => left.Ms < right.Ms || (left.Ms == right.Ms && left.Sequence < right.Sequence);

    public static bool operator >(StreamId left, StreamId right) => right < left;

    public static bool operator <=(StreamId left, StreamId right) => !(right < left);

    public static bool operator >=(StreamId left, StreamId right) => !(left < right);

    /// <summary>The id behind this one; false behind the last, where it is 0-0.</summary>
    public bool TryNext(out StreamId next)
    {
        next = Sequence != ulong.MaxValue ? new StreamId(Ms, Sequence + 1) : new StreamId(unchecked(Ms + 1), 0);
        return !next.IsZero;
    }

    /// <summary>The id before this one; false before 0-0, where it is the last.</summary>
    public bool TryPrevious(out StreamId previous)
    {
        var isFirst = IsZero; // the result may be written over this
        previous = Sequence != 0 ? new StreamId(Ms, Sequence - 1) : new StreamId(unchecked(Ms - 1), ulong.MaxValue);
        return !isFirst;
    }

    /// <summary>Writes it as text, and returns its length.</summary>
    public int Format(Span<byte> destination)
    {
        var length = Integers.Format(Ms, destination);
        destination[length++] = (byte)'-';
        return length + Integers.Format(Sequence, destination[length..]);
    }

    /// <summary>Reads <c>ms-seq</c> or <c>ms</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="missingSequence">The sequence number when there is none.</param>
    /// <param name="id">The id.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, ulong missingSequence, out StreamId id)
    {
        id = default;
        if (text.Length > ParsedMax) return false;
        var dash = text.IndexOf((byte)'-');
        if (!Integers.TryParseStreamPart(dash < 0 ? text : text[..dash], out var ms)) return false;
        var sequence = missingSequence;
        if (dash >= 0 && !Integers.TryParseStreamPart(text[(dash + 1)..], out sequence)) return false;
        id = new StreamId(ms, sequence);
        return true;
    }

    /// <summary>Reads an id from its 16 bytes, big endian: their order is that of ids.</summary>
    public static StreamId Read(ReadOnlySpan<byte> stored) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(stored), BinaryPrimitives.ReadUInt64BigEndian(stored[8..]));

    /// <summary>Writes its 16 bytes.</summary>
    public void Write(Span<byte> stored)
    {
        BinaryPrimitives.WriteUInt64BigEndian(stored, Ms);
        BinaryPrimitives.WriteUInt64BigEndian(stored[8..], Sequence);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Ms}-{Sequence}";
}
