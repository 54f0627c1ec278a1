using System.Buffers.Binary;
using Redouble.Core.Text;
using Redouble.Protocol.Replies;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.Lists;

/// <summary>Writes runs of short elements as bulks, many to one reservation of output: LRANGE is little else.</summary>
internal static class ListReplies
{
    private const int ShortMax = 63;
    private const int ShortRoom = 5 + ShortMax + 2; // header, text, line end

    /// <summary>Writes entries from an offset on, until <paramref name="countMax"/> or the listpack's end; returns how many.</summary>
    public static long WriteRun(ReplyWriter reply, ReadOnlySpan<byte> listpack, int at, long countMax)
    {
        long written = 0;
        while (written < countMax && at >= 0)
        {
            var free = reply.Buffer.Reserve(ShortRoom);
            var used = 0;
            while (written < countMax && at >= 0 && free.Length - used >= ShortRoom)
            {
                var value = Listpack.Get(listpack, at);
                if (value.Bytes.Length > ShortMax) break;
                used += WriteShort(free[used..], value);
                at = Listpack.Next(listpack, at);
                written++;
            }

            reply.Buffer.Commit(used);
            if (used > 0) continue;
            reply.Bulk(Listpack.Get(listpack, at).Bytes);
            at = Listpack.Next(listpack, at);
            written++;
        }

        return written;
    }

    private static int WriteShort(Span<byte> free, PackedValue value)
    {
        var length = value.Length;
        var header = WriteHeader(free, length);
        if (value.IsInteger) Integers.Format(value.Integer, free[header..]);
        else value.Bytes.CopyTo(free[header..]);
        BinaryPrimitives.WriteUInt16LittleEndian(free[(header + length)..], 0x0A0D);
        return header + length + 2;
    }

    private static int WriteHeader(Span<byte> free, int length)
    {
        const uint oneDigit = '$' | ('0' << 8) | ('\r' << 16) | ('\n' << 24);
        const uint twoDigits = '$' | ('0' << 8) | ('0' << 16) | ('\r' << 24);
        if (length < 10)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(free, oneDigit + ((uint)length << 8));
            return 4;
        }

        var tens = (uint)length / 10;
        BinaryPrimitives.WriteUInt32LittleEndian(free, twoDigits + (tens << 8) + (((uint)length - (tens * 10)) << 16));
        free[4] = (byte)'\n';
        return 5;
    }
}
