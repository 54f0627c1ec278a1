using System.Text;
using Redouble.Core.Memory;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Sessions;

/// <summary>A session as CLIENT LIST, CLIENT INFO and the log describe it: one line of <c>name=value</c>, fields and order of Redis 7.2.</summary>
public static class ClientLine
{
    private static readonly (SessionFlags Flag, char Letter)[] Letters =
    [
        (SessionFlags.Primary, 'M'), (SessionFlags.PubSub, 'P'), (SessionFlags.Multi, 'x'), (SessionFlags.Blocked, 'b'), (SessionFlags.Tracking, 't'),
        (SessionFlags.TrackingBroken, 'R'), (SessionFlags.TrackingBroadcast, 'B'), (SessionFlags.DirtyCas, 'd'), (SessionFlags.CloseAfterReply, 'c'), (SessionFlags.CloseAsap, 'A'),
        (SessionFlags.UnixSocket, 'U'), (SessionFlags.ReadOnly, 'r'), (SessionFlags.NoEvict, 'e'), (SessionFlags.NoTouch, 'T'),
    ];

    /// <summary>The line, without a line end; one byte per character.</summary>
    /// <param name="session">The session.</param>
    /// <param name="nowMs">Unix time in milliseconds.</param>
    /// <param name="argumentBytes">Bytes of the arguments of the command it is executing, 0 when it is not.</param>
    public static string Format(Session session, long nowMs, int argumentBytes = 0)
    {
        var line = new StringBuilder(400);
        Field(line, "id", session.Id);
        Field(line, "addr", session.Address);
        Field(line, "laddr", session.LocalAddress);
        Field(line, "fd", session.Descriptor);
        Field(line, "name", Encoding.Latin1.GetString(session.Name));
        Field(line, "age", Math.Max(0, nowMs - session.CreatedMs) / 1000);
        Field(line, "idle", Math.Max(0, nowMs - session.LastInteractionMs) / 1000);
        Field(line, "flags", Flags(session));
        Field(line, "db", session.Database);
        Field(line, "sub", session.Subscriptions?.Channels ?? 0);
        Field(line, "psub", session.Subscriptions?.Patterns ?? 0);
        Field(line, "ssub", session.Subscriptions?.Shards ?? 0);
        Field(line, "multi", session.Has(SessionFlags.Multi) ? session.Queue?.Count ?? 0 : -1);
        Memory(line, session, argumentBytes);
        Field(line, "events", session.Output.IsEmpty || session.HasPendingOutput || session.HasPendingPushes ? "r" : "rw");
        Field(line, "cmd", session.LastCommand < 0 ? "NULL" : CommandTable.Infos[session.LastCommand].FullName);
        Field(line, "user", session.User);
        Field(line, "redir", Redirect(session));
        Field(line, "resp", session.Reply.Version == RespVersion.Resp3 ? 3 : 2);
        Field(line, "lib-name", Encoding.Latin1.GetString(session.LibraryName));
        Field(line, "lib-ver", Encoding.Latin1.GetString(session.LibraryVersion));
        line.Length--;
        return line.ToString();
    }

    /// <summary>The line of the client whose command is running: that command counts, with its arguments.</summary>
    public static string OfRequester(CommandContext c)
    {
        var argumentBytes = 0;
        for (var i = 0; i < c.Count; i++) argumentBytes += c[i].Length;
        c.Session.LastCommand = c.InTransaction ? CommandId.Exec : c.Info.Id;
        return Format(c.Session, c.NowMs, argumentBytes);
    }

    /// <summary>CLIENT GETREDIR: id of the session that gets its invalidation messages, 0 for itself, -1 without tracking.</summary>
    public static long Redirect(Session session) => session.Has(SessionFlags.Tracking) ? session.Tracking!.RedirectId : -1;

    // A reply that fits in one block counts as in the fixed buffer, more of it as in the list of buffers. What a replica has not been sent of the log is
    // its output: shared, but looked for here by whoever wants to know which replica is behind.
    private static void Memory(StringBuilder line, Session session, int argumentBytes)
    {
        var pending = session.Output.PendingBytes;
        var segments = session.Output.SegmentCount;
        var inFirst = segments <= 1 ? pending : Math.Min(pending, BlockPool.StandardCapacity);
        Field(line, "qbuf", session.Input.Pending);
        Field(line, "qbuf-free", session.Input.FreeBytes);
        Field(line, "argv-mem", argumentBytes);
        Field(line, "multi-mem", SessionMemory.QueuedBytes(session));
        Field(line, "rbs", BlockPool.StandardCapacity);
        Field(line, "rbp", BlockPool.StandardCapacity);
        Field(line, "obl", inFirst);
        Field(line, "oll", Math.Max(0, segments - 1));
        var log = session.ReplicaLink is ReplicaLink { IsReplica: true } link ? link.OutputMemoryBytes : 0;
        Field(line, "omem", pending - inFirst + log);
        Field(line, "tot-mem", SessionMemory.TotalBytes(session) + argumentBytes + log);
    }

    private static string Flags(Session session)
    {
        var flags = new StringBuilder();
        if (session.Has(SessionFlags.Monitor)) flags.Append('O');
        else if (session.Has(SessionFlags.Replica)) flags.Append('S');
        foreach (var (flag, letter) in Letters)
        {
            if (session.Has(flag)) flags.Append(letter);
        }

        return flags.Length == 0 ? "N" : flags.ToString();
    }

    private static void Field(StringBuilder line, string name, string value) => line.Append(name).Append('=').Append(value).Append(' ');

    private static void Field(StringBuilder line, string name, long value) => line.Append(name).Append('=').Append(value).Append(' ');
}
