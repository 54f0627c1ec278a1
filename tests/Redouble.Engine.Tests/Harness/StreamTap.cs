using System.Text;
using Redouble.Replication.Log;

namespace Redouble.Engine.Tests.Harness;

/// <summary>Reads what a node tells its replicas, one command a line of words.</summary>
internal sealed class StreamTap
{
    private readonly LogCursor _cursor;

    public StreamTap(EngineNode node)
    {
        var log = node.Node.Replication.Protocol.Log;
        if (!log.IsActive) log.Create(0);
        _cursor = log.OpenCursorAtEnd();
    }

    /// <summary>The commands since the last time, words separated by blanks, commands by bars; SELECT included.</summary>
    public string Take()
    {
        var text = new StringBuilder();
        while (_cursor.PendingBytes > 0)
        {
            var part = _cursor.Peek();
            text.Append(Encoding.Latin1.GetString(part));
            _cursor.Advance(part.Length);
        }

        return Words(text.ToString());
    }

    private static string Words(string stream)
    {
        var commands = new List<string>();
        for (var at = 0; at < stream.Length;)
        {
            var count = Number(stream, ref at, '*');
            var words = new string[count];
            for (var i = 0; i < count; i++)
            {
                var length = Number(stream, ref at, '$');
                words[i] = stream.Substring(at, length);
                at += length + 2;
            }

            commands.Add(string.Join(' ', words));
        }

        return string.Join(" | ", commands);
    }

    private static int Number(string stream, ref int at, char prefix)
    {
        Assert.Equal(prefix, stream[at]);
        var end = stream.IndexOf("\r\n", at, StringComparison.Ordinal);
        var number = int.Parse(stream[(at + 1)..end], System.Globalization.CultureInfo.InvariantCulture);
        at = end + 2;
        return number;
    }
}
