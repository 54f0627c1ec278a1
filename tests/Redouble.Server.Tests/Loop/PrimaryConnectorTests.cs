using System.Net;
using System.Runtime.InteropServices;
using Redouble.Core.Platform;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;
using Redouble.Server.Loop;
using Redouble.Server.Polling;
using Redouble.Server.Rehearsal;
using Redouble.Server.Threads;
using Redouble.Server.Tests.Polling;

namespace Redouble.Server.Tests.Loop;

public sealed class PrimaryConnectorTests
{
    private const string Host = "127.0.0.1";

    private readonly PollEvent[] _events = new PollEvent[4];

    /// <summary>A client of the same turn says REPLICAOF after the poller has reported the old socket: the report is not for the new one.</summary>
    [Fact]
    public void An_event_of_a_socket_that_is_gone_does_nothing_to_its_successor()
    {
        using var poller = new RecordingPoller();
        using var node = new RehearsalNode(new MemoryFiles());
        var connector = new PrimaryConnector(node.Node, poller, new NameResolver(poller.Wake));
        var link = node.Node.Replication.Protocol.Primary;
        using var first = new Sockets();
        using var second = new Sockets();
        node.Do("REPLICAOF", Host, "1");
        Assert.Equal(PrimaryLinkState.Connecting, link.State);
        connector.Open(Host, Port(first));
        var old = poller.Tokens.Single();
        connector.Open(Host, Port(second));
        Assert.Equal(2, poller.Tokens.Count);
        Assert.All(poller.Tokens, token => Assert.Equal(LoopToken.PrimaryLink, LoopToken.Kind(token)));

        connector.Serve(new PollEvent(old, PollInterest.Read | PollInterest.Write | PollInterest.Failed));
        Assert.Equal(PrimaryLinkState.Connecting, link.State);
        connector.Drive(node.Now);
        Assert.Equal(PrimaryLinkState.Connecting, link.State);

        connector.Serve(new PollEvent(poller.Tokens[1], PollInterest.Write));
        Assert.Equal(PrimaryLinkState.PingReply, link.State);
        connector.Serve(new PollEvent(old, PollInterest.Read));
        Assert.Equal(PrimaryLinkState.PingReply, link.State);
        connector.Drive(node.Now);
        Assert.Equal(poller.Tokens[1], Assert.Single(poller.Modified)); // from write to read, under the same token
        connector.Close();
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("127.0.0.9", null)]
    [InlineData("192.0.2.1", "Cannot assign requested address")] // a documentation address (RFC 5737): no machine has it
    [InlineData("::1", "it is of another family than 127.0.0.1")]
    [InlineData("a.name", "it is no IP address")]
    public void A_connection_comes_from_the_source_address_where_it_can(string source, string? error)
    {
        using var poller = new RecordingPoller();
        using var first = new Sockets();
        using var node = new RehearsalNode(new MemoryFiles());
        node.Node.Config.BindSourceAddress = source;
        var socket = new OutgoingSocket(poller, new NameResolver(poller.Wake), node.Node.Config);
        socket.Open(Host, Port(first), 1);
        NativeAddress peer = default;
        var accepted = Sockets.Must(Sockets.Until(() => SocketCalls.Accept(first.Listener, out peer)));
        Assert.Equal((error, error == null && source.Length > 0 ? source : Host), (socket.SourceError, peer.Host));
        SocketCalls.Close(accepted);
        socket.Close();
    }

    /// <summary>
    /// While a replica loads or is paused it does not read its link. A link that was reset meanwhile was reported in every turn, and the loop never slept.
    /// </summary>
    [Fact]
    public void A_broken_connection_that_is_not_read_is_reported_no_more_until_it_is_read_again()
    {
        using var poller = new EpollPoller();
        using var first = new Sockets();
        using var node = new RehearsalNode(new MemoryFiles());
        var socket = new OutgoingSocket(poller, new NameResolver(poller.Wake), node.Node.Config);
        socket.Open(Host, Port(first), 1);
        NativeAddress peer = default;
        var accepted = Sockets.Must(Sockets.Until(() => SocketCalls.Accept(first.Listener, out peer)));
        Assert.Equal(1, poller.Wait(-1, _events));
        Assert.True(socket.TryFinishConnect(out _));
        socket.Watch(PollInterest.None);
        Sockets.Must(SocketCalls.Send(socket.Transport!.Descriptor, "unread"u8));
        Sockets.Must(SocketCalls.Send(accepted, "last"u8));
        Sockets.Must(Sockets.Until(() => SocketCalls.Peek(accepted)));
        SocketCalls.Close(accepted); // with something unread: a reset
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, poller.Wait(-1, _events));
            Assert.Equal(PollInterest.Failed, _events[0].Ready & PollInterest.Failed);
        }

        Assert.Equal(IoResult.Done(1), SocketCalls.Peek(socket.Transport.Descriptor)); // "last" is worth having
        socket.Unwatch();
        socket.Watch(PollInterest.None);
        socket.Watch(PollInterest.Write);
        Assert.Equal((0, 0), (poller.Count, poller.Wait(0, _events)));
        socket.Watch(PollInterest.Read);
        Assert.Equal((1, 1), (poller.Count, poller.Wait(0, _events)));
        var received = new byte[10];
        Assert.Equal(TransportResult.Done(4), socket.Transport.Read(received));
        Assert.NotEqual(IoStatus.WouldBlock, SocketCalls.Peek(socket.Transport.Descriptor).Status);
        socket.Unwatch();
        socket.Close();
        Assert.Equal(0, poller.Count);
    }

    /// <summary>
    /// A primary died while its replica was behind, and the replica's second ACK met nobody: what had come and was not read yet was lost with the socket.
    /// </summary>
    [Fact]
    public void What_a_primary_has_sent_before_it_died_is_read_to_its_end()
    {
        using var poller = new RecordingPoller();
        using var sockets = new Sockets();
        var clock = new SteppingClock();
        using var replica = new RehearsalNode(new MemoryFiles(), clock: clock);
        using var primary = new RehearsalNode(new MemoryFiles());
        var connector = new PrimaryConnector(replica.Node, poller, new NameResolver(poller.Wake));
        var (peer, ready) = BringUp(connector, poller, sockets, replica, primary);
        var link = replica.Node.Replication.Protocol.Primary;
        var log = replica.Node.Replication.Protocol.Log;
        Write();
        clock.Step = 100;
        replica.Node.BeginTurn(replica.Now);
        for (var i = 0; !link.HasWork; i++)
        {
            Assert.True(i < 1_000_000, "nothing arrives");
            connector.Serve(ready);
        }

        Write(); // while nothing is read
        SocketCalls.Close(peer);
        var all = primary.Node.Replication.Protocol.Log.EndOffset;
        Assert.InRange(log.EndOffset + link.UnappliedBytes, 1, all - 1);
        clock.Step = 10_000;
        for (var i = 0; link.UnsentBytes == 0; i++) // an ACK each, until one is not taken
        {
            Assert.True(i < 1_000_000 && link.IsUp);
            replica.Turn();
            connector.Drive(replica.Now);
        }

        Assert.Equal((true, false), (link.IsUp, link.IsLive));
        clock.Step = 100;
        for (var i = 0; link.IsUp; i++)
        {
            Assert.True(i < 1_000_000, $"{log.EndOffset}");
            connector.Serve(ready);
            connector.Drive(replica.Now);
            replica.Turn();
        }

        Assert.Equal(all, log.EndOffset);
        connector.Close();

        void Write()
        {
            for (var i = 0; i < 1000; i++) primary.Do("SET", $"key:{i}", "some value");
            Exchange(primary, replica.Peer!, peer);
        }
    }

    /// <summary>Not every error of a send is the primary's end: it was never told anything again, by a replica that read on.</summary>
    [Fact]
    public void A_primary_that_cannot_be_sent_to_for_another_reason_is_asked_again()
    {
        const int unix = 1;
        const int datagrams = 2;
        using var poller = new RecordingPoller();
        using var sockets = new Sockets();
        using var replica = new RehearsalNode(new MemoryFiles());
        using var primary = new RehearsalNode(new MemoryFiles());
        var connector = new PrimaryConnector(replica.Node, poller, new NameResolver(poller.Wake));
        var (peer, _) = BringUp(connector, poller, sockets, replica, primary);
        var link = replica.Node.Replication.Protocol.Primary;
        var pair = new int[2];
        Assert.Equal(0, SocketPair(unix, datagrams, 0, pair));
        Sockets.Must(SocketCalls.Send(pair[1], "something to read"u8));
        SocketCalls.Close(pair[1]);
        Assert.True(Duplicate(pair[0], replica.Node.Replication.PrimarySession.Descriptor) > 0); // its sends are refused now
        link.SendVerification("mark"u8);
        connector.Drive(replica.Now);
        Assert.Equal((PrimaryLinkState.Connect, "cannot be sent to: Connection refused"), (link.State, link.LastError));
        SocketCalls.Close(pair[0]);
        SocketCalls.Close(peer);
    }

    /// <summary>The primary died, and what was still in the replica's socket was lost when the replica was promoted.</summary>
    [Fact]
    public void What_waits_in_the_socket_is_applied_before_a_promotion()
    {
        using var poller = new RecordingPoller();
        using var sockets = new Sockets();
        using var replica = new RehearsalNode(new MemoryFiles());
        using var primary = new RehearsalNode(new MemoryFiles());
        var connector = replica.Connector = new PrimaryConnector(replica.Node, poller, new NameResolver(poller.Wake));
        var (peer, ready) = BringUp(connector, poller, sockets, replica, primary);
        var log = replica.Node.Replication.Protocol.Log;
        for (var i = 0; i < 1000; i++) primary.Do("SET", $"key:{i}", "some value");
        Exchange(primary, replica.Peer!, peer);
        SocketCalls.Close(peer);
        var all = primary.Node.Replication.Protocol.Log.EndOffset;
        for (var i = 0; log.EndOffset + connector.UnreadBytes < all; i++) Assert.True(i < 1_000_000_000, "it does not arrive");
        replica.Do("REPLICAOF", "NO", "ONE");
        Assert.True(replica.Node.IsReplica);
        for (var i = 0; replica.Node.IsReplica; i++)
        {
            Assert.True(i < 1_000_000, $"{log.EndOffset}");
            connector.Serve(ready);
            connector.Drive(replica.Now);
            replica.Turn();
            replica.Node.ResumeUnblocked();
        }

        Assert.Equal(all, log.EndOffset);
        connector.Close();
    }

    /// <summary>
    /// A replica that catches up applied all that one read had brought, whatever it cost, while its clients waited. Here a look at its clock costs a tenth of a
    /// millisecond, and what one read brings takes ten turns.
    /// </summary>
    [Fact]
    public void What_one_read_has_brought_is_applied_in_slices()
    {
        const int commands = 100;
        using var poller = new RecordingPoller();
        using var sockets = new Sockets();
        var clock = new SteppingClock();
        using var replica = new RehearsalNode(new MemoryFiles(), clock: clock);
        using var primary = new RehearsalNode(new MemoryFiles());
        primary.Do("SADD", "set", "member");
        var connector = new PrimaryConnector(replica.Node, poller, new NameResolver(poller.Wake));
        var (peer, ready) = BringUp(connector, poller, sockets, replica, primary);
        var link = replica.Node.Replication.Protocol.Primary;
        var log = replica.Node.Replication.Protocol.Log;
        var before = log.EndOffset;
        for (var i = 0; i < commands; i++) primary.Do("SADD", "set", $"member {i}");
        Exchange(primary, replica.Peer!, peer);
        var all = primary.Node.Replication.Protocol.Log.EndOffset;
        clock.Step = 100;
        replica.Node.BeginTurn(replica.Now);
        for (var i = 0; log.EndOffset == before; i++)
        {
            Assert.True(i < 1_000_000, "nothing arrives");
            connector.Serve(ready);
        }

        Assert.InRange(log.EndOffset, before + 1, all - 1);
        Assert.True(link.UnappliedBytes > 0);
        var turns = 0;
        for (long applied; link.HasWork; Assert.InRange(log.EndOffset, applied + 1, applied + ((all - before) / 4)))
        {
            Assert.True(replica.Node.NextDeadline < replica.Now); // it does not wait for the socket
            applied = log.EndOffset;
            connector.Serve(ready); // of a turn that has begun
            Assert.Equal(applied, log.EndOffset);
            replica.Turn();
            Assert.True(++turns < commands);
        }

        Assert.True(turns > 2);
        for (var i = 0; log.EndOffset < all; i++)
        {
            Assert.True(i < 1_000_000, $"{log.EndOffset} of {all}");
            replica.Turn();
            connector.Serve(ready);
        }

        connector.Close();
        SocketCalls.Close(peer);
    }

    /// <summary>A replica was woken for every two kilobytes of a busy stream, which cost it as much as to apply them.</summary>
    [Fact]
    public void Pieces_that_come_fast_are_taken_together()
    {
        using var link = new WatchedLink();
        link.ReceivePieces();

        link.Send("SET", "key", "waits");
        Assert.Equal(0, link.Poller.Wait(0, _events));
        link.Connector.ReadWhatIsDue(link.Replica.Now);
        Assert.True(link.Connector.UnreadBytes > 0);
        link.Connector.ReadWhatIsDue(link.Connector.ReadDue);
        Assert.Equal(link.Sent, link.Applied);
        Assert.Equal(long.MaxValue, link.Connector.ReadDue); // that was too little to wait for
        link.Send("SET", "key", "reported");
        link.ServeReported();

        link.ReceivePieces();
        for (var i = 0; i < 30; i++) link.Send("SET", "key", new string('x', ReceiveCoalescing.BytesWanted / 30));
        link.ServeReported(); // there is enough
        Assert.Equal(link.Sent, link.Applied);
        Assert.True(link.Connector.ReadDue < long.MaxValue);

        link.Send("SET", "key", "last words");
        SocketCalls.Close(link.Peer);
        link.ServeReported(); // an end does not wait for more to come
        Assert.Equal(link.Sent, link.Applied);
        link.Connector.Close();
    }

    /// <summary>While what had come was still being applied nothing could be read, which counted as if nothing came.</summary>
    [Fact]
    public void A_read_that_is_not_done_says_nothing_about_the_stream()
    {
        using var link = new WatchedLink();
        link.ReceivePieces();
        for (var i = 0; i < 500; i++) link.Primary.Do("SADD", "set", new string('x', ReceiveCoalescing.BytesWanted / 500) + i);
        link.Send("SADD", "set", "member");
        link.Clock.Step = 100;
        link.Replica.Node.BeginTurn(link.Replica.Now);
        link.ServeReported();
        Assert.True(link.Replica.Node.Replication.Protocol.Primary.HasWork);
        link.Connector.ReadWhatIsDue(link.Connector.ReadDue);
        Assert.True(link.Connector.ReadDue < long.MaxValue);
        link.Connector.Close();
        SocketCalls.Close(link.Peer);
    }

    /// <summary>A client that waits for its replicas is not to wait for the pieces of others.</summary>
    [Fact]
    public void Nothing_waits_after_the_primary_has_asked_for_an_acknowledgement()
    {
        using var link = new WatchedLink();
        link.ReceivePieces();
        link.Send("WAIT", "1", "0");
        Assert.Equal(0, link.Poller.Wait(0, _events));
        link.Connector.ReadWhatIsDue(link.Connector.ReadDue);
        Assert.Equal((long.MaxValue, 0), (link.Connector.ReadDue, link.Connector.UnreadBytes));
        while (link.Primary.Node.Waits.Count > 0)
        {
            link.Connector.Drive(link.Replica.Now);
            Exchange(link.Primary, link.Replica.Peer!, link.Peer);
            link.Primary.Turn();
        }

        for (var i = 0; i < 3 * ReceiveCoalescing.PiecesInARow; i++) link.ReceivePiece();
        Assert.Equal(long.MaxValue, link.Connector.ReadDue);
        link.Clock.Step = ReceiveCoalescing.QuietAfterAsked;
        _ = link.Replica.Now;
        link.Clock.Step = 0;
        link.ReceivePieces();
        link.Connector.Close();
        SocketCalls.Close(link.Peer);
    }

    /// <summary>What waits for more to come is not reported, and a primary that hangs sends no more.</summary>
    [Fact]
    public void What_waits_for_more_to_come_is_applied_before_a_promotion()
    {
        using var link = new WatchedLink();
        link.ReceivePieces();
        link.Send("SET", "key", "the last one");
        link.Clock.Step = 1;
        link.Replica.Do("REPLICAOF", "NO", "ONE");
        for (var i = 0; link.Replica.Node.IsReplica; i++)
        {
            Assert.True(i < 1_000_000);
            Assert.Equal(0, link.Poller.Wait(0, _events));
            link.Connector.ReadWhatIsDue(link.Replica.Now);
            link.Connector.Drive(link.Replica.Now);
            link.Replica.Turn();
            link.Replica.Node.ResumeUnblocked();
        }

        Assert.Equal(link.Sent, link.Applied);
        link.Connector.Close();
        SocketCalls.Close(link.Peer);
    }

    // Returns the primary's socket, and what the poller would report of the replica's.
    private static (int Peer, PollEvent Ready) BringUp(
        PrimaryConnector connector, RecordingPoller poller, Sockets sockets, RehearsalNode replica, RehearsalNode primary)
    {
        replica.Do("REPLICAOF", Host, "1");
        connector.Open(Host, Port(sockets));
        var ready = new PollEvent(poller.Tokens.Single(), PollInterest.Read | PollInterest.Write);
        var peer = Sockets.Must(Sockets.Until(() => SocketCalls.Accept(sockets.Listener, out _)));
        replica.Peer = primary.Connect();
        var link = replica.Node.Replication.Protocol.Primary;
        for (var turn = 0; !(link.IsUp && replica.Peer.ReplicaLink is ReplicaLink { AwaitsAck: false }); turn++)
        {
            Assert.True(turn < 10_000, $"the link is {link.State}");
            connector.Serve(ready);
            connector.Drive(replica.Now);
            replica.Turn();
            primary.Turn();
            Exchange(primary, replica.Peer, peer);
        }

        return (peer, ready);
    }

    // Both ways, as far as the socket goes.
    private static void Exchange(RehearsalNode primary, Session session, int peer)
    {
        var segments = new OutputSegment[8];
        var received = new byte[4096];
        while (SocketCalls.Receive(peer, received) is { IsDone: true, Count: > 0 } some) primary.Receive(session, received.AsSpan(0, some.Count));
        primary.Node.FeedReplicas();
        while (session.Output.Peek(segments) > 0 && SocketCalls.Send(peer, segments[0].Bytes) is { IsDone: true } sent) session.Output.Advance(sent.Count);
        if (session.ReplicaLink is not ReplicaLink { IsReplica: true } side) return;
        while (side.PeekSend(segments) > 0 && SocketCalls.Send(peer, segments[0].Bytes) is { IsDone: true } sent) side.OnSent(sent.Count, primary.Now);
    }

    [DllImport("libc", EntryPoint = "socketpair")]
    private static extern int SocketPair(int family, int type, int protocol, [Out] int[] descriptors);

    [DllImport("libc", EntryPoint = "dup2")]
    private static extern int Duplicate(int descriptor, int number);

    private static int Port(Sockets sockets)
    {
        var text = sockets.Address.ToString()!;
        return int.Parse(text[(text.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>A link that is up over a socket which the kernel watches, while no time passes.</summary>
    private sealed class WatchedLink : IDisposable
    {
        private readonly PollEvent[] _reported = new PollEvent[4];
        private readonly Sockets _sockets = new();

        public WatchedLink()
        {
            Poller = new RecordingPoller(Epoll);
            Replica = new RehearsalNode(new MemoryFiles(), clock: Clock);
            Connector = Replica.Connector = new PrimaryConnector(Replica.Node, Poller, new NameResolver(Poller.Wake));
            (Peer, _) = BringUp(Connector, Poller, _sockets, Replica, Primary);
            Clock.Step = 0;
        }

        public RecordingPoller Poller { get; }

        public SteppingClock Clock { get; } = new();

        public RehearsalNode Replica { get; }

        public RehearsalNode Primary { get; } = new(new MemoryFiles());

        public PrimaryConnector Connector { get; }

        /// <summary>The primary's socket.</summary>
        public int Peer { get; }

        public long Sent => Primary.Node.Replication.Protocol.Log.EndOffset;

        public long Applied => Replica.Node.Replication.Protocol.Log.EndOffset;

        private EpollPoller Epoll { get; } = new();

        /// <summary>Until they are in the replica's socket.</summary>
        public void Send(params ReadOnlySpan<string> words)
        {
            Primary.Do(words);
            Exchange(Primary, Replica.Peer!, Peer);
            for (var i = 0; Applied + Connector.UnreadBytes < Sent; i++) Assert.True(i < 1_000_000_000, "it does not arrive");
        }

        public void ServeReported()
        {
            Assert.Equal(1, Poller.Wait(-1, _reported));
            Connector.Serve(_reported[0]);
        }

        public void ReceivePiece()
        {
            Send("SET", "key", "a piece");
            ServeReported();
        }

        /// <summary>As many as are reported one by one before the next ones wait.</summary>
        public void ReceivePieces()
        {
            for (var i = 0; Connector.ReadDue == long.MaxValue; i++)
            {
                Assert.True(i <= ReceiveCoalescing.PiecesInARow);
                ReceivePiece();
            }
        }

        public void Dispose()
        {
            Primary.Dispose();
            Replica.Dispose();
            _sockets.Dispose();
            Poller.Dispose();
            Epoll.Dispose();
        }
    }

    /// <summary>Each look at it costs time, and nothing else does.</summary>
    private sealed class SteppingClock : IClock
    {
        private long _now = 1_700_000_000_000_000;

        public long Step { get; set; } = 1;

        public long UnixMicroseconds => _now;

        public long MonotonicMicroseconds => _now += Step;
    }
}
