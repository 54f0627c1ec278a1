using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Runs a program of several connections on one server and writes down what each was told. No step waits for a fixed time: a command either answers, or
/// its client shows as blocked.
/// <code>
/// a RPUSH k 1       connection a sends and is answered          b~ BLPOP k 0      b sends, and is blocked then
/// a+ PING | PING    a sends all at once; answers are read by &lt;    b&gt; PING           b sends only
/// b&lt;                b is answered                               b!                b is still blocked
/// b^                what b is sent next, push or answer         b&amp;                the same, up to the answer of a PING
/// b%                the server closes b                         b/                b closes, and the server has noticed
/// b? HELLO 3        b sends, and its answer is dropped          B PING            big letters: connections of the replica, where there is one
/// #clients          the counts of blocked clients               #blpop            calls and failures of a command
/// #info stats x y   fields of INFO                              #slow             what the slow log says of the program's commands
/// #listen, #events  keyspace events begin; those since then     #sync             the replica has what the primary has
/// #save             nothing is unsaved                          #7.2              data set and stream are not those of 7.0
/// sleep 50          milliseconds
/// … =&gt; -ERR x       what a 7.2 says, where a 7.0 says something else
/// In a command @b stands for b's id, @dump:k for the payload of a key, @long for many letters, @primary for host and port of the primary.
/// </code>
/// </summary>
internal sealed class BlockingRun : IDisposable
{
    /// <summary>Marks a program that leaves another data set and stream in a 7.0 than in a 7.2.</summary>
    public const string Differs = "#7.2";

    private static readonly string[] Counts = ["blocked_clients", "clients_in_timeout_table"];

    private readonly ServerProcess _server;
    private readonly ServerProcess? _replica;
    private readonly bool _translate;
    private readonly RespClient _control;
    private readonly RespClient? _replicaControl;
    private readonly SyncClient? _stream;
    private RespClient? _listener;
    private readonly SortedDictionary<string, (RespClient Client, string Id)> _clients = new(StringComparer.Ordinal);

    /// <param name="server">Where to run.</param>
    /// <param name="translate">Whether answers of 7.0 are put into the words of 7.2 where the program gives them.</param>
    /// <param name="withStream">Whether the replication stream is recorded.</param>
    /// <param name="replica">Its replica, or null.</param>
    public BlockingRun(ServerProcess server, bool translate, bool withStream, ServerProcess? replica = null)
    {
        _server = server;
        _replica = replica;
        _translate = translate;
        _control = server.Connect();
        _replicaControl = replica?.Connect();
        _control.Must("FLUSHALL");
        _control.Must("CONFIG", "RESETSTAT");
        _stream = withStream ? SyncClient.Psync(server.Port) : null;
        // A FLUSHALL or SAVE of the program would meet the process that a Redis has for the sync.
        Poll.Until("the sync to be over", () => _control.Info("persistence")["rdb_bgsave_in_progress"] == "0");
    }

    public List<string> Transcript { get; } = [];

    /// <exception cref="TimeoutException">A client was not answered, or not blocked.</exception>
    public void Run(string program)
    {
        foreach (string line in program.Split('\n'))
        {
            Step(line);
        }
    }

    /// <summary>The commands of the replication stream, up to a mark that this sets.</summary>
    public string[][] Stream()
    {
        if (_stream is null)
        {
            return [];
        }

        _control.Must("SET", "end of program", "1");
        StreamCommand[] commands = _stream.WaitFor("the end mark", c => c.Args is ["SET", "end of program", ..]);
        return [.. commands[..^1].Select(c => c.Args)];
    }

    public string Digest() => _control.Must("DEBUG", "DIGEST").String;

    public void Dispose()
    {
        _stream?.Dispose();
        foreach ((RespClient client, _) in _clients.Values)
        {
            client.Dispose();
        }

        if (_listener is { } listener)
        {
            listener.Dispose();
            _control.Must("CONFIG", "SET", "notify-keyspace-events", "");
        }

        RespClient[] controls = _replicaControl is null ? [_control] : [_control, _replicaControl];
        foreach (RespClient control in controls)
        {
            Poll.Until("all blocked clients to be gone", () => control.Info("clients")["blocked_clients"] == "0");
            control.Dispose();
        }
    }

    private void Step(string line)
    {
        string[] parts = line.Split(" => ");
        string[] words = parts[0].Split(' ');
        if (words[0] == "sleep")
        {
            Thread.Sleep(int.Parse(words[1]));
        }
        else if ((words[0][0] == '#' ? Show(words) : Act(words, parts[0])) is { } told)
        {
            Transcript.Add($"{line}: {(_translate && parts.Length > 1 ? parts[1] : told)}");
        }
    }

    private string Next(string name) => ReplyReader.Read(Client(name).Client.Reader).ToString();

    // What a step about a client has shown, or null when it shows nothing.
    private string? Act(string[] words, string line)
    {
        string name = words[0][..1];
        switch (words[0].Length == 1 ? ' ' : words[0][1])
        {
            case '?':
                Send(name, words[1..]);
                Client(name).Client.Read();
                return null;
            case '!':
                return IsBlocked(name) ? "blocked" : "not blocked";
            case '~':
                Send(name, words[1..]);
                Poll.Until($"'{line}' to block", () => IsBlocked(name), state: () => string.Join('\n', Transcript));
                return null;
            case '>':
                Send(name, words[1..]);
                return null;
            case '+':
                Client(name).Client.SendRaw([.. line[3..].Split(" | ").SelectMany(c => Latin1.Request(Expand(c.Split(' '))))]);
                return null;
            case '%':
                return Client(name).Client.IsClosedByServer() ? "closed" : "open";
            case '^':
                return Next(name);
            case '&':
                Send(name, ["PING"]);
                var all = new List<string>();
                do
                {
                    all.Add(Next(name));
                }
                while (all[^1] != "+PONG");

                return string.Join(", ", all);
            case '/':
                Close(name);
                return null;
            case ' ':
                Send(name, words[1..]);
                break;
        }

        return Client(name).Client.Read().ToString();
    }

    private string? Show(string[] words)
    {
        switch (words[0])
        {
            case Differs:
                return null;
            case "#clients":
                return Fields("clients", Counts);
            case "#info":
                return Fields(words[1], words[2..]);
            case "#save":
                _control.Must("SAVE");
                return null;
            case "#listen":
                Listen();
                return null;
            case "#events":
                return Events();
            case "#slow":
                return string.Join(", ", _control.Must("SLOWLOG", "GET", "-1").Items.Select(e => e[3].Items.Select(w => w.String).ToArray())
                    .Where(c => c[0] is not ("CLIENT" or "INFO" or "SLOWLOG" or "CONFIG" or "REPLCONF")).Reverse().Select(c => string.Join(' ', c)));
            case "#sync":
                Poll.Until("the replica to have everything", () => _replicaControl!.Info("replication") is var there
                    && there.GetValueOrDefault("master_link_status") == "up"
                    && there["slave_repl_offset"] == _control.Info("replication")["master_repl_offset"]);
                return null;
            default:
                return _control.Info("commandstats").TryGetValue($"cmdstat_{words[0][1..]}", out string? line)
                    ? string.Join(' ', line.Split(',').Where(f => f.Contains("calls=", StringComparison.Ordinal))) : "none";
        }
    }

    private string Fields(string section, string[] names)
    {
        Dictionary<string, string> info = _control.Info(section);
        return string.Join(' ', names.Select(n => $"{n}={info.GetValueOrDefault(n, "none")}"));
    }

    private void Listen()
    {
        _control.Must("CONFIG", "SET", "notify-keyspace-events", "EA");
        _listener = _server.Connect();
        _listener.Must("HELLO", "3");
        _listener.Send("PSUBSCRIBE", "__keyevent@*");
        _listener.Must("PING");
        _listener.Pushes.Clear();
    }

    private string Events()
    {
        _listener!.Must("PING");
        string events = string.Join(", ", _listener.Pushes.Select(p => $"{p[2].String["__keyevent@".Length..]} {p[3].String}"));
        _listener.Pushes.Clear();
        return events;
    }

    private bool IsReplicas(string name) => char.IsUpper(name[0]);

    private (RespClient Client, string Id) Client(string name)
    {
        if (_clients.TryGetValue(name, out var client))
        {
            return client;
        }

        RespClient connected = (IsReplicas(name) ? _replica! : _server).Connect();
        return _clients[name] = (connected, connected.Must("CLIENT", "ID").Integer.ToString());
    }

    private void Send(string name, string[] words) => Client(name).Client.Send(Expand(words));

    private string[] Expand(string[] words) => [.. words.SelectMany(Expand)];

    private string[] Expand(string word) => word switch
    {
        ['@', var name] => [Client(name.ToString()).Id],
        ['@', 'd', 'u', 'm', 'p', ':', .. var key] => [_control.Must("DUMP", key).String],
        "@long" => [new string('x', 100_000)],
        "@primary" => ["127.0.0.1", _server.Port.ToString()],
        _ => [word],
    };

    private void Close(string name)
    {
        (RespClient client, string id) = Client(name);
        client.Dispose();
        _clients.Remove(name);
        Poll.Until("the server to notice", () => Line(name, id).Length == 0);
    }

    private bool IsBlocked(string name) => Line(name, Client(name).Id) is var line && line.Contains(" flags=", StringComparison.Ordinal)
        && line.Split(" flags=")[1].Split(' ')[0].Contains('b', StringComparison.Ordinal);

    private string Line(string name, string id) => (IsReplicas(name) ? _replicaControl! : _control).Must("CLIENT", "LIST", "ID", id).String.Trim();
}
