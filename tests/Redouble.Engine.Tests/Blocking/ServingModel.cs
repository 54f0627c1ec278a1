namespace Redouble.Engine.Tests.Blocking;

/// <summary>
/// Who is served what, as Redis 7.2 has it, written down as plainly as possible: a waiting command stands in the line of each of its keys; a list that is
/// created makes its key ready; after each unit the ready keys are taken in their order, and each in line runs its command again, whole. Who finds nothing
/// goes to the end of the line. The only values are lists, and strings to be of another type.
/// </summary>
internal sealed class ServingModel(int clients)
{
    private const string WrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value|";

    private readonly Dictionary<string, List<string>?> _values = []; // null: a string
    private readonly List<(int Client, string[] Command, string[] Keys)> _line = []; // who came first; the line of a key is who waits for it
    private readonly Queue<string> _ready = new();
    private readonly string[] _told = [.. Enumerable.Repeat("", clients)];

    public bool Waits(int client) => _line.Exists(w => w.Client == client);

    /// <summary>What a client was told since the last time.</summary>
    public string Take(int client)
    {
        var told = _told[client];
        _told[client] = "";
        return told;
    }

    public void Run(int client, string[] command)
    {
        Tell(client, command, Execute(command, waits: true));
        Serve();
    }

    /// <summary>The commands as one transaction; the reply is that of EXEC.</summary>
    public void RunTogether(int client, List<string[]> commands)
    {
        _told[client] += $"*{commands.Count}|" + string.Concat(commands.Select(c => Execute(c, waits: false)));
        Serve();
    }

    public void Unblock(int client)
    {
        _line.RemoveAll(w => w.Client == client);
        _told[client] += "*-1|";
    }

    private void Serve()
    {
        while (_ready.TryDequeue(out var key))
        {
            foreach (var waiting in _line.Where(w => w.Keys.Contains(key)).ToList())
            {
                if (!_values.TryGetValue(key, out var list) || list == null) continue;
                _line.Remove(waiting);
                Tell(waiting.Client, waiting.Command, Execute(waiting.Command, waits: true));
            }
        }
    }

    private void Tell(int client, string[] command, string? reply)
    {
        if (reply == null) _line.Add((client, command, KeysOf(command)));
        _told[client] += reply;
    }

    private static string[] KeysOf(string[] command) => command[0] switch
    {
        "BLMOVE" => [command[1]],
        "BLMPOP" => command[3..(3 + int.Parse(command[2], System.Globalization.CultureInfo.InvariantCulture))],
        _ => command[1..^1],
    };

    // Null: it waits.
    private string? Execute(string[] command, bool waits)
    {
        var key = command[1];
        switch (command[0])
        {
            case "SET":
                _values[key] = null;
                return "+OK|";
            case "DEL":
                return _values.Remove(key) ? ":1|" : ":0|";
            case "RENAME":
                return Rename(key, command[2]);
            case "RPUSH" or "LPUSH":
                if (IsString(key)) return WrongType;
                foreach (var value in command[2..]) Push(key, value, command[0] == "LPUSH");
                return $":{_values[key]!.Count}|";
            case "BLMOVE":
                return Move(command) ?? (waits ? null : "$-1|");
            default:
                return Pop(command) ?? (waits ? null : "*-1|");
        }
    }

    private string Rename(string from, string to)
    {
        if (!_values.Remove(from, out var value)) return "-ERR no such key|";
        var moved = from != to;
        _values[to] = value;
        if (moved && value != null) Created(to);
        return "+OK|";
    }

    private string? Pop(string[] command)
    {
        foreach (var key in KeysOf(command))
        {
            if (IsString(key)) return WrongType;
            if (!_values.TryGetValue(key, out var list)) continue;
            var count = command[0] != "BLMPOP" ? 1 : Math.Min(list!.Count, int.Parse(command[^1], System.Globalization.CultureInfo.InvariantCulture));
            var fromHead = command[0] == "BLPOP" || command.Contains("LEFT");
            var popped = string.Concat(Enumerable.Range(0, count).Select(_ => Bulk(Take(key, fromHead))));
            return $"*2|{Bulk(key)}{(command[0] == "BLMPOP" ? $"*{count}|" : "")}{popped}";
        }

        return null;
    }

    private string? Move(string[] command)
    {
        var (from, to) = (command[1], command[2]);
        if (IsString(from)) return WrongType;
        if (!_values.ContainsKey(from)) return null;
        if (IsString(to)) return WrongType;
        var isOnlyOne = from == to && _values[from]!.Count == 1; // it stays where it is, and the key is no new one
        var value = isOnlyOne ? _values[from]![0] : Take(from, command[3] == "LEFT");
        if (!isOnlyOne) Push(to, value, command[4] == "LEFT");
        return Bulk(value);
    }

    private string Take(string key, bool fromHead)
    {
        var list = _values[key]!;
        var at = fromHead ? 0 : list.Count - 1;
        var value = list[at];
        list.RemoveAt(at);
        if (list.Count == 0) _values.Remove(key);
        return value;
    }

    private void Push(string key, string value, bool atHead)
    {
        if (!_values.TryGetValue(key, out var list))
        {
            _values[key] = list = [];
            Created(key);
        }

        list!.Insert(atHead ? 0 : list.Count, value);
    }

    private void Created(string key)
    {
        if (_line.Exists(w => w.Keys.Contains(key)) && !_ready.Contains(key)) _ready.Enqueue(key);
    }

    private bool IsString(string key) => _values.TryGetValue(key, out var list) && list == null;

    private static string Bulk(string text) => $"${text.Length}|{text}|";
}
