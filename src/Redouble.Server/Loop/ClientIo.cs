using Redouble.Engine;
using Redouble.Engine.Configuration;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;
using Redouble.Server.Connections;
using Redouble.Server.Polling;

namespace Redouble.Server.Loop;

/// <summary>Moves bytes between the sockets of clients and their sessions.</summary>
internal sealed class ClientIo(Node node, IPoller poller)
{
    private const int SendPerTurnMax = 1 << 20;
    private readonly OutputSegment[] _segments = new OutputSegment[32]; // half a megabyte: more than a share in one call
    private readonly List<Connection> _closing = [];
    private readonly List<Connection> _unread = [];
    private readonly SendQuota _quota = new();

    /// <summary>A turn of the loop begins.</summary>
    public void BeginTurn() => _quota.BeginTurn(node.Replication.Protocol.Log.EndOffset);

    /// <summary>Receives once into the session's input; false when nothing came or the connection is over.</summary>
    public bool Receive(Connection connection)
    {
        var session = connection.Session;
        var buffer = node.Clients.PrepareReceive(session);
        var result = connection.Transport.Read(buffer);
        node.Stats.ReadsProcessed++; // the read that finds the end, too
        if (result.Status == TransportStatus.Done)
        {
            session.Input.Received(result.Count, node.Blocks);
            session.ReceivedBytes += result.Count;
            session.LastInteractionMs = node.Keyspace.NowMs;
            node.Stats.InputBytes += result.Count;
            if (node.ClientEviction.IsLimited) node.ClientEviction.Note(session);
            if (!session.Has(SessionFlags.CloseAfterReply)) return node.Clients.CheckInputLimit(session);
            session.Input.Clear(node.Blocks); // never to be executed: a client that is told off and keeps sending costs no memory
            return false;
        }

        if (session.Input.Pending == 0) session.Input.Clear(node.Blocks);
        if (result.Status != TransportStatus.Closed) return false;
        LogEnd(session, result.Errno);
        Close(connection);
        return false;
    }

    /// <summary>
    /// Whether the connection is of a writer that is held back: it is not watched for reading until it goes on, so that what it sends meanwhile stays with it.
    /// </summary>
    public bool IsLeftUnread(Connection connection, PollInterest ready)
    {
        if (!connection.Session.Has(SessionFlags.Held) || (ready & PollInterest.Failed) != 0) return false;
        Watch(connection, connection.Interest & ~PollInterest.Read);
        _unread.Add(connection);
        return true;
    }

    /// <summary>Watches the connections again whose writers are not held back any more.</summary>
    public void ReadAgain()
    {
        for (var i = _unread.Count - 1; i >= 0; i--)
        {
            var connection = _unread[i];
            if (connection.Session.Has(SessionFlags.Held) && !connection.IsClosed) continue;
            Watch(connection, connection.Interest | PollInterest.Read);
            _unread[i] = _unread[^1];
            _unread.RemoveAt(_unread.Count - 1);
        }
    }

    private void LogEnd(Session session, int errno)
    {
        if (node.Config.LogLevel > ConfigLogLevel.Verbose) return;
        node.Parts.Host.Log(
            ConfigLogLevel.Verbose,
            errno == 0 ? $"Client closed connection {ClientLine.Format(session, node.Keyspace.NowMs)}" : $"Reading from client: {IoResult.Error(errno).ErrorText}");
    }

    /// <summary>Sends what all sessions with output have; those whose sockets are full wait for the poller.</summary>
    public void FlushAll()
    {
        if (node.AppendOnly.HoldsOutput) return; // the turn's end sends all of it
        var sessions = node.SessionsWithOutput;
        for (var i = 0; i < sessions.Count; i++)
        {
            var session = sessions[i];
            session.HasPendingOutput = false;
            if (session.Connection is not Connection { IsClosed: false } connection || session.Has(SessionFlags.CloseAsap)) continue;
            // A socket that was full is asked again when the poller says so: a slow subscriber costs no system call per message, and a replica that is
            // behind gets a third of its socket's buffer at a time, not what has just become free.
            var waits = (connection.Interest & PollInterest.Write) != 0;
            if (waits && connection.WaitsForRoom && session.ReplicaLink is ReplicaLink { IsReplica: true }) continue;
            if (waits && session.ReplicaLink == null && !session.Output.IsEmpty) node.CheckOutputLimit(session);
            else Flush(connection);
        }

        sessions.Clear();
    }

    /// <summary>Sends what the session has.</summary>
    public void Flush(Connection connection)
    {
        var session = connection.Session;
        if (session.Has(SessionFlags.CloseAsap)) return;
        if (node.AppendOnly.HoldsOutput)
        {
            node.MarkOutput(session);
            return;
        }

        var output = session.Output;
        if (output.PendingBytes >= output.Limit)
        {
            node.CheckOutputLimit(session); // not a byte leaves of a reply that is too long, whatever the socket would take
            if (session.Has(SessionFlags.CloseAsap)) return;
        }

        var sent = 0L;
        while (!output.IsEmpty && sent < SendPerTurnMax)
        {
            var count = output.Peek(_segments);
            if (output.PendingBytes > SendPerTurnMax) count = Shorten(count, SendPerTurnMax - (int)sent);
            var result = connection.Transport.Write(_segments.AsSpan(0, count));
            if (result.Status == TransportStatus.Closed)
            {
                if (node.Config.LogLevel <= ConfigLogLevel.Verbose) node.Parts.Host.Log(ConfigLogLevel.Verbose, WriteErrorText(result.Errno));
                Close(connection);
                return;
            }

            if (result.Status != TransportStatus.Done) break;
            output.Advance(result.Count);
            sent += result.Count;
            node.Stats.WritesProcessed++;
        }

        session.SentBytes += sent;
        node.Stats.OutputBytes += sent;
        if (sent > 0) session.LastInteractionMs = node.Keyspace.NowMs;
        if (node.ClientEviction.IsLimited) node.ClientEviction.Note(session);
        if (output.IsEmpty && session.ReplicaLink is ReplicaLink { IsReplica: true } link)
        {
            FlushLink(connection, link);
            return;
        }

        if (output.IsEmpty && session.Has(SessionFlags.CloseAfterReply))
        {
            Close(connection);
            return;
        }

        if (!output.IsEmpty) node.CheckOutputLimit(session);
        var read = session.Has(SessionFlags.Held) ? connection.Interest & PollInterest.Read : PollInterest.Read;
        Watch(connection, output.IsEmpty ? read : read | PollInterest.Write);
    }

    // The socket takes 4 MB at a time of a very long value, while others wait.
    private int Shorten(int count, int bytesMax)
    {
        for (var i = 0; i < count; i++)
        {
            if (_segments[i].Length >= bytesMax)
            {
                _segments[i] = _segments[i] with { Length = bytesMax };
                return i + 1;
            }

            bytesMax -= _segments[i].Length;
        }

        return count;
    }

    private static string WriteErrorText(int errno) => $"Error writing to client: {IoResult.Error(errno).ErrorText}";

    /// <summary>Sends what a replica's link has: its own lines, the snapshot, the log.</summary>
    private void FlushLink(Connection connection, ReplicaLink link)
    {
        var share = connection.Share ??= new SendShare();
        var count = link.PeekSend(_segments);
        var sendMax = count == 0 ? 0 : _quota.Allowance(share, link.IsPayloadOpen, Bytes(count), node.Replication.Protocol.Log.EndOffset);
        var sent = 0L;
        var full = false;
        while (count > 0)
        {
            var fitting = WithinBytes(count, sendMax - sent, isFirst: sent == 0);
            if (fitting == 0) break;
            var result = connection.Transport.Write(_segments.AsSpan(0, fitting));
            if (result.Status == TransportStatus.Closed)
            {
                Close(connection);
                return;
            }

            full = result.Status != TransportStatus.Done;
            if (full) break;
            link.OnSent(result.Count, node.Parts.Clock.MonotonicMicroseconds);
            sent += result.Count;
            count = link.PeekSend(_segments);
        }

        _quota.OnSent(share, sent, isBehind: count > 0);
        connection.Session.SentBytes += sent;
        node.Stats.ReplicationOutputBytes += sent;
        connection.WaitsForRoom = full;
        Watch(connection, share.IsBehind ? PollInterest.Read | PollInterest.Write : PollInterest.Read);
    }

    private long Bytes(int count)
    {
        var bytes = 0L;
        for (var i = 0; i < count; i++) bytes += _segments[i].Length;
        return bytes;
    }

    // How many of the segments may be sent: none is cut, and a first one goes whatever its length.
    private int WithinBytes(int count, long bytes, bool isFirst)
    {
        if (bytes <= 0) return 0;
        for (var i = 0; i < count; i++)
        {
            bytes -= _segments[i].Length;
            if (bytes < 0) return i == 0 && isFirst ? 1 : i;
        }

        return count;
    }

    /// <summary>Closes the connection at the end of the turn.</summary>
    public void Close(Connection connection)
    {
        if (connection.IsClosed) return;
        connection.IsClosed = true;
        node.Blocking.Forget(connection.Session); // before anything is served to it in this turn
        _closing.Add(connection);
    }

    /// <summary>Frees the closed connections.</summary>
    public void FreeClosed()
    {
        if (node.ClosesRequested) CloseRequested();
        for (var i = 0; i < _closing.Count; i++)
        {
            var connection = _closing[i];
            poller.Remove(connection.Transport.Descriptor);
            connection.Transport.Close();
            node.RemoveSession(connection.Session);
        }

        _closing.Clear();
    }

    private void CloseRequested()
    {
        node.ClosesDone();
        for (var slot = 0; slot < node.Sessions.Top; slot++)
        {
            if (node.Sessions[slot] is { Connection: Connection connection } session && session.Has(SessionFlags.CloseAsap)) Close(connection);
        }
    }

    /// <summary>Changes what the poller reports about a connection.</summary>
    public void Watch(Connection connection, PollInterest interest)
    {
        if (connection.Interest == interest || connection.IsClosed) return;
        connection.Interest = interest;
        poller.Modify(connection.Transport.Descriptor, LoopToken.Of(connection.Session.Handle), interest);
    }
}
