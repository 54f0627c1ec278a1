using System.Text;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>What random programs really exercise: for each command how often it succeeded and failed, and with which of its options it succeeded.</summary>
internal sealed class Coverage
{
    private readonly SortedDictionary<string, (int Good, int Bad)> _commands = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _options = new(StringComparer.Ordinal);

    public int Good => _commands.Values.Sum(c => c.Good);

    public int Bad => _commands.Values.Sum(c => c.Bad);

    public void Add(string[] args, Reply reply, IReadOnlyList<string[]>? queued)
    {
        if (queued is not null && reply.Items.Length == queued.Count)
        {
            for (int i = 0; i < queued.Count; i++)
            {
                Add(queued[i], reply[i], null);
            }
        }
        else if (reply is not { Type: '+', Text: "QUEUED" })
        {
            Add(Plain(args), reply);
        }
    }

    /// <summary>What of <paramref name="wanted"/>, lines of a command and its options, never succeeded, or (the command) never failed.</summary>
    public IEnumerable<string> Missing(IEnumerable<string> wanted)
    {
        foreach (string line in wanted)
        {
            string[] words = line.Split(' ');
            (int good, int bad) = _commands.GetValueOrDefault(words[0]);
            if (good == 0 || bad == 0)
            {
                yield return $"{words[0]}: {good} succeeded, {bad} failed";
            }

            foreach (string option in words[1..].Where(option => !_options.ContainsKey($"{words[0]} {option}")))
            {
                yield return $"{words[0]} {option}";
            }
        }
    }

    /// <summary>All commands with their counts, and the wanted options with those of their successes.</summary>
    public string Table(IEnumerable<string> wanted)
    {
        ILookup<string, string> options = wanted.Select(line => line.Split(' '))
            .SelectMany(words => words[1..], (words, option) => (Name: words[0], Option: option)).ToLookup(o => o.Name, o => o.Option);
        var text = new StringBuilder();
        foreach ((string name, (int good, int bad)) in _commands)
        {
            IEnumerable<string> counts = options[name].Select(option => $"{option}:{_options.GetValueOrDefault($"{name} {option}")}");
            text.Append($"{name,-22} {good,6} good {bad,5} errors  {string.Join(' ', counts)}\n");
        }

        return text.ToString();
    }

    /// <summary>The request that a macro stands for.</summary>
    private static string[] Plain(string[] args) => args[0] switch
    {
        "@random" or "@scanof" or "@zrank" => args[1..],
        "@spop" => ["SPOP", .. args[1..]],
        "@xaddnow" => ["XADD", args[1], "*", .. args[2..]],
        "@hscannovalues" => ["HSCAN", .. args[1..], "NOVALUES"],
        "@redump" or "@restoreback" => ["RESTORE", .. args[1..]],
        _ => args,
    };

    private void Add(string[] args, Reply reply)
    {
        string name = args[0].ToUpperInvariant();
        if (name is "XGROUP" or "XINFO" or "OBJECT" && args.Length > 1)
        {
            name = $"{name}|{args[1].ToUpperInvariant()}";
        }

        (int good, int bad) = _commands.GetValueOrDefault(name);
        _commands[name] = reply.IsError ? (good, bad + 1) : (good + 1, bad);
        if (reply.IsError)
        {
            return;
        }

        foreach (string word in args[1..].Where(w => w is "*" or "~" or "=" or "#" or ">" or "$" || (w.Length > 1 && w.All(char.IsAsciiLetter))))
        {
            string option = $"{name} {word.ToUpperInvariant()}";
            _options[option] = _options.GetValueOrDefault(option) + 1;
        }
    }
}
