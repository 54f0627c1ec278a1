using System.Globalization;
using System.Text;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>Requests as bytes.</summary>
internal static class Wire
{
    public static byte[] Command(params ReadOnlySpan<string> words)
    {
        var text = new StringBuilder().Append('*').Append(words.Length).Append("\r\n");
        foreach (var word in words) text.Append(CultureInfo.InvariantCulture, $"${word.Length}\r\n{word}\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }
}
