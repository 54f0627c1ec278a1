using System.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Replication.Tests;

/// <summary>Bytes as text, one character per byte.</summary>
internal static class Wire
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>A command's frame.</summary>
    public static string Command(params string[] arguments) =>
        $"*{arguments.Length}\r\n" + string.Concat(arguments.Select(argument => $"${argument.Length}\r\n{argument}\r\n"));

    /// <summary>The bytes of segments.</summary>
    public static string Text(ReadOnlySpan<OutputSegment> segments)
    {
        var text = new StringBuilder();
        foreach (var segment in segments) text.Append(Text(segment.Bytes));
        return text.ToString();
    }
}
