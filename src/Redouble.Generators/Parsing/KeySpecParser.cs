using Redouble.Engine.Commands.Table;
using Redouble.Generators.Model;

namespace Redouble.Generators.Parsing;

/// <summary>
/// Reads the <c>Keys</c> string of a command: specs separated by <c>;</c>, each <c>flags locator [-- remark]</c>.
/// <code>
///   locator = '?' | '@' begin find
///   begin   = number | KEYWORD '>' number
///   find    = ['..' ['+'|'-'] number] ['/' step] ['%' limit]      a range
///           | '#' [keynumidx '+' firstkey] ['/' step]             a count and that many keys
/// </code>
/// </summary>
internal static class KeySpecParser
{
    private static readonly Dictionary<string, KeySpecFlags> s_flags = new()
    {
        ["RO"] = KeySpecFlags.RO,
        ["RW"] = KeySpecFlags.RW,
        ["OW"] = KeySpecFlags.OW,
        ["RM"] = KeySpecFlags.RM,
        ["access"] = KeySpecFlags.Access,
        ["update"] = KeySpecFlags.Update,
        ["insert"] = KeySpecFlags.Insert,
        ["delete"] = KeySpecFlags.Delete,
        ["not_key"] = KeySpecFlags.NotKey,
        ["incomplete"] = KeySpecFlags.Incomplete,
        ["variable_flags"] = KeySpecFlags.VariableFlags,
    };

    /// <summary>The specs of <paramref name="text"/>; throws <see cref="FormatException"/> with a message for the author.</summary>
    public static EquatableArray<KeySpecModel> Parse(string? text) =>
        string.IsNullOrWhiteSpace(text) ? default : new([.. text!.Split(';').Select(ParseSpec)]);

    private static KeySpecModel ParseSpec(string text)
    {
        string? notes = null;
        var remark = text.IndexOf("--", StringComparison.Ordinal);
        if (remark >= 0)
        {
            notes = text.Substring(remark + 2).Trim();
            text = text.Substring(0, remark);
        }

        var words = text.Split([' '], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw new FormatException("a key spec is empty");
        var flags = KeySpecFlags.None;
        foreach (var word in words.Take(words.Length - 1))
        {
            if (!s_flags.TryGetValue(word, out var flag)) throw new FormatException($"'{word}' is no key spec flag ({string.Join(" ", s_flags.Keys)})");
            flags |= flag;
        }

        const KeySpecFlags Access = KeySpecFlags.RO | KeySpecFlags.RW | KeySpecFlags.OW | KeySpecFlags.RM;
        var access = flags & Access;
        if ((flags & KeySpecFlags.NotKey) == 0 && (access == 0 || (access & (access - 1)) != 0))
            throw new FormatException($"key spec '{text.Trim()}' needs exactly one of RO, RW, OW and RM");
        return ParseLocator(words[words.Length - 1], new KeySpecModel(flags) { Notes = notes });
    }

    private static KeySpecModel ParseLocator(string locator, KeySpecModel spec)
    {
        if (locator == "?") return spec;
        var reader = new TextReader(locator);
        if (!reader.Take("@")) throw reader.Error("a key spec ends in '@…' or '?'");
        if (reader.Peek is >= 'A' and <= 'Z')
        {
            spec = spec with { Keyword = reader.TakeWhile(c => c != '>') };
            if (!reader.Take(">")) throw reader.Error("a keyword is followed by '>' and where to look from");
            spec = spec with { Position = reader.TakeInteger() };
        }
        else
        {
            spec = spec with { Position = reader.TakeInteger() };
            if (spec.Position < 1) throw reader.Error("keys begin at argument 1 or later");
        }

        if (spec.Position == 0) throw reader.Error("argument 0 is the command's name");
        spec = reader.Take("#") ? ParseKeyNum(reader, spec) : ParseRange(reader, spec);
        if (reader.Take("/")) spec = spec with { Step = reader.TakeInteger() };
        if (reader.Take("%")) spec = spec with { Limit = reader.TakeInteger() };
        if (!reader.AtEnd) throw reader.Error("unexpected text");
        if (spec.Step < 1 || spec.Limit < 0) throw reader.Error("a step is at least 1, a limit at least 0");
        return spec;
    }

    private static KeySpecModel ParseRange(TextReader reader, KeySpecModel spec)
    {
        spec = spec with { Find = FindKind.Range };
        if (!reader.Take("..")) return spec;
        if (reader.Peek is not ('+' or '-')) throw reader.Error("'..' is followed by +n (relative to the first) or -n (from the end)");
        reader.Take("+");
        return spec with { LastKey = reader.TakeInteger() };
    }

    private static KeySpecModel ParseKeyNum(TextReader reader, KeySpecModel spec)
    {
        spec = spec with { Find = FindKind.KeyNum, KeyNumIndex = 0, FirstKey = 1 };
        if (reader.Peek is not (>= '0' and <= '9')) return spec;
        spec = spec with { KeyNumIndex = reader.TakeInteger() };
        if (!reader.Take("+")) throw reader.Error("'#' is followed by nothing or by count+first");
        return spec with { FirstKey = reader.TakeInteger() };
    }
}
