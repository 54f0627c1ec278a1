using System.Text;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>Nodes that come back from the files of others.</summary>
internal static class SavedNode
{
    private const string Path = "/data/dump.rdb";

    /// <summary>A node, some time later, with the file that the other has saved; loaded, with what it then tells replicas.</summary>
    public static (EngineNode Node, string Stream) Restart(EngineNode saved, long laterMs, params string[] directives)
    {
        var node = new EngineNode(directives);
        node.Files.Files[Path] = saved.Files.Files[Path];
        node.Clock.UnixMicroseconds = saved.Clock.UnixMicroseconds + (laterMs * 1000);
        node.Node.UpdateTime();
        node.Node.LoadAtStart();
        while (node.Node.IsLoading) node.Node.EndTurn();
        var log = node.Node.Replication.Protocol.Log;
        if (!log.IsActive) return (node, "no log");
        var cursor = log.TryOpenCursor(log.FirstOffset)!;
        var stream = Encoding.Latin1.GetString(cursor.Peek()).Replace("\r\n", "|", StringComparison.Ordinal);
        cursor.Close();
        return (node, stream);
    }

    /// <summary>The place in a replication history that the node's file names.</summary>
    public static (string? Id, long Offset) PlaceInFile(EngineNode saved)
    {
        var text = Encoding.Latin1.GetString(saved.Files.Files[Path]);
        var at = text.IndexOf("repl-id", StringComparison.Ordinal);
        if (at < 0) return (null, -1);
        var (node, _) = Restart(saved, 0, "replicaof 127.0.0.1 1");
        using (node) return (node.Node.Replication.Protocol.History.Identity.Id.ToString(), node.Node.Replication.Protocol.Log.EndOffset);
    }
}
