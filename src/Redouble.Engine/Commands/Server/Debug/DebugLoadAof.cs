using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>DEBUG LOADAOF: the data set as the append-only files have it.</summary>
internal static class DebugLoadAof
{
    public static void Run(CommandContext c)
    {
        var node = c.Node;
        if (node.IsLoading) c.Reply.Error(Refusals.LoadingText);
        else if (TryLoad(node)) c.Reply.Ok();
        else c.Reply.Error("ERR Error trying to load the AOF files, check server logs.");
    }

    private static bool TryLoad(Node node)
    {
        if (!node.AppendOnly.Flush()) return false; // what is not in the files would be lost
        try
        {
            if (!node.Loading.BeginAppendOnly()) return false;
            node.FlushAll();
            while (node.Loading.Slice(long.MaxValue))
            {
            }
        }
        catch (IOException)
        {
            return false; // the log has been told
        }

        node.Loading.TakeTail()?.Break();
        node.Dirty = 0;
        node.Parts.Host.Log(ConfigLogLevel.Notice, "Append Only File loaded by DEBUG LOADAOF");
        return true;
    }
}
