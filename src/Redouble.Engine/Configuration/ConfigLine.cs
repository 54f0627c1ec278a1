using System.Text;

namespace Redouble.Engine.Configuration;

/// <summary>
/// Lines of a configuration file. Arguments are separated by blanks; "double quotes" know the escapes <c>\xHH \n \r \t \b \a</c> and
/// <c>\c</c> for any other c, 'single quotes' know <c>\'</c> only; a blank or the end must follow a closing quote.
/// </summary>
public static class ConfigLine
{
    /// <summary>Whether the word opens a line that is no directive with a value: <c>include</c>, <c>user</c> and the like.</summary>
    public static bool IsStatement(string name) => name is "include" or "rename-command" or "user" or "loadmodule" or "sentinel";

    /// <summary>Splits a line; false when its quotes are unbalanced.</summary>
    public static bool TrySplit(string line, out List<string> arguments)
    {
        arguments = [];
        int position = 0;
        StringBuilder word = new();
        while (true)
        {
            while (position < line.Length && IsBlank(line[position])) position++;
            if (position == line.Length || line[position] == '\0') return true;
            word.Clear();
            if (!TryWord(line, ref position, word)) return false;
            arguments.Add(word.ToString());
        }
    }

    private static bool TryWord(string line, ref int position, StringBuilder word)
    {
        while (position < line.Length)
        {
            char c = line[position];
            if (IsBlank(c) || c == '\0') return true;
            position++;
            if (c is not ('"' or '\''))
            {
                word.Append(c);
                continue;
            }

            bool closed = c == '"' ? TryDoubleQuoted(line, ref position, word) : TrySingleQuoted(line, ref position, word);
            return closed && (position == line.Length || IsBlank(line[position]));
        }

        return true;
    }

    private static bool TryDoubleQuoted(string line, ref int position, StringBuilder word)
    {
        while (position < line.Length)
        {
            char c = line[position++];
            if (c == '"') return true;
            if (c != '\\' || position == line.Length)
            {
                word.Append(c);
                continue;
            }

            bool isByte = position + 2 < line.Length && line[position] == 'x' && char.IsAsciiHexDigit(line[position + 1])
                && char.IsAsciiHexDigit(line[position + 2]);
            if (isByte)
            {
                word.Append((char)Convert.ToByte(line.Substring(position + 1, 2), 16));
                position += 3;
                continue;
            }

            c = line[position++];
            word.Append(c switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'a' => '\a', _ => c });
        }

        return false;
    }

    private static bool TrySingleQuoted(string line, ref int position, StringBuilder word)
    {
        while (position < line.Length)
        {
            char c = line[position++];
            if (c == '\'') return true;
            if (c == '\\' && position < line.Length && line[position] == '\'') c = line[position++];
            word.Append(c);
        }

        return false;
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\n' or '\v' or '\f' or '\r';
}
