using System.Globalization;
using System.Text;

namespace Redouble.Replication.Tests.Simulation;

/// <summary>
/// A data set small enough to compare after every turn: strings by database and key, with a digest that is kept up as they change. Its
/// commands are not idempotent, so that one applied twice or lost shows.
/// </summary>
internal sealed class KeyValueModel
{
    private readonly Dictionary<(int Database, string Key), string> _values = [];

    /// <summary>Equal for equal data sets; in practice different for different ones.</summary>
    public ulong Digest { get; private set; }

    public int Count => _values.Count;

    public string? Get(int database, string key) => _values.GetValueOrDefault((database, key));

    public void Set(int database, string key, string value)
    {
        Remove(database, key);
        _values[(database, key)] = value;
        Digest ^= Hash(database, key, value);
    }

    public void Remove(int database, string key)
    {
        if (_values.Remove((database, key), out var old)) Digest ^= Hash(database, key, old);
    }

    public void Clear()
    {
        _values.Clear();
        Digest = 0;
    }

    /// <summary>Executes one command; false when there is none of that name.</summary>
    public bool Execute(int database, ReadOnlySpan<string> command)
    {
        var key = command.Length > 1 ? command[1] : "";
        var old = Get(database, key) ?? "";
        switch (command[0])
        {
            case "SET":
                Set(database, key, command[2]);
                return true;
            case "APPEND":
                Set(database, key, (old + command[2])[Math.Max(0, old.Length + command[2].Length - 12)..]);
                return true;
            case "INCR":
                Set(database, key, ((long.TryParse(old, out var number) ? number : 0) + 1).ToString(CultureInfo.InvariantCulture));
                return true;
            case "DEL":
                Remove(database, key);
                return true;
            default:
                return false;
        }
    }

    public KeyValueModel Copy()
    {
        var copy = new KeyValueModel();
        foreach (var ((database, key), value) in _values) copy.Set(database, key, value);
        return copy;
    }

    /// <summary>The payload of a full sync: one line per value.</summary>
    public byte[] Serialize(int streamDatabase)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{streamDatabase}\n");
        foreach (var ((database, key), value) in _values) text.Append(CultureInfo.InvariantCulture, $"{database} {key} {value}\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static KeyValueModel Deserialize(string payload, out int streamDatabase)
    {
        var model = new KeyValueModel();
        var lines = payload.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        streamDatabase = int.Parse(lines[0], CultureInfo.InvariantCulture);
        foreach (var line in lines.Skip(1))
        {
            var words = line.Split(' ');
            model.Set(int.Parse(words[0], CultureInfo.InvariantCulture), words[1], words[2]);
        }

        return model;
    }

    private static ulong Hash(int database, string key, string value)
    {
        var hash = 14695981039346656037UL + (ulong)database;
        foreach (var c in key) hash = (hash ^ c) * 1099511628211UL;
        hash = (hash ^ 0xFFFF) * 1099511628211UL;
        foreach (var c in value) hash = (hash ^ c) * 1099511628211UL;
        hash ^= hash >> 29;
        hash *= 0xBF58476D1CE4E5B9UL;
        return hash ^ (hash >> 32);
    }
}
