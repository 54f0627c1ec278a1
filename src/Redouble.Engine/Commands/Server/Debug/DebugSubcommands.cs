using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>One of DEBUG's subcommands.</summary>
/// <param name="Name">In upper case.</param>
/// <param name="ArgumentsMin">Fewest arguments, DEBUG and the name included.</param>
/// <param name="ArgumentsMax">Most arguments.</param>
/// <param name="Form">What follows the name, for HELP.</param>
/// <param name="Summary">What it does, for HELP.</param>
/// <param name="Run">Does it.</param>
internal sealed record DebugSubcommand(string Name, int ArgumentsMin, int ArgumentsMax, string Form, string Summary, Action<CommandContext> Run);

/// <summary>The list of DEBUG's subcommands.</summary>
internal static class DebugSubcommands
{
    private const int Any = int.MaxValue;

    public static IReadOnlyList<DebugSubcommand> All => [.. Data, .. Switches, .. Process];

    private static DebugSubcommand[] Data =>
    [
        new("DIGEST", 2, 2, "", "Output a hex signature representing the current DB content.", DebugData.Digest),
        new("DIGEST-VALUE", 2, Any, "<key> [<key> ...]", "Output a hex signature of the values of all the specified keys.", DebugData.DigestValue),
        new("HTSTATS", 3, 4, "<dbid> [full]", "Return hash table statistics of the specified database.", DebugData.TableStatistics),
        new("HTSTATS-KEY", 3, 4, "<key> [full]", "Like HTSTATS but for the hash table stored at <key>'s value.", DebugData.TableStatisticsOfKey),
        new("LISTPACK", 3, 3, "<key>", "Show low level info about the listpack encoding of <key>.", DebugData.ListPack),
        new("LOADAOF", 2, 2, "", "Flush the AOF buffers on disk and reload the AOF in memory.", DebugLoadAof.Run),
        new("OBJECT", 3, 4, "<key>", "Show low level info about `key` and associated value.", DebugData.Object),
        new("POPULATE", 3, 5, "<count> [<prefix>] [<size>]", "Create <count> string keys named <prefix>:<num>; they are not propagated.", DebugData.Populate),
        new("RELOAD", 2, Any, "[MERGE] [NOFLUSH] [NOSAVE]", "Save the RDB on disk and reload it back to memory.", DebugReload.Run),
        new("SDSLEN", 3, 3, "<key>", "Show the lengths of <key> and of its string value.", DebugData.StringLengths),
        new("STRINGMATCH-LEN", 4, 4, "<pattern> <string>", "Match a glob-like pattern against a string.", DebugData.StringMatch),
    ];

    private static DebugSubcommand[] Switches =>
    [
        new("CHANGE-REPL-ID", 2, 2, "", "Change the replication IDs of the instance.", DebugSwitches.ChangeReplicationId),
        new("CLIENT-EVICTION", 2, 2, "", "Show low level client eviction pools info (maxmemory-clients).", DebugSwitches.ClientEviction),
        new("CONFIG-REWRITE-FORCE-ALL", 2, 2, "", "Like CONFIG REWRITE but writes all configuration options.", DebugSwitches.RewriteAll),
        new("DROP-CLUSTER-PACKET-FILTER", 3, 3, "<packet-type>", "Refused: there is no cluster bus.", DebugSwitches.DropPackets),
        new("PAUSE-CRON", 3, 3, "<0|1>", "Stop periodic cron job processing.", DebugSwitches.PauseTimer),
        new("QUICKLIST-PACKED-THRESHOLD", 3, 3, "<size>", "Sets the size from which list elements get nodes of their own.", DebugSwitches.PackedThreshold),
        new("REPLICATE", 3, Any, "<string> [<string> ...]", "Replicates the provided words to replicas, allowing data divergence.", DebugSwitches.Replicate),
        new("REPLYBUFFER", 4, 4, "PEAK-RESET-TIME <NEVER|RESET|time> | RESIZING <0|1>", "Accepted: reply buffers here have one size.", DebugSwitches.ReplyBuffer),
        new("SET-ACTIVE-EXPIRE", 3, 3, "<0|1>", "Stop expiring keys that nobody asks for.", DebugSwitches.SetActiveExpire),
        new("SET-DISABLE-DENY-SCRIPTS", 3, 3, "<0|1>", "Let scripts call commands that are denied to them.", DebugSwitches.AllowDenied),
        new("SET-SKIP-CHECKSUM-VALIDATION", 3, 3, "<0|1>", "Skip checksum checks of RDB files and RESTORE's payload.", DebugSwitches.SkipChecksums),
    ];

    private static DebugSubcommand[] Process =>
    [
        new("ASSERT", 2, 2, "", "Crash by assertion failed.", DebugServer.Assert),
        new("CRASH-AND-RECOVER", 2, 3, "[<milliseconds>]", "Hard crash and restart after a <milliseconds> delay (default 0).", DebugServer.CrashAndRecover),
        new("ERROR", 3, 3, "<string>", "Return a protocol error with <string> as message.", DebugServer.Error),
        new("LOG", 3, 3, "<message>", "Write <message> to the server log.", DebugServer.Log),
        new("OOM", 2, 2, "", "Crash the server simulating an out-of-memory error.", DebugServer.OutOfMemory),
        new("PANIC", 2, 2, "", "Crash the server simulating a panic.", DebugServer.Panic),
        new("PROTOCOL", 3, 3, "<type>", "Reply with a test value of the specified type.", DebugProtocol.Run),
        new("RESTART", 2, 3, "[<milliseconds>]", "Graceful restart: save config, db, restart after a <milliseconds> delay (default 0).", DebugServer.Restart),
        new("SEGFAULT", 2, 2, "", "Crash the server.", DebugServer.SegmentationFault),
        new("SLEEP", 3, 3, "<seconds>", "Stop the server for <seconds>. Decimals allowed.", DebugServer.Sleep),
        new("HELP", 2, 2, "", "Print this help.", Help),
    ];

    private static void Help(CommandContext c)
    {
        var all = All;
        c.Reply.ArrayHeader(1 + (all.Count * 2));
        c.Reply.SimpleString("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"u8);
        foreach (var subcommand in all)
        {
            c.Reply.SimpleString(subcommand.Form.Length == 0 ? subcommand.Name : $"{subcommand.Name} {subcommand.Form}");
            c.Reply.SimpleString($"    {subcommand.Summary}");
        }
    }
}
