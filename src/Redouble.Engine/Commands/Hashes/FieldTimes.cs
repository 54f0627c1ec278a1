using Redouble.Core.Text;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;

namespace Redouble.Engine.Commands.Hashes;

/// <summary>What HEXPIRE and its like were told, read in Redis' order of errors.</summary>
internal struct FieldTimes
{
    /// <summary>When a time is set.</summary>
    public enum Rule : byte
    {
        Always,
        IfNone,
        IfAny,
        IfLater,
        IfEarlier,
    }

    /// <summary>Unix time in milliseconds.</summary>
    public long ExpireAtMs;

    /// <summary>The condition.</summary>
    public Rule Condition;

    /// <summary>Argument of the first field.</summary>
    public int FirstField;

    /// <summary>Fields, up to the last argument.</summary>
    public readonly int CountIn(CommandContext c) => c.Count - FirstField;

    /// <summary>Reads key, time, condition and fields; false after replying with the error.</summary>
    public static bool TryParse(CommandContext c, bool inSeconds, bool isAbsolute, out FieldTimes times)
    {
        const int conditionAt = 3;
        times = default;
        if (!TryReadTime(c, inSeconds, isAbsolute, out times.ExpireAtMs)) return false;
        times.Condition = c.Is(conditionAt, "nx"u8) ? Rule.IfNone
            : c.Is(conditionAt, "xx"u8) ? Rule.IfAny
            : c.Is(conditionAt, "gt"u8) ? Rule.IfLater
            : c.Is(conditionAt, "lt"u8) ? Rule.IfEarlier : Rule.Always;
        var word = times.Condition == Rule.Always ? conditionAt : conditionAt + 1;
        return TryReadFields(c, word, "ERR Parameter `numFields` should be greater than 0"u8, out times.FirstField);
    }

    /// <summary>Reads <c>FIELDS n field …</c> from an argument on; false after replying with the error.</summary>
    public static bool TryReadFields(CommandContext c, int word, ReadOnlySpan<byte> wrongNumber, out int firstField)
    {
        firstField = word + 2;
        if (!c.Is(word, "fields"u8)) c.Reply.Error("ERR Mandatory argument FIELDS is missing or not at the right position"u8);
        else if (!Integers.TryParse(c[word + 1], out var count) || count < 1) c.Reply.Error(wrongNumber);
        else if (count != c.Count - firstField) c.Reply.Error("ERR The `numfields` parameter must match the number of arguments"u8);
        else return true;
        return false;
    }

    /// <summary>Tells replicas the time of a field, as an effect beside others.</summary>
    public static void Tell(CommandContext c, ReadOnlySpan<byte> field, long expireAtMs)
    {
        var propagation = c.Propagation;
        if (!propagation.IsActive) return;
        const int words = 6;
        propagation.Begin(words);
        propagation.Argument("HPEXPIREAT"u8);
        propagation.Argument(c[1]);
        propagation.Argument(expireAtMs);
        propagation.Argument("FIELDS"u8);
        propagation.Argument(1);
        propagation.Argument(field);
        propagation.End(c.Session.Database);
    }

    /// <summary>Whether the condition allows the time for a field with that one (-1 for none, which counts as infinite).</summary>
    public readonly bool Allows(long currentMs) => Condition switch
    {
        Rule.IfNone => currentMs < 0,
        Rule.IfAny => currentMs >= 0,
        Rule.IfLater => currentMs >= 0 && ExpireAtMs > currentMs,
        Rule.IfEarlier => currentMs < 0 || ExpireAtMs < currentMs,
        _ => true,
    };

    private static bool TryReadTime(CommandContext c, bool inSeconds, bool isAbsolute, out long expireAtMs)
    {
        const long thousand = 1000;
        if (!c.TryInteger(2, out expireAtMs)) return false;
        if (expireAtMs < 0)
        {
            c.Reply.Error("ERR invalid expire time, must be >= 0"u8);
            return false;
        }

        var unit = inSeconds ? thousand : 1;
        if (expireAtMs <= HashWriter.ExpireAtMsMax / unit)
        {
            expireAtMs *= unit;
            if (!isAbsolute) expireAtMs += c.NowMs;
            if (expireAtMs <= HashWriter.ExpireAtMsMax) return true;
        }

        if (c.Session.Has(SessionFlags.Primary))
        {
            expireAtMs = HashWriter.ExpireAtMsMax; // a Valkey's times go further
            return true;
        }

        c.Reply.Error($"ERR invalid expire time in '{c.Info.FullName}' command");
        return false;
    }
}
