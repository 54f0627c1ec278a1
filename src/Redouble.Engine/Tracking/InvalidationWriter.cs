using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Tracking;

/// <summary>
/// Tells tracking sessions, or those they redirect to, which keys are not valid any more.
/// <code>
/// RESP3                              >2 invalidate  *n key …    or null for all keys
/// RESP2, redirected to, subscribed   *3 message __redis__:invalidate  *n key …    or null
/// RESP2 otherwise                    nothing: there is no place for it between the replies
/// redirected to one that is gone     >2 tracking-redir-broken id, to the tracking session if it speaks RESP3
/// </code>
/// </summary>
internal sealed class InvalidationWriter(Node node)
{
    private static ReadOnlySpan<byte> Channel => "__redis__:invalidate"u8;

    /// <summary>One key.</summary>
    public void WriteKey(Session tracking, ReadOnlySpan<byte> key)
    {
        if (Open(tracking, out var receiver) is not { } writer) return;
        writer.ArrayHeader(1);
        writer.Bulk(key);
        Close(receiver);
    }

    /// <summary>All keys: a null in the protocol version of the tracking session, whoever it is sent to, as in Redis.</summary>
    public void WriteAll(Session tracking)
    {
        if (Open(tracking, out var receiver) is not { } writer) return;
        writer.Raw(tracking.Reply.Version == RespVersion.Resp3 ? CommonReplies.NullResp3 : CommonReplies.NullBulkResp2);
        Close(receiver);
    }

    /// <summary>What has changed in a turn, as far as it concerns the session.</summary>
    public void WriteChanges(Session tracking, ChangedKeys keys)
    {
        if (Open(tracking, out var receiver) is not { } writer) return;
        keys.Write(writer, tracking);
        Close(receiver);
    }

    // The message up to its value, or null when there is nobody to tell.
    private ReplyWriter? Open(Session tracking, out Session receiver)
    {
        receiver = tracking;
        var isRedirected = tracking.Tracking!.RedirectId != 0;
        if (isRedirected)
        {
            if (node.Sessions.Find(tracking.Tracking.Redirect) is not { } redirect || redirect.Has(SessionFlags.CloseAsap))
            {
                ReportBroken(tracking);
                return null;
            }

            receiver = redirect;
        }

        var isResp3 = receiver.Reply.Version == RespVersion.Resp3;
        if ((!isResp3 && !(isRedirected && receiver.Has(SessionFlags.PubSub))) || !node.Clients.MayBeTold(receiver)) return null;
        var writer = node.Pushes.Open(receiver);
        if (isResp3)
        {
            writer.PushHeader(2);
            writer.Bulk("invalidate"u8);
            return writer;
        }

        writer.PushHeader(3);
        writer.Bulk("message"u8);
        writer.Bulk(Channel);
        return writer;
    }

    private void ReportBroken(Session tracking)
    {
        tracking.Flags |= SessionFlags.TrackingBroken;
        if (tracking.Reply.Version != RespVersion.Resp3 || !node.Clients.MayBeTold(tracking)) return;
        var writer = node.Pushes.Open(tracking);
        writer.PushHeader(2);
        writer.Bulk("tracking-redir-broken"u8);
        writer.Integer(tracking.Tracking!.RedirectId);
        Close(tracking);
    }

    private void Close(Session receiver)
    {
        if (receiver.Output.PendingBytes > 0) node.CheckOutputLimit(receiver);
    }
}
