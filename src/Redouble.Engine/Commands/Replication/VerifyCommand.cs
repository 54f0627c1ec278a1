using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Verification;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Commands.Replication;

/// <summary>REDOUBLE VERIFY.</summary>
internal static class VerifyCommand
{
    [Command("redouble|verify", Arity = -2, Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading, Group = CommandGroup.Server,
        Since = "7.2.0", Summary = "Compares the data set with that of the replicas, in the background.", Complexity = "O(1)", Syntax = "[STATUS]")]
    public static void Verify(CommandContext c)
    {
        var verification = c.Node.Verification;
        if (c.Count > 3 || (c.Count == 3 && !c.Is(2, "status"u8))) c.SyntaxError();
        else if (c.Count == 3) ReplyStatus(verification, c.Reply);
        else if (c.Node.IsReplica) c.Reply.Error("ERR REDOUBLE VERIFY compares a primary with its replicas, and this is a replica"u8);
        else if (verification.IsRunning) c.Reply.Error("ERR Background verification already in progress"u8);
        else Begin(c, verification);
    }

    private static void Begin(CommandContext c, VerificationService verification)
    {
        verification.Begin();
        c.Reply.SimpleString("Background verification started"u8);
    }

    private static void ReplyStatus(VerificationService verification, ReplyWriter reply)
    {
        var run = verification.Run;
        reply.MapHeader(3);
        reply.Bulk("state"u8);
        reply.Bulk(run == null ? "idle" : !run.IsMarked ? "waiting" : run.Round == 0 ? "buckets" : "keys");
        reply.Bulk("running"u8);
        if (run == null)
        {
            reply.Null();
        }
        else
        {
            reply.MapHeader(4);
            Field(reply, "round", run.Round);
            Field(reply, "keys-done", run.Progress.Done);
            Field(reply, "keys-total", run.Progress.Total);
            ReplyCopies(run.Copies, reply);
        }

        reply.Bulk("last"u8);
        if (verification.Last == null) reply.Null();
        else ReplyResult(verification.Last, reply);
    }

    private static void ReplyResult(VerificationResult result, ReplyWriter reply)
    {
        reply.MapHeader(8);
        reply.Bulk("result"u8);
        reply.Bulk(result.Word);
        reply.Bulk("error"u8);
        reply.Bulk(result.Error ?? "");
        Field(reply, "started-at-ms", result.StartedMs);
        Field(reply, "duration-ms", result.DurationMs);
        Field(reply, "offset", result.Offset);
        Field(reply, "keys", result.Keys);
        Field(reply, "replicas-not-asked", result.Skipped);
        ReplyCopies(result.Copies, reply);
    }

    private static void ReplyCopies(IReadOnlyList<CopyCheck> copies, ReplyWriter reply)
    {
        reply.Bulk("replicas"u8);
        reply.ArrayHeader(copies.Count);
        foreach (var copy in copies)
        {
            reply.MapHeader(10);
            reply.Bulk("address"u8);
            reply.Bulk(copy.Address);
            Field(reply, "port", copy.Port);
            reply.Bulk("state"u8);
            reply.Bulk(VerificationWords.Of(copy.State));
            reply.Bulk("reason"u8);
            reply.Bulk(copy.Reason);
            Field(reply, "keys-done", copy.Progress.Done);
            Field(reply, "keys-total", copy.Progress.Total);
            Field(reply, "differing-buckets", copy.DifferingBuckets);
            Field(reply, "unexamined-buckets", copy.UnexaminedBuckets);
            Field(reply, "differing-keys", copy.DifferingKeys);
            reply.Bulk("differences"u8);
            reply.ArrayHeader(copy.Listed.Count);
            foreach (var key in copy.Listed) ReplyKey(key, reply);
        }
    }

    private static void ReplyKey(DifferingKey key, ReplyWriter reply)
    {
        reply.ArrayHeader(3);
        reply.Integer(key.Database);
        reply.Bulk(key.Name);
        reply.Bulk(VerificationWords.Of(key.Difference));
    }

    private static void Field(ReplyWriter reply, string name, long value)
    {
        reply.Bulk(name);
        reply.Integer(value);
    }
}
