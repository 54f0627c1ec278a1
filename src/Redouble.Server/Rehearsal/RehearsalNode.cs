using System.Text;
using Redouble.Core.Platform;
using Redouble.Engine;
using Redouble.Engine.Configuration;
using Redouble.Engine.Hosting;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Server.Loop;
using Redouble.Server.Time;

namespace Redouble.Server.Rehearsal;

/// <summary>A node in memory, with the host around it.</summary>
internal sealed class RehearsalNode : INodeHost, IDirectoryResolver, IDisposable
{
    private const int TurnsMax = 20_000;

    private readonly IClock _clock;
    private readonly RehearsalPace? _pace;
    private readonly InlineExecutor _background = new();
    private readonly Session _client;

    /// <param name="files">Its disk.</param>
    /// <param name="heapSpanBytes">Address space it takes at a time, bytes.</param>
    /// <param name="clock">The machine's without.</param>
    /// <param name="pace">Hears of each command and turn.</param>
    public RehearsalNode(MemoryFiles files, long heapSpanBytes = 1 << 20, IClock? clock = null, RehearsalPace? pace = null)
    {
        _pace = pace;
        _clock = clock ?? new SystemClock();
        var config = new ServerConfig("/", this);
        if (!config.TryLoadLine(["repl-diskless-sync-delay", "0"], out var error)) throw new InvalidOperationException(error);
        Node = new Node(new NodeParts(config, this, _clock, new SystemRandom(), files, _background) { HeapSpanBytes = heapSpanBytes });
        _client = Connect();
    }

    public Node Node { get; }

    /// <summary>The link to a primary wants a connection.</summary>
    public bool WantsLink { get; set; }

    /// <summary>The primary's session at the other end of that connection.</summary>
    public Session? Peer { get; set; }

    /// <summary>What moves the bytes of a link that is a socket; null where calls do.</summary>
    public PrimaryConnector? Connector { get; set; }

    public long UnreadStreamBytes => Connector?.UnreadBytes ?? 0;

    /// <summary>Monotonic microseconds.</summary>
    public long Now => _clock.MonotonicMicroseconds;

    public Session Connect()
    {
        var session = Node.AddSession();
        session.Address = "127.0.0.1:1";
        session.LocalAddress = "127.0.0.1:6379";
        return session;
    }

    /// <summary>Runs a command of a client and drops its reply. Throws when that is an error.</summary>
    public void Do(params ReadOnlySpan<string> words)
    {
        _pace?.Step();
        var text = new StringBuilder().Append('*').Append(words.Length).Append("\r\n");
        foreach (var word in words) text.Append('$').Append(word.Length).Append("\r\n").Append(word).Append("\r\n");
        Node.BeginTurn(Now);
        Receive(_client, Encoding.ASCII.GetBytes(text.ToString()));
        DropReply(words);
    }

    /// <summary>Takes bytes from a client and runs what is whole.</summary>
    public void Receive(Session session, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var buffer = session.Input.PrepareReceive(Node.Blocks);
            var part = Math.Min(buffer.Length, bytes.Length);
            bytes[..part].CopyTo(buffer);
            session.Input.Received(part, Node.Blocks);
            bytes = bytes[part..];
            Node.Executor.ProcessInput(session);
        }

        Node.ResumeUnblocked();
        foreach (var pending in Node.SessionsWithOutput) pending.HasPendingOutput = false;
        Node.SessionsWithOutput.Clear();
    }

    /// <summary>One turn of the loop, with everything that is due.</summary>
    public void Turn()
    {
        _pace?.Step();
        Node.BeginTurn(Now);
        Node.Timer();
        Node.EndTurn();
        Node.BackgroundSlice(Now, busy: false);
        _background.Drain();
        Node.FeedReplicas();
    }

    public void TurnUntil(Func<bool> done)
    {
        for (var i = 0; !done(); i++)
        {
            if (i == TurnsMax) throw new InvalidOperationException("A step does not end.");
            Turn();
        }
    }

    /// <summary>Loads the file.</summary>
    public void Load()
    {
        Node.LoadAtStart();
        TurnUntil(() => !Node.IsLoading);
    }

    public void Log(ConfigLogLevel level, string message)
    {
        // Nobody is to be told.
    }

    public ProcessFacts Facts() => new(1, "", "", 6379, 0, 0, 0, 0, "", 0, "", []);

    public void Exit(int status)
    {
        // Nothing here asks for the end.
    }

    public void OpenPrimaryLink(string host, int port) => WantsLink = true;

    public void ClosePrimaryLink() => WantsLink = false;

    public void OnRoleChanged(bool isReplica)
    {
        // No log line shows the role.
    }

    public bool TryResolve(string current, string path, out string resolved, out string error)
    {
        (resolved, error) = (path, "");
        return true;
    }

    public void Dispose() => Node.Dispose();

    private void DropReply(ReadOnlySpan<string> words)
    {
        var segments = new OutputSegment[1];
        if (_client.Output.Peek(segments) > 0 && segments[0].Bytes[0] == (byte)'-')
            throw new InvalidOperationException($"{string.Join(' ', words!)}: {Encoding.ASCII.GetString(segments[0].Bytes).TrimEnd()}");
        _client.Output.Advance(_client.Output.PendingBytes);
    }
}
