using System.Globalization;
using Redouble.Core.Platform;

namespace Redouble.Engine.Persistence;

/// <summary>
/// Files on their way to a name of their own: <c>temp-redouble-PID-RUN[-N].rdb</c> and the like, RUN being the begin of the run id. The name is what tells
/// a start whose process is gone that the file is of our making (a torn one says nothing), and that no other process writes to it: in two containers
/// that share a volume both are often number 1.
/// </summary>
public static class TemporaryFile
{
    /// <summary>How all their names begin.</summary>
    public const string Begin = "temp-redouble-";

    private const int RunLength = 8;

    /// <summary>The name of a file of this process.</summary>
    /// <param name="node">Whose it is.</param>
    /// <param name="end">What it is going to be, as <c>.rdb</c>.</param>
    internal static string NameOf(Node node, string end) =>
        string.Create(CultureInfo.InvariantCulture, $"{Begin}{node.Parts.Host.ProcessId}-{node.RunId[..RunLength]}{end}");

    /// <summary>The same, where there may be several at a time.</summary>
    internal static string NameOf(Node node, long number, string end) => NameOf(node, string.Create(CultureInfo.InvariantCulture, $"-{number}{end}"));

    /// <summary>Deletes one after a failure that has been told; that this fails, too, is not worth another word.</summary>
    internal static void Remove(IFileSystem files, string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (IOException)
        {
            // What is left is a file that the next one of its name replaces.
        }
    }
}
