using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>DEBUG RELOAD: through the RDB file and back.</summary>
internal static class DebugReload
{
    private const string LoadFailed = "ERR Error trying to load the RDB dump, check server logs.";

    public static void Run(CommandContext c)
    {
        bool save = true, flush = true, merge = false;
        for (var i = 2; i < c.Count; i++)
        {
            if (c.Is(i, "merge"u8)) merge = true;
            else if (c.Is(i, "noflush"u8)) flush = false;
            else if (c.Is(i, "nosave"u8)) save = false;
            else
            {
                c.Reply.Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."u8);
                return;
            }
        }

        var node = c.Node;
        if (node.IsLoading)
        {
            // Redis begins a second load inside the first, and does not survive that; the save before it would replace a file by a part of its keys.
            c.Reply.Error(Refusals.LoadingText);
            return;
        }

        if (node.Saves.IsRunning || node.AppendOnly.Rewrites.HasSnapshot) node.Snapshots.RunToEnd();
        if (node.Snapshots.IsRunning) c.Reply.Error("ERR A snapshot for replicas is being taken"u8);
        else if (save && !node.Saves.TrySaveNow(out _)) c.Reply.Error("ERR"u8);
        else if (TryLoad(node, flush, merge)) c.Reply.Ok();
        else c.Reply.Error(LoadFailed);
    }

    private static bool TryLoad(Node node, bool flush, bool merge)
    {
        if (flush) node.FlushAll();
        try
        {
            if (!node.Loading.Begin(node.Saves.Path, merge)) return false;
            while (node.Loading.Slice(long.MaxValue))
            {
            }
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            node.Parts.Host.Log(ConfigLogLevel.Warning, $"Error trying to load the RDB dump: {failure.Message}");
            return false;
        }

        node.Parts.Host.Log(ConfigLogLevel.Notice, "DB reloaded by DEBUG RELOAD");
        return true;
    }
}
