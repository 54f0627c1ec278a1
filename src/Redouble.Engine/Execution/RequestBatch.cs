using Redouble.Engine.Commands.Table;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Execution;

/// <summary>A request that was found whole in a session's input and has not been executed.</summary>
internal struct PendingRequest
{
    public int SessionIndex;   // in the batch's list of sessions: a reference here would cost a write barrier per request
    public int Start;          // in the block's data
    public int Length;
    public int End;            // where the input goes on behind it
    public int ArgumentStart;  // in the batch's table
    public int ArgumentCount;
    public int Command;        // id, -1 unknown, or ProtocolError
    public ulong Hash;         // of the first key, when HasHash
    public bool HasHash;
    public bool IsCanonical;

    public const int ProtocolError = -2;
}

/// <summary>
/// Requests of one or more sessions, executed together so that the memory of all of them is fetched while the first is worked on:
/// parse all, hash and fetch by the <see cref="PrefetchQueue"/> → execute in order. Halves the cost of cache misses under pipelining.
/// </summary>
internal sealed class RequestBatch(Node node)
{
    /// <summary>Requests taken at a time: what is prefetched has to stay in the first-level cache until it is used.</summary>
    public const int RequestsMax = 64;

    /// <summary>Requests that hide each other's cache misses well enough.</summary>
    public const int WorthwhileMin = 16;

    private const int BlankLinesMax = 4096;

    private readonly PendingRequest[] _requests = new PendingRequest[RequestsMax];
    private readonly Session[] _sessions = new Session[RequestsMax];
    private readonly PrefetchQueue _memory = new(node.Keyspace);
    private readonly List<(int Request, byte[] Line)> _inline = []; // inline requests as they came
    private int _sessionCount;

    public ArgumentTable Arguments { get; } = new(RequestsMax * 4);

    public int Count { get; private set; }

    public bool IsFull => Count == RequestsMax;

    public ref PendingRequest this[int index] => ref _requests[index];

    public Session SessionOf(in PendingRequest request) => _sessions[request.SessionIndex];

    /// <summary>
    /// Takes whole requests off the session's input while there is room. Returns whether the input may hold more of them.
    /// </summary>
    public bool Collect(Session session)
    {
        ref var input = ref session.Input;
        var sessionIndex = -1;
        var position = input.Start;
        var oneByOne = !session.IsAuthenticated;
        var limits = new ScanLimits(session.Has(SessionFlags.Primary) ? long.MaxValue : node.Config.ProtoMaxBulkLen, oneByOne);
        input.ForgetAnnouncement();
        var own = input.OwnArguments is { Count: > 0 } kept ? kept : null;
        var table = own ?? Arguments;
        var blankLines = 0;
        while (Count < RequestsMax)
        {
            var window = input.Block.Written[position..];
            if (window.IsEmpty) return false;
            var line = window[0] == (byte)'*' ? null : LineOf(window);
            var status = input.Scanner.Scan(window, table, limits, out var consumed);
            if (status == ScanStatus.Empty)
            {
                position += consumed;
                if (session.Has(SessionFlags.Replica)) node.Replication.OnEmptyLine(session);
                if (Count > 0 && sessionIndex >= 0) _requests[Count - 1].End = position;
                else input.ConsumeTo(position, node.Blocks);
                if (input.Block.IsNone) return false;
                if (++blankLines == BlankLinesMax) return true; // others wait
                continue;
            }

            if (status == ScanStatus.Incomplete)
            {
                input.NoteIncomplete();
                input.Scanner.Suspend(table, ref input.OwnArguments);
                return false;
            }

            if (line != null) _inline.Add((Count, line));
            ref var request = ref _requests[Count++];
            if (sessionIndex < 0) _sessions[sessionIndex = Join(session)] = session;
            request.SessionIndex = sessionIndex;
            request.Start = position;
            request.Length = consumed;
            request.HasHash = false;
            if (status == ScanStatus.Error)
            {
                request.Command = PendingRequest.ProtocolError;
                request.Length = window.Length;
                request.End = input.End;
                _memory.AddNone();
                return false;
            }

            request.IsCanonical = input.Scanner.IsCanonical;
            request.ArgumentCount = input.Scanner.ArgumentCount;
            request.ArgumentStart = own == null ? input.Scanner.ArgumentStart : Adopt(own, input.Scanner.ArgumentStart, request.ArgumentCount);
            own = null;
            table = Arguments;
            position += consumed;
            request.End = position;
            Identify(ref request, window);
            Fetch(request, window, session.Database);
            if (oneByOne) return true;
        }

        return true;
    }

    // Once per batch only: what has been taken stays in the input until it is executed, and would be taken again.
    private int Join(Session session)
    {
#if GUARDED
        if (Array.IndexOf(_sessions, session, 0, _sessionCount) >= 0) throw new InvalidOperationException("A session's requests are in the batch already.");
#endif
        return _sessionCount++;
    }

    /// <summary>The request at that place is about to be executed.</summary>
    public void BeforeExecution(int index) => _memory.BeforeExecution(index);

    /// <summary>A request will not be executed now but scanned again later. Resolving the quotes of an inline one has overwritten it.</summary>
    public void PutBack(int index)
    {
        ref var request = ref _requests[index];
        foreach (var (inline, line) in _inline)
        {
            if (inline == index && !SessionOf(request).Input.Block.IsNone) line.CopyTo(SessionOf(request).Input.Block.Written[request.Start..]);
        }
    }

    public void Clear()
    {
        _inline.Clear();
        Array.Clear(_sessions, 0, _sessionCount);
        _sessionCount = 0;
        Count = 0;
        _memory.Clear();
        Arguments.Clear();
    }

    private void Identify(ref PendingRequest request, ReadOnlySpan<byte> window)
    {
        var name = Arguments[request.ArgumentStart];
        request.Command = CommandTable.Find(window.Slice(name.Offset, name.Length));
        if (request.Command < 0) return;
        var firstKey = CommandTable.Infos[request.Command].FirstKey;
        if (firstKey <= 0 || firstKey >= request.ArgumentCount) return;
        var key = Arguments[request.ArgumentStart + firstKey];
        request.Hash = node.Keyspace.Hash(window.Slice(key.Offset, key.Length));
        request.HasHash = true;
    }

    private void Fetch(in PendingRequest request, ReadOnlySpan<byte> window, int database)
    {
        if (!request.HasHash)
        {
            _memory.AddNone();
            return;
        }

        var element = CommandTable.Infos[request.Command].ElementOf(request.ArgumentCount);
        var name = element == 0 ? default : Arguments[request.ArgumentStart + element];
        _memory.Add(request.Hash, database, window.Slice(name.Offset, name.Length));
    }

    private static byte[]? LineOf(ReadOnlySpan<byte> window)
    {
        var end = window.IndexOf((byte)'\n');
        return end > 1 || (end == 1 && window[0] != '\r') ? window[..end].ToArray() : null;
    }

    private int Adopt(ArgumentTable own, int start, int count)
    {
        var at = Arguments.Count;
        for (var i = 0; i < count; i++) Arguments.Add(own[start + i].Offset, own[start + i].Length);
        own.Clear();
        return at;
    }
}
