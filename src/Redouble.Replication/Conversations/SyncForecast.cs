namespace Redouble.Replication.Conversations;

/// <summary>
/// Replica side: what PSYNC would come to at a server that cannot be asked without beginning it, by its INFO. The rules are those that it goes by itself
/// (<see cref="Primary.PartialResync"/>); in the time until somebody asks in earnest, everything may have changed.
/// </summary>
internal static class SyncForecast
{
    /// <summary>Whether it could go on behind <paramref name="offset"/> - 1 under <paramref name="id"/>, or why not; a failure when it would refuse.</summary>
    public static (bool IsRefused, string Text) Of(InfoText info, string id, long offset)
    {
        if (info["role"] == "slave" && info["master_link_status"] != "up")
        {
            return (true, "NOMASTERLINK: it is a replica whose own link to its primary is down");
        }

        if (id == "?") return (false, "full resynchronization: this server's data has no place in a replication history");
        var isFirst = info["master_replid"].Equals(id, StringComparison.OrdinalIgnoreCase);
        var isSecond = info["master_replid2"].Equals(id, StringComparison.OrdinalIgnoreCase) && offset <= info.Number("second_repl_offset");
        if (!isFirst && !isSecond) return (false, "full resynchronization: its history is not the one that this server has followed");
        var first = info.Number("repl_backlog_first_byte_offset");
        var end = info.Number("master_repl_offset");
        if (info["repl_backlog_active"] != "1") return (false, "full resynchronization: it has no backlog");
        if (offset > end + 1) return (false, $"full resynchronization: this server is {offset - 1 - end} bytes ahead of it");
        return offset >= first ? (false, $"partial resynchronization: {end + 1 - offset} bytes are missing here, and its backlog has them")
            : (false, $"full resynchronization: its backlog begins {first - offset} bytes too late");
    }
}
