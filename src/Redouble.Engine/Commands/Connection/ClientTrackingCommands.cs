using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Commands.Connection;

/// <summary>CLIENT TRACKING, CACHING, GETREDIR, TRACKINGINFO: client-side caching.</summary>
internal static class ClientTrackingCommands
{
    [Command("client|tracking", Arity = -3, Flags = ClientCommands.ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "6.0.0",
        Summary = "Lets the connection hear when keys change that it has read.", Complexity = "O(1). Some options may introduce additional complexity.",
        Syntax = "status=( ON | OFF ) [REDIRECT client-id:integer] [PREFIX prefix+...] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]")]
    public static void Tracking(CommandContext c)
    {
        if (!TryReadOptions(c, out var options, out var redirect, out var prefixes)) return;
        if (c.Is(2, "off"u8))
        {
            c.Node.Tracking.Disable(c.Session);
        }
        else if (!c.Is(2, "on"u8))
        {
            c.SyntaxError();
            return;
        }
        else if (Refusal(c.Session, options, prefixes) is { } refusal)
        {
            c.Reply.Error(refusal);
            return;
        }
        else
        {
            c.Node.Tracking.Enable(c.Session, options, redirect, prefixes);
        }

        c.Reply.Ok();
    }

    [Command("client|caching", Arity = 3, Flags = ClientCommands.ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "6.0.0",
        Summary = "Decides whether the keys of the next command are tracked.", Complexity = "O(1)", Syntax = "mode=( YES | NO )")]
    public static void Caching(CommandContext c)
    {
        var session = c.Session;
        var yes = c.Is(2, "yes"u8);
        if (!session.Has(SessionFlags.Tracking))
        {
            c.Reply.Error("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"u8);
        }
        else if (!yes && !c.Is(2, "no"u8))
        {
            c.SyntaxError();
        }
        else if (!session.Has(yes ? SessionFlags.TrackingOptIn : SessionFlags.TrackingOptOut))
        {
            c.Reply.Error(yes ? "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."u8
                : "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."u8);
        }
        else
        {
            session.Flags |= SessionFlags.TrackingCaching;
            c.Reply.Ok();
        }
    }

    [Command("client|getredir", Arity = 2, Flags = ClientCommands.ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "6.0.0",
        Summary = "Returns the connection that gets the invalidation messages of this one.", Complexity = "O(1)")]
    public static void GetRedirect(CommandContext c) => c.Reply.Integer(ClientLine.Redirect(c.Session));

    [Command("client|trackinginfo", Arity = 2, Flags = ClientCommands.ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "6.2.0",
        Summary = "Describes the connection's tracking.", Complexity = "O(1)")]
    public static void TrackingInfo(CommandContext c)
    {
        var reply = c.Reply;
        var caching = c.Session.Has(SessionFlags.TrackingCaching);
        reply.MapHeader(3);
        reply.Bulk("flags"u8);
        var header = reply.BeginDeferred();
        var count = 1;
        reply.Bulk(c.Session.Has(SessionFlags.Tracking) ? "on"u8 : "off"u8);
        Flag(SessionFlags.TrackingBroadcast, "bcast"u8);
        Flag(SessionFlags.TrackingOptIn, "optin"u8);
        if (caching) Flag(SessionFlags.TrackingOptIn, "caching-yes"u8);
        Flag(SessionFlags.TrackingOptOut, "optout"u8);
        if (caching) Flag(SessionFlags.TrackingOptOut, "caching-no"u8);
        Flag(SessionFlags.TrackingNoLoop, "noloop"u8);
        Flag(SessionFlags.TrackingBroken, "broken_redirect"u8);
        reply.EndSet(header, count);
        reply.Bulk("redirect"u8);
        reply.Integer(ClientLine.Redirect(c.Session));
        reply.Bulk("prefixes"u8);
        var prefixes = c.Session.Tracking?.Prefixes ?? [];
        reply.ArrayHeader(prefixes.Count);
        foreach (var prefix in prefixes) reply.Bulk(prefix);

        void Flag(SessionFlags flag, ReadOnlySpan<byte> name)
        {
            if (!c.Session.Has(flag)) return;
            reply.Bulk(name);
            count++;
        }
    }

    private static bool TryReadOptions(CommandContext c, out SessionFlags options, out Session? redirect, out List<byte[]> prefixes)
    {
        options = SessionFlags.None;
        redirect = null;
        prefixes = [];
        for (var i = 3; i < c.Count; i++)
        {
            if (c.Is(i, "redirect"u8) && i + 1 < c.Count)
            {
                if (!TryReadRedirect(c, ++i, ref redirect)) return false;
            }
            else if (c.Is(i, "bcast"u8))
            {
                options |= SessionFlags.TrackingBroadcast;
            }
            else if (c.Is(i, "optin"u8))
            {
                options |= SessionFlags.TrackingOptIn;
            }
            else if (c.Is(i, "optout"u8))
            {
                options |= SessionFlags.TrackingOptOut;
            }
            else if (c.Is(i, "noloop"u8))
            {
                options |= SessionFlags.TrackingNoLoop;
            }
            else if (c.Is(i, "prefix"u8) && i + 1 < c.Count)
            {
                prefixes.Add(c[++i].ToArray());
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return true;
    }

    private static bool TryReadRedirect(CommandContext c, int index, ref Session? redirect)
    {
        if (redirect != null)
        {
            c.Reply.Error("ERR A client can only redirect to a single other client"u8);
            return false;
        }

        if (!c.TryInteger(index, out var id)) return false;
        redirect = c.Node.Sessions.FindById(id);
        if (redirect == null) c.Reply.Error("ERR The client ID you want redirect to does not exist"u8);
        return redirect != null;
    }

    // Why the options do not fit together, or not to what the session has set before.
    private static string? Refusal(Session session, SessionFlags options, List<byte[]> prefixes)
    {
        const SessionFlags opt = SessionFlags.TrackingOptIn | SessionFlags.TrackingOptOut;
        var broadcast = (options & SessionFlags.TrackingBroadcast) != 0;
        if (!broadcast && prefixes.Count > 0) return "ERR PREFIX option requires BCAST mode to be enabled";
        if (session.Has(SessionFlags.Tracking) && session.Has(SessionFlags.TrackingBroadcast) != broadcast)
        {
            return "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.";
        }

        if (broadcast && (options & opt) != 0) return "ERR OPTIN and OPTOUT are not compatible with BCAST";
        if ((options & opt) == opt) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
        if ((options & opt) != 0 && session.Has(opt & ~options))
        {
            return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.";
        }

        return broadcast ? Collision(session, prefixes) : null;
    }

    // A session that heard of a key by two of its prefixes would hear of it twice.
    private static string? Collision(Session session, List<byte[]> prefixes)
    {
        for (var i = 0; i < prefixes.Count; i++)
        {
            foreach (var existing in session.Tracking?.Prefixes ?? [])
            {
                if (Overlap(prefixes[i], existing)) return CollisionText(prefixes[i], "an existing", existing);
            }

            for (var j = i + 1; j < prefixes.Count; j++)
            {
                if (Overlap(prefixes[i], prefixes[j])) return CollisionText(prefixes[i], "another provided", prefixes[j]);
            }
        }

        return null;
    }

    private static bool Overlap(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => left.StartsWith(right) || right.StartsWith(left);

    private static string CollisionText(ReadOnlySpan<byte> prefix, string which, ReadOnlySpan<byte> other) =>
        $"ERR Prefix '{ErrorText.Shown(prefix)}' overlaps with {which} prefix '{ErrorText.Shown(other)}'. Prefixes for a single client must not overlap.";
}
