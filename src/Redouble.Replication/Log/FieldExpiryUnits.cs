using System.Buffers.Binary;
using Redouble.Core.Text;
using Redouble.Persistence.Rdb;

namespace Redouble.Replication.Log;

/// <summary>
/// Which units of the stream only those can apply who know times of fields. A Redis before 7.4 answers a command about them with an error, which harms nobody:
/// its primary tells it when a field goes. But for such a command it drops the whole transaction in which that stands, and a payload of RESTORE with times
/// it does not take at all; from then on it is another data set.
/// <code>
///   HPEXPIREAT h …                        an error, and the same data
///   MULTI │ SET k v │ HPEXPIREAT h … │ EXEC     k is lost: a unit of field expiry
///   RESTORE h 0 (version 12)              h is lost: a unit of field expiry
/// </code>
/// </summary>
public static class FieldExpiryUnits
{
    /// <summary>Whether a command makes its unit one.</summary>
    /// <param name="command">A request.</param>
    /// <param name="inTransaction">Whether it stands in a transaction.</param>
    public static bool IsDecisive(ReadOnlySpan<byte> command, bool inTransaction)
    {
        var rest = command;
        if (!TryNumber(ref rest, (byte)'*', out _) || !TryNumber(ref rest, (byte)'$', out var length) || length > rest.Length) return false;
        if (!MayBeDecisive(rest[..(int)length])) return false;
        return TryRead(command, out var name, out var payload) && IsDecisive(name, payload, inTransaction);
    }

    /// <summary>Whether a command makes its unit one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="payload">Its fourth word, if it is RESTORE; else nothing.</param>
    /// <param name="inTransaction">Whether it stands in a transaction.</param>
    public static bool IsDecisive(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload, bool inTransaction) =>
        MayBeDecisive(name) && (Is(name, "restore"u8) ? HasTimes(payload) : inTransaction && IsOfFieldExpiry(name));

    /// <summary>Whether a command has a name with which it may make its unit one: a glance that spares nearly all of them the look.</summary>
    public static bool MayBeDecisive(ReadOnlySpan<byte> name) => name.Length is >= 7 and <= 10 && (name[0] | 0x20) is 'h' or 'r';

    private static bool IsOfFieldExpiry(ReadOnlySpan<byte> name) => name.Length switch
    {
        7 => Is(name, "hexpire"u8),
        8 => Is(name, "hpexpire"u8) || Is(name, "hpersist"u8),
        9 => Is(name, "hexpireat"u8),
        10 => Is(name, "hpexpireat"u8),
        _ => false,
    };

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerName) => AsciiCase.EqualsIgnoreCase(name, lowerName);

    // A payload ends with the version of its format and a sum. Who knows no times of fields refuses the version that brought them, whatever is in it.
    private static bool HasTimes(ReadOnlySpan<byte> payload)
    {
        const int endLength = 10;
        return payload.Length >= endLength && BinaryPrimitives.ReadUInt16LittleEndian(payload[^endLength..]) >= (int)RdbDialect.Rdb12;
    }

    // The name of a command, and its fourth word, which in RESTORE is the payload; the rest is passed over.
    private static bool TryRead(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> payload)
    {
        const int payloadIndex = 3;
        name = payload = default;
        if (!TryNumber(ref bytes, (byte)'*', out var count)) return false;
        for (var i = 0L; i < count; i++)
        {
            if (!TryNumber(ref bytes, (byte)'$', out var length) || length > bytes.Length - 2) return false;
            if (i == 0) name = bytes[..(int)length];
            else if (i == payloadIndex) payload = bytes[..(int)length];
            bytes = bytes[(int)(length + 2)..];
        }

        return true;
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> bytes, byte sign, out long number)
    {
        number = 0;
        var end = bytes.IndexOf("\r\n"u8);
        if (end < 2 || bytes[0] != sign || !Integers.TryParse(bytes[1..end], out number) || number < 0) return false;
        bytes = bytes[(end + 2)..];
        return true;
    }
}
