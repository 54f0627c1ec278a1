using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Runs a program of several connections on one server and writes down what each was told. No step waits for a fixed time: a command either answers, or
/// its client shows as blocked.
/// <code>
/// a RPUSH k 1       connection a sends and is answered          b~ BLPOP k 0      b sends, and is blocked then
/// a+ PING | PING    a sends all at once; answers are read by &lt;    b&gt; PING           b sends only
/// b&lt;                b is answered                               b!                b is still blocked
/// b%                the server closes b                         b/                b closes, and the server has noticed
/// b&lt; =&gt; -ERR x      the answer of 7.2, where a 7.0 says another  #blpop            calls and failures of a command
/// #clients          the counts of blocked clients               sleep 50          milliseconds
/// b? HELLO 3        b sends, and its answer is dropped          #7.2              data set and stream are not those of 7.0
/// @b in a command stands for b's id
/// </code>
/// </summary>
internal sealed class BlockingRun : IDisposable
{
    /// <summary>Marks a program that leaves another data set and stream in a 7.0 than in a 7.2.</summary>
    public const string Differs = "#7.2";

    private static readonly string[] Counts = ["blocked_clients", "clients_in_timeout_table"];

    private readonly ServerProcess _server;
    private readonly bool _translate;
    private readonly RespClient _control;
    private readonly SyncClient? _stream;
    private readonly SortedDictionary<string, (RespClient Client, string Id)> _clients = new(StringComparer.Ordinal);

    /// <param name="server">Where to run.</param>
    /// <param name="translate">Whether answers of 7.0 are put into the words of 7.2 where the program gives them.</param>
    /// <param name="withStream">Whether the replication stream is recorded.</param>
    public BlockingRun(ServerProcess server, bool translate, bool withStream)
    {
        _server = server;
        _translate = translate;
        _control = server.Connect();
        _control.Must("FLUSHALL");
        _control.Must("CONFIG", "RESETSTAT");
        _stream = withStream ? SyncClient.Psync(server.Port) : null;
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

        Poll.Until("all blocked clients to be gone", () => _control.Info("clients")["blocked_clients"] == "0");
        _control.Dispose();
    }

    private void Step(string line)
    {
        string[] parts = line.Split(" => ");
        string[] words = parts[0].Split(' ');
        string name = words[0][..1];
        char kind = words[0].Length == 1 ? ' ' : words[0] == "sleep" ? 's' : words[0][0] == '#' ? '#' : words[0][1];
        switch (kind)
        {
            case 's':
                Thread.Sleep(int.Parse(words[1]));
                return;
            case '#' when line == Differs:
                return;
            case '?':
                Send(name, words[1..]);
                Client(name).Client.Read();
                return;
            case '#':
                Transcript.Add($"{line}: {(line == "#clients" ? ShowClients() : ShowCalls(line[1..]))}");
                return;
            case '!':
                Transcript.Add($"{line}: {(IsBlocked(name) ? "blocked" : "not blocked")}");
                return;
            case '~':
                Send(name, words[1..]);
                Poll.Until($"'{line}' to block", () => IsBlocked(name), state: () => string.Join('\n', Transcript));
                return;
            case '>':
                Send(name, words[1..]);
                return;
            case '+':
                Client(name).Client.SendRaw([.. parts[0][3..].Split(" | ").SelectMany(c => Latin1.Request(Expand(c.Split(' '))))]);
                return;
            case '%':
                Transcript.Add($"{line}: {(Client(name).Client.IsClosedByServer() ? "closed" : "open")}");
                return;
            case '/':
                Close(name);
                return;
            default:
                if (kind == ' ')
                {
                    Send(name, words[1..]);
                }

                string reply = Client(name).Client.Read().ToString();
                Transcript.Add($"{line}: {(_translate && parts.Length > 1 ? parts[1] : reply)}");
                return;
        }
    }

    private (RespClient Client, string Id) Client(string name)
    {
        if (_clients.TryGetValue(name, out var client))
        {
            return client;
        }

        RespClient connected = _server.Connect();
        return _clients[name] = (connected, connected.Must("CLIENT", "ID").Integer.ToString());
    }

    private void Send(string name, string[] words) => Client(name).Client.Send(Expand(words));

    private string[] Expand(string[] words) => [.. words.Select(w => w.Length == 2 && w[0] == '@' ? Client(w[1..]).Id : w)];

    private void Close(string name)
    {
        (RespClient client, string id) = Client(name);
        client.Dispose();
        _clients.Remove(name);
        Poll.Until("the server to notice", () => Line(id).Length == 0);
    }

    private bool IsBlocked(string name) => Line(Client(name).Id) is var line && line.Contains(" flags=", StringComparison.Ordinal)
        && line.Split(" flags=")[1].Split(' ')[0].Contains('b', StringComparison.Ordinal);

    private string Line(string id) => _control.Must("CLIENT", "LIST", "ID", id).String.Trim();

    private string ShowClients()
    {
        Dictionary<string, string> info = _control.Info("clients");
        return string.Join(' ', Counts.Select(c => $"{c}={info[c]}"));
    }

    private string ShowCalls(string command) => _control.Info("commandstats").TryGetValue($"cmdstat_{command}", out string? line)
        ? string.Join(' ', line.Split(',').Where(f => f.Contains("calls=", StringComparison.Ordinal))) : "none";
}
