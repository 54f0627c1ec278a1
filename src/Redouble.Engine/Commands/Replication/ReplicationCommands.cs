using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Blocking;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Replication;

namespace Redouble.Engine.Commands.Replication;

/// <summary>REPLICAOF, REPLCONF, PSYNC, SYNC, WAIT.</summary>
internal static class ReplicationCommands
{
    private const CommandFlags ForAdmins = CommandFlags.Admin | CommandFlags.NoScript;

    [Command("replicaof", Arity = 3, Flags = ForAdmins | CommandFlags.NoAsyncLoading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "5.0.0",
        Summary = "Makes the server a replica of another, or a primary.", Complexity = "O(1)",
        Syntax = "args=( host-port=( host port:integer ) | no-one=( NO ONE ) )")]
    [Command("slaveof", Arity = 3, Flags = ForAdmins | CommandFlags.NoAsyncLoading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "1.0.0",
        Summary = "Makes the server a replica of another, or a primary.", Complexity = "O(1)",
        Syntax = "args=( host-port=( host port:integer ) | no-one=( NO ONE ) )",
        Deprecated = "5.0.0", ReplacedBy = "`REPLICAOF`")]
    public static void ReplicaOf(CommandContext c)
    {
        if (c.Node.Replication.Failover.IsActive)
        {
            c.Reply.Error("ERR REPLICAOF not allowed while failing over."u8);
            return;
        }

        if (c.Is(1, "no"u8) && c.Is(2, "one"u8))
        {
            c.Node.Replication.ReplicaOfNoOne($"user request from '{ClientLine.OfRequester(c)}'");
            c.Reply.Ok();
            return;
        }

        if (c.Session.Has(SessionFlags.Replica))
        {
            c.Reply.Error("ERR Command is not valid when client is a replica."u8);
            return;
        }

        if (!Integers.TryParse(c[2], out var port) || port is < 0 or > 65535)
        {
            c.Reply.Error("ERR Invalid master port"u8);
            return;
        }

        var result = c.Node.Replication.ReplicaOf(Encoding.Latin1.GetString(c[1]), (int)port, ClientLine.OfRequester(c));
        if (result == ReplicaOfResult.Unchanged) c.Reply.Raw("+OK Already connected to specified master\r\n"u8);
        else c.Reply.Ok();
    }

    [Command("replconf", Arity = -1, Flags = ForAdmins | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.AllowBusy, Group = CommandGroup.Server,
        Since = "3.0.0",
        Summary = "Configures a replication link.", Complexity = "O(1)", System = true)]
    public static void ReplConf(CommandContext c) =>
        c.Node.Replication.LinkOf(c.Session).Replconf(Frame(c), c.Reply, c.Node.Parts.Clock.MonotonicMicroseconds);

    [Command("psync", Arity = -3, Flags = ForAdmins | CommandFlags.NoAsyncLoading | CommandFlags.NoMulti, Group = CommandGroup.Server, Since = "2.8.0",
        Summary = "Starts or resumes replication.", Syntax = "replicationid offset:integer")]
    public static void PSync(CommandContext c)
    {
        if (c.Session.Has(SessionFlags.Monitor)) return; // what it is shown would stand in the stream; Redis says nothing, either
        c.Node.Replication.LinkOf(c.Session).Psync(Frame(c), c.Reply, c.Node.Parts.Clock.MonotonicMicroseconds);
        c.Node.Replication.NoteReplica(c.Session);
    }

    [Command("sync", Arity = 1, Flags = ForAdmins | CommandFlags.NoAsyncLoading | CommandFlags.NoMulti, Group = CommandGroup.Server, Since = "1.0.0",
        Summary = "Starts replication.")]
    public static void Sync(CommandContext c)
    {
        if (c.Session.Has(SessionFlags.Monitor)) return;
        c.Node.Replication.LinkOf(c.Session).Sync(c.Reply, c.Node.Parts.Clock.MonotonicMicroseconds);
        c.Node.Replication.NoteReplica(c.Session);
    }

    [Command("role", Arity = 1, Flags = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        Acl = AclCategory.Admin | AclCategory.Dangerous,
        Group = CommandGroup.Server, Since = "2.8.12", Summary = "Tells the role in replication and its state.", Complexity = "O(1)")]
    public static void Role(CommandContext c) => Redouble.Engine.Replication.ReplicationInfo.ReplyRole(c.Node, c.Reply);

    [Command("wait", Arity = 3, Flags = CommandFlags.None, Acl = AclCategory.Connection, Group = CommandGroup.Generic, Since = "3.0.0",
        Summary = "Waits until replicas have acknowledged the writes of this connection.", Complexity = "O(1)", Syntax = "numreplicas:integer timeout:integer",
        Tips = "request_policy:all_shards response_policy:agg_min")]
    public static void Wait(CommandContext c)
    {
        if (c.Node.IsReplica)
        {
            c.Reply.Error(
                "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) "
                + "writes to replicas are just local and are not propagated.");
            return;
        }

        if (!c.TryInteger(1, out var replicas) || !Timeouts.TryMilliseconds(c, 2, out var deadlineMs)) return;
        var acknowledged = c.Node.Replication.Protocol.Replicas.CountAcknowledged(c.Session.LastWriteOffset);
        if (acknowledged >= replicas || !c.CanBlock)
        {
            c.Reply.Integer(acknowledged);
            return;
        }

        c.Node.Waits.Add(c.Session, replicas, c.Session.LastWriteOffset, deadlineMs);
        c.Node.Replication.Protocol.Replicas.RequestAcks();
    }

    [Command("waitaof", Arity = 4, Flags = CommandFlags.NoScript, Acl = AclCategory.Connection, Group = CommandGroup.Generic, Since = "7.2.0",
        Summary = "Waits until the writes of this connection are on disk, here and on replicas.", Complexity = "O(1)",
        Syntax = "numlocal:integer numreplicas:integer timeout:integer", Tips = "request_policy:all_shards response_policy:agg_min")]
    public static void WaitForFiles(CommandContext c)
    {
        if (!c.TryInteger(1, 0, 1, out var local) || !c.TryInteger(2, out var replicas)) return;
        if (replicas < 0)
        {
            c.Reply.Error("ERR value is out of range, must be positive"u8);
            return;
        }

        if (!Timeouts.TryMilliseconds(c, 3, out var deadlineMs)) return;
        if (c.Node.IsReplica)
        {
            c.Reply.Error(
                "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated.");
            return;
        }

        if (local > 0 && !c.Node.Config.AppendOnly)
        {
            c.Reply.Error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."u8);
            return;
        }

        var offset = c.Session.LastWriteOffset;
        var durable = c.Node.Waits.Durable(offset);
        if ((durable.Replicas >= replicas && (durable.Here || local == 0)) || !c.CanBlock)
        {
            Redouble.Engine.Blocking.WaitList.Reply(c.Reply, durable);
            return;
        }

        c.Node.Waits.AddForFiles(c.Session, local, replicas, offset, deadlineMs);
        c.Node.Replication.Protocol.Replicas.RequestAcks();
    }

    private static CommandFrame Frame(CommandContext c) => c.Arguments.AsFrame();
}
