using Redouble.Core.Memory;
using Redouble.Protocol.Replies;
using Redouble.Server.Polling;

namespace Redouble.Server.Tests.Polling;

public sealed class SocketTransportTests
{
    [Fact]
    public void TellsWhatItWants()
    {
        using var pair = new Sockets();
        ITransport transport = new SocketTransport(pair.Server);
        pair.Server = -1;
        Assert.Equal(new TransportResult(TransportStatus.WantRead, 0, 0), transport.Read(new byte[4]));
        Sockets.Must(SocketCalls.Send(pair.Client, "abc"u8));
        Sockets.Until(() => transport.Read(new byte[2]) is { Status: TransportStatus.Done, Count: 2 } ? IoResult.Done(2) : IoResult.WouldBlock);
        Assert.Equal(TransportResult.Done(1), transport.Read(new byte[4]));
        TransportResult written;
        while ((written = transport.Write(new byte[1 << 20])).Status == TransportStatus.Done) Assert.InRange(written.Count, 1, 1 << 20);
        Assert.Equal(new TransportResult(TransportStatus.WantWrite, 0, 0), written);
        transport.Close();
        transport.Close();
        Assert.Equal(-1, transport.Descriptor);
    }

    [Fact]
    public void AnEndIsClosedWithItsReason()
    {
        using var pair = new Sockets();
        var transport = new SocketTransport(pair.Server);
        Sockets.Must(SocketCalls.ShutdownSend(pair.Client));
        Sockets.Until(() => transport.Read(new byte[4]).Status == TransportStatus.Closed ? IoResult.Done(0) : IoResult.WouldBlock);
        Assert.Equal(new TransportResult(TransportStatus.Closed, 0, 0), transport.Read(new byte[4]));
        Sockets.Must(SocketCalls.Shutdown(pair.Server));
        Assert.Equal(new TransportResult(TransportStatus.Closed, 0, Errno.BrokenPipe), transport.Write("x"u8));
    }

    [Fact]
    public void ReplySegmentsArriveInOrder()
    {
        using var pair = new Sockets();
        using var pool = new BlockPool();
        var transport = new SocketTransport(pair.Server);
        var buffer = new ReplyBuffer(pool);
        var random = new Random(5);
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(1, 9000)];
            random.NextBytes(bytes);
            buffer.Write(bytes);
            if (i % 3 != 0) continue;
            var block = pool.Rent();
            random.NextBytes(block.Data);
            buffer.Lend(block, 100, 200);
            pool.Release(block);
        }

        var expected = new byte[buffer.PendingBytes];
        buffer.CopyTo(expected);
        var received = new byte[expected.Length];
        var got = 0;
        var segments = new OutputSegment[100]; // more than one call takes
        while (got < expected.Length)
        {
            var count = buffer.Peek(segments);
            if (count > 0)
            {
                var sent = transport.Write(segments.AsSpan(0, count));
                if (sent.Status == TransportStatus.Done) buffer.Advance(sent.Count);
                else Assert.Equal(TransportStatus.WantWrite, sent.Status);
            }

            got += Sockets.Until(() => SocketCalls.Receive(pair.Client, received.AsSpan(got))).Count;
        }

        Assert.True(buffer.IsEmpty);
        Assert.Equal(expected, received);
        Assert.Equal(0, pool.LentBytes);
    }
}
