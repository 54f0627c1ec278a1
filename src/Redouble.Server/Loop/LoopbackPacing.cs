using System.Net;
using Redouble.Server.Polling;

namespace Redouble.Server.Loop;

/// <summary>
/// Nothing is paced within the machine. Where the system's TCP paces by default (BBR), what is sent over loopback leaves by timer, though
/// there is no link to spare: a third of what a further replica on the same machine costs its primary. A connection takes its
/// congestion control from the listener, and pacing once begun stays with it; so the listener has one that does not pace, and who
/// connects from elsewhere gets the system's back before the first reply. Where the system's does not pace nothing is changed.
/// </summary>
internal static class LoopbackPacing
{
    private const string Unpaced = "reno"; // in every kernel, and open to everybody

    /// <summary>
    /// Prepares a TCP listener before its first connection. Returns the system's own congestion control, for <see cref="Admit"/>; null when nothing was changed.
    /// </summary>
    public static string? Prepare(int listener, IPAddress address)
    {
        if (!IPAddress.IsLoopback(address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)) return null;
        if (!SocketOptions.GetCongestionControl(listener, out var system).IsDone || !system.StartsWith("bbr", StringComparison.Ordinal)) return null;
        return SocketOptions.SetCongestionControl(listener, Unpaced).IsDone ? system : null;
    }

    /// <summary>Gives a connection from elsewhere the <paramref name="system"/>'s congestion control back.</summary>
    public static void Admit(int descriptor, string? system, bool isLoopback)
    {
        if (system is not null && !isLoopback) SocketOptions.SetCongestionControl(descriptor, system);
    }
}
