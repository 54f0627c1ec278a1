using System.Buffers;
using System.Text;
using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Engine.Configuration;
using Redouble.Engine.Hosting;
using Redouble.Engine.Sessions;
using Redouble.Replication.Conversations;

namespace Redouble.Engine.Tests.Harness;

/// <summary>A node without sockets: requests as text or bytes in, replies as text out.</summary>
internal sealed class EngineNode : INodeHost, IDirectoryResolver, IDisposable
{
    private readonly Session _default;
    private readonly long _totalMemoryBytes; // 0: not known

    /// <param name="directives">Lines of configuration.</param>
    public EngineNode(params string[] directives)
        : this(long.MaxValue, directives)
    {
    }

    /// <param name="heapLimitBytes">Address space at which the system is taken to refuse more.</param>
    /// <param name="directives">Lines of configuration.</param>
    public EngineNode(long heapLimitBytes, params string[] directives)
        : this(heapLimitBytes, null, directives)
    {
    }

    /// <param name="disk">Its files; <see cref="Files"/> are not used then.</param>
    /// <param name="directives">Lines of configuration.</param>
    public EngineNode(IFileSystem disk, params string[] directives)
        : this(long.MaxValue, disk, directives)
    {
    }

    private EngineNode(long heapLimitBytes, IFileSystem? disk, string[] directives, long totalMemoryBytes = 0)
    {
        _totalMemoryBytes = totalMemoryBytes;
        var config = new ServerConfig("/data", this);
        foreach (var line in directives)
        {
            if (!config.TryLoadLine(line.Split(' '), out var error)) throw new ArgumentException($"{line}: {error}");
        }

        Node = new Node(new NodeParts(config, this, Clock, new SeededRandom(7), disk ?? Files, Background)
        {
            HeapSpanBytes = heapLimitBytes == long.MaxValue ? NativeHeap.SpanBytesDefault : 4 << 20,
            HeapLimitBytes = heapLimitBytes,
        });
        _default = Connect();
    }

    /// <summary>A node on a machine of so much memory.</summary>
    public static EngineNode OnMachine(long totalMemoryBytes) => new(long.MaxValue, null, [], totalMemoryBytes);

    public ManualClock Clock { get; } = new();

    public MemoryFiles Files { get; } = new();

    public InlineExecutor Background { get; } = new();

    public Node Node { get; }

    public List<string> LogLines { get; } = [];

    public int? ExitStatus { get; private set; }

    /// <summary>The file that CONFIG REWRITE writes; empty for none.</summary>
    public string ConfigFile { get; set; } = "";

    /// <summary>Why it cannot be written; null when it can.</summary>
    public string? RewriteError { get; set; }

    /// <summary>What was asked of the process beyond its end: rewrite, restart.</summary>
    public List<string> Asked { get; } = [];

    public int WaitingInterrupts { get; set; }

    void INodeHost.Sleep(long microseconds) => Clock.Advance(microseconds / 1000);

    /// <summary>A further client.</summary>
    public Session Connect()
    {
        var session = Node.AddSession();
        session.Address = "127.0.0.1:50000";
        session.LocalAddress = "127.0.0.1:6379";
        return session;
    }

    /// <summary>Sends a command of words separated by blanks and returns the reply with CRLF as |.</summary>
    public string Do(string command, Session? session = null) => Send(Encode(command.Split(' ')), session);

    /// <summary>Sends the words of a command.</summary>
    public string DoWords(params string[] words) => Send(Encode(words), null);

    /// <summary>Sends bytes and returns what is replied, CRLF as |.</summary>
    public string Send(ReadOnlySpan<byte> bytes, Session? session = null)
    {
        session ??= _default;
        Node.BeginTurn(Clock.MonotonicMicroseconds);
        Feed(session, bytes);
        return Take(session);
    }

    /// <summary>What the session has been told since the last time, CRLF as |.</summary>
    public string Take(Session session)
    {
        var reply = new byte[session.Output.PendingBytes];
        session.Output.CopyTo(reply);
        session.Output.Advance(reply.Length);
        return Encoding.Latin1.GetString(reply).Replace("\r\n", "|", StringComparison.Ordinal);
    }

    /// <summary>Lets a session receive and execute bytes.</summary>
    public void Feed(Session session, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var buffer = Node.Clients.PrepareReceive(session);
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

    public static byte[] Encode(params string[] words)
    {
        var request = new ArrayBufferWriter<byte>(16 + words.Sum(static word => word.Length + 16));
        Put($"*{words.Length}\r\n");
        foreach (var word in words)
        {
            Put($"${word.Length}\r\n");
            Put(word);
            Put("\r\n");
        }

        return request.WrittenSpan.ToArray();

        void Put(string text) => Encoding.Latin1.GetBytes(text, request);
    }

    public void Log(ConfigLogLevel level, string message) => LogLines.Add(message);

    public ProcessFacts Facts() => new(1, "redouble", ConfigFile, 6379, 0, 0, 0, 0, "Linux", _totalMemoryBytes, "epoll", []);

    public void Exit(int status) => ExitStatus = status;

    public void Sleep(long microseconds) => Clock.Advance(microseconds / 1000);

    public string? RewriteConfig(bool writeAll)
    {
        Asked.Add("rewrite");
        return RewriteError;
    }

    public bool TryRestart()
    {
        Asked.Add("restart");
        return true;
    }

    public void OpenPrimaryLink(string host, int port)
    {
    }

    public void OpenSnapshotChannel(string host, int port)
    {
    }

    public void ClosePrimaryLink()
    {
    }

    /// <summary>Conversations that the node wanted a connection for, to be driven by the test.</summary>
    public List<Conversation> Conversations { get; } = [];

    public bool TryOpen(Conversation conversation)
    {
        Conversations.Add(conversation);
        return true;
    }

    /// <summary>Connections that have become replicas'.</summary>
    public List<Session> Attached { get; } = [];

    public void OnReplicaAttached(Session session) => Attached.Add(session);

    public void OnRoleChanged(bool isReplica)
    {
    }

    public bool TryResolve(string current, string path, out string resolved, out string error)
    {
        (resolved, error) = (path, "");
        return true;
    }

    public void Dispose() => Node.Dispose();
}
