using Redouble.Engine.Configuration;

namespace Redouble.Server.Configuration;

/// <summary>
/// Reads lines of configuration into a <see cref="ServerConfig"/>, following <c>include</c>. Relative names are relative to <c>dir</c> as it
/// is at that line, which begins as the directory the server was started in.
/// </summary>
internal sealed class ConfigReader(ServerConfig config, IConfigSource source)
{
    private readonly List<string> _open = [];
    private readonly Dictionary<string, ConfigFailure> _lastLines = new(StringComparer.Ordinal);

    /// <summary>The line that last named a directive, as a failure with the given reason.</summary>
    public ConfigFailure FailureOf(string directive, string message) =>
        _lastLines.TryGetValue(directive, out ConfigFailure? line) ? line with { Message = message + line.Message } : new ConfigFailure(message);

    /// <summary>Reads a file or, where the name is a pattern, the concatenation of all files it matches; none is fine then.</summary>
    public ConfigFailure? TryReadText(string name, out string path, out string text)
    {
        path = config.Paths.Of(name);
        text = "";
        bool isPattern = name.AsSpan().ContainsAny("*?[");
        foreach (string file in isPattern ? source.Expand(path) : [path])
        {
            byte[]? bytes = source.TryReadFile(file, out string error);
            if (bytes is null) return new ConfigFailure($"Fatal error, can't open config file '{(isPattern ? file : name)}': {error}", IsLogLine: true);
            text += ConfigText.FromBytes(bytes);
        }

        return null;
    }

    /// <summary>Loads a text; null when all of it is good.</summary>
    /// <param name="text">Lines, one byte per character.</param>
    /// <param name="file">The path it was read from, to notice a file that includes itself; null when there is none.</param>
    public ConfigFailure? Load(string text, string? file)
    {
        if (file is not null) _open.Add(file);
        int number = 0;
        ConfigFailure? failure = null;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.Trim(' ', '\t', '\r', '\n');
            if (line.Length == 0 || line[0] == '#') continue;
            failure = LoadLine(line, number);
            if (failure is not null) break;
        }

        if (file is not null) _open.RemoveAt(_open.Count - 1);
        return failure;
    }

    private ConfigFailure? LoadLine(string line, int number)
    {
        if (!ConfigLine.TrySplit(line, out string[] words)) return Fail("Unbalanced quotes in configuration line", number, line);
        if (words.Length == 0) return null;
        if (words.Length == 2 && words[0].Equals("include", StringComparison.OrdinalIgnoreCase)) return Include(words[1], number, line);
        string name = words[0].ToLowerInvariant();
        string key = DirectiveTable.TryFind(name, out Directive? directive) ? directive.Name : name;
        _lastLines[key] = Fail("", number, line);
        return config.TryLoadLine(words, out string error) ? null : Fail(error, number, line);
    }

    private ConfigFailure? Include(string name, int number, string line)
    {
        ConfigFailure? failure = TryReadText(ConfigText.ToPath(name), out string path, out string text);
        if (failure is not null) return failure;
        return _open.Contains(path) ? Fail($"'{path}' includes itself", number, line) : Load(text, path);
    }

    // Redis does not say which included file a line number belongs to.
    private ConfigFailure Fail(string message, int number, string line) =>
        new(_open.Count > 1 ? $"{message} (in included file '{_open[^1]}')" : message, number, line);
}
