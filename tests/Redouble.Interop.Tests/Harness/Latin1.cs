using System.Text;

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// Arguments and replies are byte strings. The harness holds them as .NET strings of the characters 0 to 255, one per byte (Latin-1),
/// so that binary data can be written, compared and printed like text.
/// </summary>
internal static class Latin1
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>The text quoted as redis-cli would take it back: printable characters as they are, the rest as <c>\n</c> or <c>\xHH</c>.</summary>
    public static string Quote(string text)
    {
        if (text.Length > 0 && text.All(c => c is > ' ' and <= '~' and not ('"' or '\\' or '\'')))
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                >= ' ' and <= '~' => quoted.Append(c),
                _ => quoted.Append($"\\x{(int)c:x2}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    public static string Quote(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    /// <summary>The request as a RESP array of bulk strings.</summary>
    public static byte[] Request(params ReadOnlySpan<string> args)
    {
        var frame = new StringBuilder().Append('*').Append(args.Length).Append("\r\n");
        foreach (string arg in args)
        {
            frame.Append('$').Append(arg.Length).Append("\r\n").Append(arg).Append("\r\n");
        }

        return Bytes(frame.ToString());
    }
}
