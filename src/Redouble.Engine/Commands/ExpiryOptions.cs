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

        Invalid(c);
        return false;
    }

    /// <summary>
    /// Reads the time of EXPIRE and its like, which may lie in the past, or replies with the error and returns false.
    /// </summary>
    public static bool TryReadAny(CommandContext c, int index, bool inSeconds, bool isAbsolute, out long expireAtMs)
    {
        if (!c.TryInteger(index, out expireAtMs)) return false;
        const long thousand = 1000;
        var fits = !inSeconds || expireAtMs is <= long.MaxValue / thousand and >= long.MinValue / thousand;
        if (fits && inSeconds) expireAtMs *= thousand;
        if (fits && isAbsolute) return true;
        if (fits && expireAtMs <= long.MaxValue - c.NowMs)
        {
            expireAtMs += c.NowMs;
            return true;
        }

        Invalid(c);
        return false;
    }

    /// <summary>
    /// Whether a key that is given this time is to be removed at once. Only a primary does so, and not while it loads: a replica keeps the key, hidden,
    /// until its primary tells.
    /// </summary>
    public static bool HasPassed(CommandContext c, long expireAtMs) => expireAtMs <= c.NowMs && !c.Node.IsReplica && !c.Node.IsLoading;

    /// <summary>How the removal of an expired key is told to replicas.</summary>
    public static ReadOnlySpan<byte> RemovalName(CommandContext c) => c.Config.LazyFreeLazyExpire ? "UNLINK"u8 : "DEL"u8;

    private static void Invalid(CommandContext c) => c.Reply.Error($"ERR invalid expire time in '{c.Info.FullName}' command");
}
