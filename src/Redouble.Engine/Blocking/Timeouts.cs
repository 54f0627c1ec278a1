using Redouble.Core.Text;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Blocking;

/// <summary>Timeouts of blocking commands, read as deadlines: unix time in milliseconds, 0 for none.</summary>
public static class Timeouts
{
    /// <summary>Reads seconds with a fraction, rounded up to milliseconds (BLPOP and its like), or replies with Redis' error and returns false.</summary>
    public static bool TrySeconds(CommandContext c, int index, out long deadlineMs)
    {
        deadlineMs = 0;
        if (LongDouble.TryParse(c[index], out var seconds)) return TryDeadline(c, seconds.CeilingOfProduct(1000), out deadlineMs);
        c.Reply.Error("ERR timeout is not a float or out of range"u8);
        return false;
    }

    /// <summary>Reads milliseconds (WAIT, XREAD), or replies with Redis' error and returns false.</summary>
    public static bool TryMilliseconds(CommandContext c, int index, out long deadlineMs)
    {
        deadlineMs = 0;
        if (Integers.TryParse(c[index], out var timeoutMs)) return TryDeadline(c, timeoutMs, out deadlineMs);
        c.Reply.Error("ERR timeout is not an integer or out of range"u8);
        return false;
    }

    private static bool TryDeadline(CommandContext c, long timeoutMs, out long deadlineMs)
    {
        deadlineMs = timeoutMs == 0 ? 0 : unchecked(c.NowMs + timeoutMs);
        if (timeoutMs >= 0 && timeoutMs <= long.MaxValue - c.NowMs) return true;
        c.Reply.Error(timeoutMs < 0 ? "ERR timeout is negative"u8 : "ERR timeout is out of range"u8);
        return false;
    }
}
