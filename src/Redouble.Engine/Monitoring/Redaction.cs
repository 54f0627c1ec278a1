using Redouble.Engine.Sessions;

namespace Redouble.Engine.Monitoring;

/// <summary>What stands for a secret argument in the slow log and in MONITOR.</summary>
internal static class Redaction
{
    private const int LastBit = 63;

    public static ReadOnlySpan<byte> Text => "(redacted)"u8;

    /// <summary>Whether argument <paramref name="index"/> of the session's present command is secret.</summary>
    public static bool Hides(Session session, int index) => (session.Redacted >> Math.Min(index, LastBit) & 1) != 0;
}
