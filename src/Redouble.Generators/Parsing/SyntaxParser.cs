using Redouble.Generators.Model;

namespace Redouble.Generators.Parsing;

/// <summary>
/// Reads the <c>Syntax</c> string of a command into the argument tree of COMMAND DOCS, by recursive descent.
/// <code>
///   sequence = { item }
///   item     = '[' choice ']' [repeat]  |  name '=' TOKEN suffix  |  [TOKEN] argument  |  TOKEN suffix ['!']
///   argument = [name '='] '(' choice ')' suffix  |  name [':' type] ['#' keyspec] suffix
///   choice   = sequence { '|' sequence }
///   suffix   = ['^' since] ['~' deprecated] ['{' display '}'] [repeat]
///   repeat   = '...' | '+...'
/// </code>
/// A TOKEN begins with an upper-case letter or is quoted; it binds to an argument that directly follows it, unless '!' stands between.
/// </summary>
internal static class SyntaxParser
{
    private static readonly string[] s_types = ["string", "integer", "double", "key", "pattern", "unix-time"];

    /// <summary>Words whose type needs no saying.</summary>
    private static readonly Dictionary<string, string> s_wellKnown = new()
    {
        ["key"] = "key",
        ["pattern"] = "pattern",
        ["seconds"] = "integer",
        ["milliseconds"] = "integer",
        ["count"] = "integer",
        ["numkeys"] = "integer",
        ["unix-time-seconds"] = "unix-time",
        ["unix-time-milliseconds"] = "unix-time",
    };

    /// <summary>The arguments of <paramref name="text"/>; throws <see cref="FormatException"/> with a message for the author.</summary>
    public static EquatableArray<ArgumentModel> Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return default;
        var reader = new TextReader(text!);
        var items = ParseSequence(reader);
        if (!reader.AtEnd) throw reader.Error("unexpected character");
        return new(items);
    }

    private static ArgumentModel[] ParseSequence(TextReader reader)
    {
        var items = new List<ArgumentModel>();
        for (; ; )
        {
            reader.SkipBlanks();
            if (reader.AtEnd || reader.Peek is '|' or ')' or ']') return [.. items];
            items.Add(ParseItem(reader));
        }
    }

    private static ArgumentModel ParseItem(TextReader reader)
    {
        if (reader.Take("["))
        {
            var inner = ParseChoice(reader, ']', name: null);
            return ParseRepeat(reader, inner) with { Optional = true };
        }

        if (reader.Peek is not (>= 'A' and <= 'Z' or '\'')) return ParseArgument(reader);
        var token = ParseToken(reader);
        var pure = ParseSuffix(reader, new ArgumentModel(token.ToLowerInvariant(), "pure-token") { Token = token });
        reader.SkipBlanks();
        if (reader.Take("!") || pure.Since is not null || pure.Multiple || reader.Peek is not (>= 'a' and <= 'z' or '(')) return pure;
        var argument = ParseArgument(reader);
        if (argument.Token is not null) throw reader.Error($"'{token}' introduces an argument that has a token already; write '{token}!'");
        return argument with { Token = token };
    }

    private static ArgumentModel ParseArgument(TextReader reader)
    {
        if (reader.Peek == '(') return ParseGroup(reader, name: null);
        var name = reader.TakeWhile(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '_');
        if (name.Length == 0) throw reader.Error("an argument, a token or a bracket is expected");
        if (reader.Take("="))
            return reader.Peek == '(' ? ParseGroup(reader, name) : ParseSuffix(reader, new ArgumentModel(name, "pure-token") { Token = ParseToken(reader) });

        var type = s_wellKnown.TryGetValue(name, out var known) ? known : "string";
        if (reader.Take(":"))
        {
            type = reader.TakeWhile(c => c is >= 'a' and <= 'z' or '-');
            if (!s_types.Contains(type)) throw reader.Error($"'{type}' is no type ({string.Join(" ", s_types)})");
        }

        var index = type == "key" ? 0 : -1;
        if (reader.Take("#")) index = reader.TakeInteger();
        return ParseSuffix(reader, new ArgumentModel(name, type) { KeySpecIndex = index });
    }

    private static ArgumentModel ParseGroup(TextReader reader, string? name)
    {
        reader.Take("(");
        return ParseSuffix(reader, ParseChoice(reader, ')', name));
    }

    /// <summary>Alternatives up to <paramref name="close"/>: one alternative of one item is that item, of several a block; several alternatives are a
    /// one-of.</summary>
    private static ArgumentModel ParseChoice(TextReader reader, char close, string? name)
    {
        var alternatives = new List<ArgumentModel[]>();
        do
        {
            var sequence = ParseSequence(reader);
            if (sequence.Length == 0) throw reader.Error("an alternative or group is empty");
            alternatives.Add(sequence);
        }
        while (reader.Take("|"));
        if (!reader.Take(close.ToString())) throw reader.Error($"'{close}' is missing");
        if (alternatives.Count > 1) return Group(name, "oneof", [.. alternatives.Select(a => a.Length == 1 ? a[0] : Group(null, "block", a))]);
        return alternatives[0].Length == 1 && name is null ? alternatives[0][0] : Group(name, "block", alternatives[0]);
    }

    private static ArgumentModel Group(string? name, string type, ArgumentModel[] members) =>
        new(name ?? string.Join("-", members.Select(m => m.Name)), type) { Arguments = new(members) };

    private static string ParseToken(TextReader reader)
    {
        string token;
        if (reader.Take("'"))
        {
            token = reader.TakeWhile(c => c != '\'');
            if (!reader.Take("'")) throw reader.Error("the closing quote of a token is missing");
            return token;
        }

        token = reader.TakeWhile(c => c is >= 'A' and <= 'Z' or >= '0' and <= '9' or '-' or '_');
        return token.Length > 0 ? token : throw reader.Error("a token is expected");
    }

    private static ArgumentModel ParseSuffix(TextReader reader, ArgumentModel argument)
    {
        if (reader.Take("^")) argument = argument with { Since = ParseVersion(reader) };
        if (reader.Take("~")) argument = argument with { DeprecatedSince = ParseVersion(reader) };
        if (reader.Take("{"))
        {
            argument = argument with { Display = reader.TakeWhile(c => c != '}') };
            if (!reader.Take("}")) throw reader.Error("the closing brace of a display text is missing");
        }

        return ParseRepeat(reader, argument);
    }

    private static ArgumentModel ParseRepeat(TextReader reader, ArgumentModel argument)
    {
        if (reader.Take("+...")) return argument with { Multiple = true, MultipleToken = true };
        return reader.Take("...") ? argument with { Multiple = true } : argument;
    }

    /// <summary>Exactly three numbers, so that in '6.2.0...' the dots after them are a repetition.</summary>
    private static string ParseVersion(TextReader reader)
    {
        var parts = new List<int> { reader.TakeInteger() };
        while (parts.Count < 3 && reader.Take(".")) parts.Add(reader.TakeInteger());
        return parts.Count == 3 ? string.Join(".", parts) : throw reader.Error("a version has three numbers");
    }
}
