using System.Text;
using Redouble.Core.Text;
using Redouble.Protocol.Replies;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Execution;

/// <summary>Replies in the engine's terms.</summary>
public static class ReplyExtensions
{
    private const int LendMin = 16 * 1024;

    /// <summary>An error whose text was put together; one byte per character.</summary>
    public static void Error(this ReplyWriter reply, string text) => reply.Error(Encoding.Latin1.GetBytes(text));

    /// <summary>A bulk of text; one byte per character.</summary>
    public static void Bulk(this ReplyWriter reply, string text) => reply.Bulk(Encoding.Latin1.GetBytes(text));

    /// <summary>A status line of text.</summary>
    public static void SimpleString(this ReplyWriter reply, string text) => reply.SimpleString(Encoding.Latin1.GetBytes(text));

    /// <summary>A double with the digits that Redis 7.2 prints.</summary>
    public static void Double(this ReplyWriter reply, double value)
    {
        Span<byte> digits = stackalloc byte[Doubles.MaxLength];
        reply.Double(digits[..Doubles.Format(value, digits)]);
    }

    /// <summary>A double with the digits that Redis 7.2 prints, as a bulk in either protocol.</summary>
    public static void BulkFromDouble(this ReplyWriter reply, double value)
    {
        Span<byte> digits = stackalloc byte[Doubles.MaxLength];
        reply.Bulk(digits[..Doubles.Format(value, digits)]);
    }

    /// <summary>An entry of a packed value, or an element's text, as a bulk.</summary>
    public static void Bulk(this ReplyWriter reply, PackedValue value)
    {
        if (!value.IsInteger)
        {
            reply.Bulk(value.Bytes);
            return;
        }

        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        reply.Bulk(value.Text(digits));
    }

    /// <summary>A string value as a bulk; a large one is lent to the output instead of copied.</summary>
    public static void Value(this ReplyWriter reply, ReadRecord record) => Value(reply, record, 0, record.ValueLength);

    /// <summary>A part of a string value as a bulk.</summary>
    public static void Value(this ReplyWriter reply, ReadRecord record, int offset, int length)
    {
        if (!record.IsBlock || length < LendMin)
        {
            reply.Bulk(record.Value.Slice(offset, length));
            return;
        }

        reply.BulkHeader(length);
        reply.Buffer.Lend(record.Block, offset, length);
        reply.LineEnd();
    }
}
