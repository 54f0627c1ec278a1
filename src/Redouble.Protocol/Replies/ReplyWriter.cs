using System.Buffers.Binary;
using System.Buffers.Text;

namespace Redouble.Protocol.Replies;

/// <summary>
/// Writes RESP2 or RESP3 values to a <see cref="ReplyBuffer"/>. A type that RESP2 lacks is written as what Redis makes of it there
/// (each method says as what). Headers announce elements that the caller then writes.
/// Source of the format: the RESP2 and RESP3 specifications; of the RESP2 forms: replies of redis-server.
/// </summary>
public sealed class ReplyWriter
{
    private const int HeaderMax = 24;                              // prefix, 20 digits with sign, CRLF
    private const int SmallBulkMax = ReplyBuffer.ReserveMax - HeaderMax - 2;
    private const uint OneDigitHeader = 0x0A0D3000;                // little endian: prefix, '0', CR, LF

    /// <param name="buffer">Where replies go.</param>
    /// <param name="version">What the client speaks.</param>
    public ReplyWriter(ReplyBuffer buffer, RespVersion version = RespVersion.Resp2) => (Buffer, Version) = (buffer, version);

    /// <summary>Where replies go; one writer may serve client after client.</summary>
    public ReplyBuffer Buffer { get; set; }

    /// <summary>What the client speaks.</summary>
    public RespVersion Version { get; set; }

    /// <summary>Hears of every error reply written through <see cref="Error"/>; null for none.</summary>
    public IErrorObserver? Observer { get; set; }

    /// <summary>Whether replies are in RESP3.</summary>
    public bool IsResp3 => Version == RespVersion.Resp3;

    /// <summary>Bytes that are RESP already: <see cref="CommonReplies"/>, a captured reply.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > ReplyBuffer.ReserveMax)
        {
            Buffer.Write(bytes);
            return;
        }

        bytes.CopyTo(Buffer.Reserve(bytes.Length));
        Buffer.Commit(bytes.Length);
    }

    /// <summary><c>+OK</c></summary>
    public void Ok() => Raw(CommonReplies.Ok);

    /// <summary>A status line; <paramref name="text"/> has no line ends.</summary>
    public void SimpleString(ReadOnlySpan<byte> text) => Line((byte)'+', text);

    /// <summary>
    /// An error: code and message, such as <c>ERR no such key</c>. As in Redis, line ends at its end are dropped, others become blanks.
    /// </summary>
    public void Error(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd("\r\n"u8);
        Observer?.OnError(text);
        if (text.IndexOfAny((byte)'\r', (byte)'\n') < 0)
        {
            Line((byte)'-', text);
            return;
        }

        Raw("-"u8);
        foreach (var c in text)
        {
            Buffer.Reserve(1)[0] = c is (byte)'\r' or (byte)'\n' ? (byte)' ' : c;
            Buffer.Commit(1);
        }

        Raw("\r\n"u8);
    }

    /// <summary>An integer.</summary>
    public void Integer(long value) => Header((byte)':', value);

    /// <summary>A string of any bytes.</summary>
    public void Bulk(ReadOnlySpan<byte> bytes) => Lengthy((byte)'$', bytes);

    /// <summary>The decimal digits of <paramref name="value"/> as a bulk.</summary>
    public void BulkFromLong(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        Bulk(digits[..length]);
    }

    /// <summary>
    /// The header of a bulk whose <paramref name="length"/> bytes and line end the caller appends (a lent block, then <see cref="LineEnd"/>).
    /// </summary>
    public void BulkHeader(int length) => Header((byte)'$', length);

    /// <summary>CRLF, behind a bulk begun with <see cref="BulkHeader"/>.</summary>
    public void LineEnd() => Raw("\r\n"u8);

    /// <summary>No value. RESP2: the null bulk.</summary>
    public void Null() => Raw(IsResp3 ? CommonReplies.NullResp3 : CommonReplies.NullBulkResp2);

    /// <summary>No string. RESP3 has one null for all.</summary>
    public void NullBulk() => Null();

    /// <summary>No array. RESP2: the null array.</summary>
    public void NullArray() => Raw(IsResp3 ? CommonReplies.NullResp3 : CommonReplies.NullArrayResp2);

    /// <summary>An array of <paramref name="count"/> values.</summary>
    public void ArrayHeader(long count) => Header((byte)'*', count);

    /// <summary>A map of <paramref name="count"/> pairs. RESP2: an array of twice as many values.</summary>
    public void MapHeader(long count) => Header(IsResp3 ? (byte)'%' : (byte)'*', IsResp3 ? count : count * 2);

    /// <summary>A set of <paramref name="count"/> values. RESP2: an array.</summary>
    public void SetHeader(long count) => Header(IsResp3 ? (byte)'~' : (byte)'*', count);

    /// <summary>A message outside the order of replies, of <paramref name="count"/> values. RESP2 (pub/sub): an array.</summary>
    public void PushHeader(long count) => Header(IsResp3 ? (byte)'>' : (byte)'*', count);

    /// <summary>
    /// <paramref name="count"/> pairs about the next value. RESP2 has nothing of the kind: false, and the caller writes no pairs.
    /// </summary>
    public bool AttributeHeader(long count)
    {
        if (IsResp3) Header((byte)'|', count);
        return IsResp3;
    }

    /// <summary>True or false. RESP2: the integers 1 and 0.</summary>
    public void Boolean(bool value)
    {
        if (IsResp3) Raw(value ? "#t\r\n"u8 : "#f\r\n"u8);
        else Raw(value ? CommonReplies.One : CommonReplies.Zero);
    }

    /// <summary>A double by its digits (also <c>inf</c>, <c>-inf</c>, <c>nan</c>). RESP2: a bulk.</summary>
    public void Double(ReadOnlySpan<byte> digits)
    {
        if (IsResp3) Line((byte)',', digits);
        else Bulk(digits);
    }

    /// <summary>An integer of any size by its digits. RESP2: a bulk.</summary>
    public void BigNumber(ReadOnlySpan<byte> digits)
    {
        if (IsResp3) Line((byte)'(', digits);
        else Bulk(digits);
    }

    /// <summary>Text with a format of three bytes, such as <c>txt</c>. RESP2: a bulk of the text alone.</summary>
    public void Verbatim(ReadOnlySpan<byte> format, ReadOnlySpan<byte> text)
    {
        if (format.Length != 3) throw new ArgumentException("The format of a verbatim string has three bytes.", nameof(format));
        if (!IsResp3)
        {
            Bulk(text);
            return;
        }

        Header((byte)'=', text.Length + 4L);
        Raw(format);
        Raw(":"u8);
        Buffer.Write(text);
        LineEnd();
    }

    /// <summary>Begins an array, set or map whose count is known only once its elements are written; end it with one of the three below.</summary>
    public DeferredHeader BeginDeferred() => Buffer.BeginDeferred();

    /// <summary>Ends a deferred array of <paramref name="count"/> values.</summary>
    public void EndArray(DeferredHeader deferred, long count) => End(deferred, (byte)'*', count);

    /// <summary>Ends a deferred map of <paramref name="count"/> pairs.</summary>
    public void EndMap(DeferredHeader deferred, long count) => End(deferred, IsResp3 ? (byte)'%' : (byte)'*', IsResp3 ? count : count * 2);

    /// <summary>Ends a deferred set of <paramref name="count"/> values.</summary>
    public void EndSet(DeferredHeader deferred, long count) => End(deferred, IsResp3 ? (byte)'~' : (byte)'*', count);

    private void End(DeferredHeader deferred, byte prefix, long count)
    {
        Span<byte> header = stackalloc byte[HeaderMax];
        Buffer.EndDeferred(deferred, header[..FormatHeader(header, prefix, count)]);
    }

    private void Header(byte prefix, long value) => Buffer.Commit(FormatHeader(Buffer.Reserve(HeaderMax), prefix, value));

    private void Line(byte prefix, ReadOnlySpan<byte> text)
    {
        if (text.Length <= SmallBulkMax)
        {
            var free = Buffer.Reserve(text.Length + 3);
            free[0] = prefix;
            text.CopyTo(free[1..]);
            free[text.Length + 1] = (byte)'\r';
            free[text.Length + 2] = (byte)'\n';
            Buffer.Commit(text.Length + 3);
            return;
        }

        Raw([prefix]);
        Buffer.Write(text);
        LineEnd();
    }

    private void Lengthy(byte prefix, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= SmallBulkMax)
        {
            var free = Buffer.Reserve(bytes.Length + HeaderMax + 2);
            var header = FormatHeader(free, prefix, bytes.Length);
            bytes.CopyTo(free[header..]);
            BinaryPrimitives.WriteUInt16LittleEndian(free[(header + bytes.Length)..], 0x0A0D);
            Buffer.Commit(header + bytes.Length + 2);
            return;
        }

        Header(prefix, bytes.Length);
        Buffer.Write(bytes);
        LineEnd();
    }

    private static int FormatHeader(Span<byte> destination, byte prefix, long value)
    {
        if ((ulong)value < 10)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination, OneDigitHeader + ((uint)value << 8) + prefix);
            return 4;
        }

        if ((ulong)value < 100)
        {
            // Most lengths: the formatter would be a third of the time that a short string takes.
            var (tens, ones) = Math.DivRem((uint)value, 10);
            BinaryPrimitives.WriteUInt32LittleEndian(destination, prefix | (tens + '0') << 8 | (ones + '0') << 16 | (uint)'\r' << 24);
            destination[4] = (byte)'\n';
            return 5;
        }

        destination[0] = prefix;
        Utf8Formatter.TryFormat(value, destination[1..], out var digits);
        destination[digits + 1] = (byte)'\r';
        destination[digits + 2] = (byte)'\n';
        return digits + 3;
    }
}
