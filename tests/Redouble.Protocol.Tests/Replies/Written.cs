using System.Text;
using Redouble.Core.Memory;
using Redouble.Protocol.Replies;

namespace Redouble.Protocol.Tests.Replies;

/// <summary>A writer over a buffer and pool of its own; on disposal every block must have come back.</summary>
internal sealed class Written : IDisposable
{
    public Written(RespVersion version = RespVersion.Resp2)
    {
        Pool = new BlockPool(1 << 20);
        Buffer = new ReplyBuffer(Pool);
        Writer = new ReplyWriter(Buffer, version);
    }

    public BlockPool Pool { get; }

    public ReplyBuffer Buffer { get; }

    public ReplyWriter Writer { get; }

    public byte[] Bytes()
    {
        var bytes = new byte[Buffer.PendingBytes];
        Buffer.CopyTo(bytes);
        return bytes;
    }

    public string Text() => Encoding.Latin1.GetString(Bytes());

    /// <summary>Sends all in pieces of at most <paramref name="piece"/> bytes, as a socket would.</summary>
    public byte[] Send(int piece)
    {
        var sent = new List<byte>();
        while (Buffer.TryPeek(out var segment))
        {
            var length = Math.Min(piece, segment.Length);
            sent.AddRange(segment.Bytes[..length]);
            Buffer.Advance(length);
        }

        return [.. sent];
    }

    public void Dispose()
    {
        Buffer.Clear();
        Assert.Equal(0, Pool.LentBytes);
        Pool.Dispose();
    }
}
