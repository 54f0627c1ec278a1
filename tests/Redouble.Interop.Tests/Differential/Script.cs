using System.Globalization;
using System.Text;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Programs written by hand, one request a line, words as redis-cli splits them (<c>"a b"</c>, <c>\n</c>, <c>\xff</c>). A line may begin with the
/// connection that sends it: <c>1&gt; GET k</c>; the first is 0. <c>{300*x}</c> inside a word stands for 300 times the letter x.
/// </summary>
internal static class Script
{
    public static TestProgram Parse(string name, int protocol, string text)
    {
        var steps = new List<Step>();
        foreach (string line in text.Split('\n'))
        {
            string rest = line.Trim();
            if (rest.Length == 0)
            {
                continue;
            }

            int client = 0;
            if (rest.Length > 2 && char.IsAsciiDigit(rest[0]) && rest[1] == '>')
            {
                client = rest[0] - '0';
                rest = rest[2..].Trim();
            }

            steps.Add(new Step(new Request(client, Words(rest))));
        }

        return new TestProgram(name, 0, [protocol, protocol, protocol], steps);
    }

    public static string[] Words(string line)
    {
        var words = new List<string>();
        for (int i = 0; i < line.Length;)
        {
            if (line[i] == ' ')
            {
                i++;
                continue;
            }

            var word = new StringBuilder();
            bool quoted = line[i] == '"';
            for (i += quoted ? 1 : 0; i < line.Length && line[i] != (quoted ? '"' : ' '); i++)
            {
                if (quoted && line[i] == '\\')
                {
                    i = Escape(line, i + 1, word);
                }
                else
                {
                    word.Append(line[i]);
                }
            }

            i++;
            words.Add(Repeat(word.ToString()));
        }

        return [.. words];
    }

    private static int Escape(string line, int at, StringBuilder word)
    {
        switch (line[at])
        {
            case 'n':
                word.Append('\n');
                return at;
            case 'r':
                word.Append('\r');
                return at;
            case 't':
                word.Append('\t');
                return at;
            case 'x':
                word.Append((char)byte.Parse(line.AsSpan(at + 1, 2), NumberStyles.HexNumber));
                return at + 2;
            default:
                word.Append(line[at]);
                return at;
        }
    }

    private static string Repeat(string word)
    {
        int open = word.IndexOf('{');
        int star = word.IndexOf('*', Math.Max(open, 0));
        int close = word.IndexOf('}', Math.Max(star, 0));
        return open >= 0 && star > open && close > star && int.TryParse(word.AsSpan(open + 1, star - open - 1), out int count)
            ? word[..open] + string.Concat(Enumerable.Repeat(word[(star + 1)..close], count)) + word[(close + 1)..]
            : word;
    }
}
