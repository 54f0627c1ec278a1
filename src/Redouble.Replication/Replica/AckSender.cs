using Redouble.Core.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Replication.Replica;

/// <summary>Tells the primary which offset is applied: <c>REPLCONF ACK offset</c>, with FACK when an AOF knows what is on disk.</summary>
internal sealed class AckSender(ReplyBuffer output)
{
    private readonly ReplyWriter _writer = new(output);

    /// <summary>fsynced offset, when there is an AOF; -1 otherwise.</summary>
    public long DurableOffset { get; set; } = -1;

    /// <summary>Offset last told, -1 before the first.</summary>
    public long LastOffset { get; private set; } = -1;

    /// <summary>Times a command was put into the output.</summary>
    public long Count { get; private set; }

    /// <summary>Puts the command into the output. What is told to be on the disk is never more than what is told to be applied.</summary>
    public void Send(long offset)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        _writer.ArrayHeader(DurableOffset >= 0 ? 5 : 3);
        _writer.Bulk("REPLCONF"u8);
        _writer.Bulk("ACK"u8);
        _writer.Bulk(digits[..Integers.Format(offset, digits)]);
        if (DurableOffset >= 0)
        {
            _writer.Bulk("FACK"u8);
            _writer.Bulk(digits[..Integers.Format(Math.Min(DurableOffset, offset), digits)]);
        }

        LastOffset = offset;
        Count++;
    }

    /// <summary>A new connection: nothing was told.</summary>
    public void Reset() => LastOffset = -1;
}
