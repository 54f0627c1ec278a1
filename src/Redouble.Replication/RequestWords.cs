using System.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Replication;

/// <summary>Requests to other servers.</summary>
internal static class RequestWords
{
    /// <summary>A request of these words, UTF-8.</summary>
    public static void Request(this ReplyWriter writer, params ReadOnlySpan<string> words)
    {
        writer.ArrayHeader(words.Length);
        foreach (var word in words) writer.Bulk(Encoding.UTF8.GetBytes(word));
    }
}
