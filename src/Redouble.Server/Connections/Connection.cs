using Redouble.Engine.Sessions;
using Redouble.Server.Loop;
using Redouble.Server.Polling;

namespace Redouble.Server.Connections;

/// <summary>A client's socket with the session it speaks for.</summary>
public sealed class Connection(Session session, ITransport transport)
{
    /// <summary>The session.</summary>
    public Session Session { get; } = session;

    /// <summary>Its bytes in and out.</summary>
    public ITransport Transport { get; } = transport;

    /// <summary>What the poller watches it for.</summary>
    public PollInterest Interest { get; set; } = PollInterest.Read;

    /// <summary>Whether its socket took no more of what a replica is to get when it was tried last; the poller says when it does again.</summary>
    public bool WaitsForRoom { get; set; }

    /// <summary>What it has been sent as a replica; null before.</summary>
    public SendShare? Share { get; set; }

    /// <summary>
    /// Whether its session has requests that the loop goes on with: until then no more are read, as requests may be taken off an input once per batch only.
    /// </summary>
    public bool IsCarried { get; set; }

    /// <summary>Whether it has been closed.</summary>
    public bool IsClosed { get; set; }
}
