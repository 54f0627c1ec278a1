using Redouble.Core.Text;

namespace Redouble.Replication.Replica;

/// <summary>Replica side: what a primary says in lines, on either of its connections.</summary>
internal static class PrimaryLines
{
    private const int LineMax = 4096;
    private const int ShownMax = 256;

    /// <summary>
    /// The first line of what was received, without its end. Returns its length with its end: 0 while that has not come, -1 when none is in so many bytes.
    /// An empty line only says that the primary is alive.
    /// </summary>
    public static int Next(ReadOnlySpan<byte> unread, out ReadOnlySpan<byte> line)
    {
        var end = unread.IndexOf((byte)'\n');
        line = end < 0 ? [] : unread[..end].TrimEnd((byte)'\r');
        return end >= 0 ? end + 1 : unread.Length > LineMax ? -1 : 0;
    }

    /// <summary>A line for messages.</summary>
    public static string Text(ReadOnlySpan<byte> line) => ErrorText.Printable(line, ShownMax);
}
