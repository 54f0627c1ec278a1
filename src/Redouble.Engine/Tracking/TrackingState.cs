using Redouble.Engine.Sessions;

namespace Redouble.Engine.Tracking;

/// <summary>What CLIENT TRACKING has set for a session beside its flags. It stays, without effect, when tracking is switched off.</summary>
public sealed class TrackingState
{
    /// <summary>Id of the session that gets the messages instead; 0 for the session itself.</summary>
    public long RedirectId { get; internal set; }

    /// <summary>Prefixes of the keys it hears of in broadcasting mode, in ascending order.</summary>
    public IReadOnlyList<byte[]> Prefixes => PrefixList;

    /// <summary>The same session by its place.</summary>
    internal SessionHandle Redirect { get; set; } = SessionHandle.None;

    internal List<byte[]> PrefixList { get; } = [];
}
