using Redouble.Engine.Blocking;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Streams;

/// <summary>The options of XREAD and XREADGROUP.</summary>
internal struct StreamReadOptions
{
    /// <summary>XREADGROUP.</summary>
    public bool IsGroup;

    /// <summary>Most entries of each stream; 0 for all.</summary>
    public long Count;

    /// <summary>Whether to wait.</summary>
    public bool Blocks;

    /// <summary>Unix time in milliseconds until when, 0 for ever.</summary>
    public long DeadlineMs;

    /// <summary>Whether what is delivered is not pending.</summary>
    public bool NoAck;

    /// <summary>Argument of the group's name, the consumer's follows; 0 for none.</summary>
    public int GroupAt;

    /// <summary>Argument of the first key.</summary>
    public int KeysAt;

    /// <summary>Keys; as many ids follow them.</summary>
    public int Keys;

    /// <summary>Reads them, or replies with Redis' error.</summary>
    public static bool TryParse(CommandContext c, bool isGroup, out StreamReadOptions options)
    {
        options = new StreamReadOptions { IsGroup = isGroup };
        for (var i = 1; i < c.Count && options.KeysAt == 0; i++)
        {
            if (!options.TryOption(c, ref i)) return false;
        }

        if (options.KeysAt == 0)
        {
            c.SyntaxError();
            return false;
        }

        if (!isGroup || options.GroupAt != 0) return true;
        c.Reply.Error("ERR Missing GROUP option for XREADGROUP"u8);
        return false;
    }

    private bool TryOption(CommandContext c, ref int i)
    {
        var more = c.Count - i - 1;
        if (more > 0 && c.Is(i, "block"u8))
        {
            Blocks = true;
            return Timeouts.TryMilliseconds(c, ++i, out DeadlineMs);
        }

        if (more > 0 && c.Is(i, "count"u8))
        {
            if (!c.TryInteger(++i, out Count)) return false;
            Count = Math.Max(0, Count);
            return true;
        }

        if (more > 0 && c.Is(i, "streams"u8))
        {
            KeysAt = i + 1;
            Keys = more / 2;
            if (more % 2 == 0) return true;
            c.Reply.Error($"ERR Unbalanced '{c.Info.FullName}' list of streams: for each stream key an ID or '{(IsGroup ? '>' : '$')}' must be specified.");
            return false;
        }

        if (more > 1 && c.Is(i, "group"u8))
        {
            if (!IsGroup) return OnlyForGroups(c, "GROUP");
            GroupAt = i + 1;
            i += 2;
            return true;
        }

        if (c.Is(i, "noack"u8))
        {
            if (!IsGroup) return OnlyForGroups(c, "NOACK");
            NoAck = true;
            return true;
        }

        c.SyntaxError();
        return false;
    }

    private static bool OnlyForGroups(CommandContext c, string option)
    {
        c.Reply.Error($"ERR The {option} option is only supported by XREADGROUP. You called XREAD instead.");
        return false;
    }
}
