using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands;

/// <summary>Times as commands give them: relative or absolute, in seconds or milliseconds, made absolute milliseconds.</summary>
public static class ExpiryOptions
{
    /// <summary>
    /// Reads a time argument of SET, GETEX, SETEX and their like, or replies with the error and returns false.
    /// </summary>
    /// <param name="c">The command.</param>
    /// <param name="index">Argument that holds the number.</param>
    /// <param name="inSeconds">Whether it counts seconds.</param>
    /// <param name="isAbsolute">Whether it is unix time.</param>
    /// <param name="expireAtMs">Unix time in milliseconds.</param>
    public static bool TryRead(CommandContext c, int index, bool inSeconds, bool isAbsolute, out long expireAtMs)
    {
        if (!c.TryInteger(index, out expireAtMs)) return false;
        const long secondsMax = long.MaxValue / 1000;
        if (expireAtMs > 0 && !(inSeconds && expireAtMs > secondsMax))
        {
            if (inSeconds) expireAtMs *= 1000;
            if (isAbsolute) return true;
            if (expireAtMs <= long.MaxValue - c.NowMs)
            {
                expireAtMs += c.NowMs;
                return true;
            }
        }

        c.Reply.Error($"ERR invalid expire time in '{c.Info.FullName}' command");
        return false;
    }
}
