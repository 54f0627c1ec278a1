using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Protocol.Replies;
using Redouble.Protocol.Requests;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Primary;

/// <summary>Reads what a replica sends on a link that has its connection for itself.</summary>
internal sealed class ReplicaInput(ReplicaLink link, BlockPool pool)
{
    private readonly ReceiveBuffer _buffer = new(pool, BlockPool.StandardCapacity);
    private readonly ArgumentTable _arguments = new();
    private RequestScanner _scanner;

    public Span<byte> GetFree() => _buffer.GetFree();

    public void Close() => _buffer.Clear();

    public void OnReceived(int count, IPrimaryHost host, ReplyWriter reply, long now)
    {
        _buffer.Commit(count);
        while (link.State != ReplicaLinkState.Closed && !_buffer.Unread.IsEmpty)
        {
            var status = _scanner.Scan(_buffer.Unread, _arguments, ScanLimits.Default, out var length);
            var fits = _scanner.BytesNeeded <= _buffer.BytesMax;
            if (status == ScanStatus.Incomplete && fits) return;
            if (status is ScanStatus.Incomplete or ScanStatus.Error)
            {
                link.Close("protocol error");
                return;
            }

            if (status == ScanStatus.Empty) link.OnEmptyLine(now);
            else Dispatch(new CommandFrame(_buffer.Unread[..length], _arguments, 0, _arguments.Count), host, reply, now);
            _arguments.Clear();
            if (link.State != ReplicaLinkState.Closed) _buffer.Consume(length);
        }
    }

    private void Dispatch(in CommandFrame command, IPrimaryHost host, ReplyWriter reply, long now)
    {
        var name = command[0];
        if (AsciiCase.EqualsIgnoreCase(name, "replconf"u8)) link.Replconf(command, reply, now);
        else if (AsciiCase.EqualsIgnoreCase(name, "psync"u8) && command.Count >= 3) link.Psync(command, reply, now);
        else if (AsciiCase.EqualsIgnoreCase(name, "sync"u8) && command.Count == 1) link.Sync(reply, now);
        else if (AsciiCase.EqualsIgnoreCase(name, "ping"u8) && !link.IsReplica) reply.SimpleString("PONG"u8);
        else host.Execute(link, command, reply);
    }
}
