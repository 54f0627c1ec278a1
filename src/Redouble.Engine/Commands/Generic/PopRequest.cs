using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Generic;

/// <summary>What LMPOP, ZMPOP and the commands that wait ask for: elements from one end of the first of several keys that exists.</summary>
/// <param name="FirstKey">Argument of the first key.</param>
/// <param name="Keys">How many keys.</param>
/// <param name="Count">How many elements at most.</param>
/// <param name="FromFirst">From the head of a list, or the lowest score of a sorted set.</param>
internal readonly record struct PopRequest(int FirstKey, int Keys, long Count, bool FromFirst)
{
    /// <summary>Reads <c>numkeys key… first|last [COUNT count]</c>; false after replying with the error.</summary>
    /// <param name="c">The command.</param>
    /// <param name="numKeys">Argument of the number of keys.</param>
    /// <param name="first">Word for the first end, in lower case.</param>
    /// <param name="last">Word for the other.</param>
    /// <param name="request">What was asked for; one element where it does not say.</param>
    public static bool TryParse(CommandContext c, int numKeys, ReadOnlySpan<byte> first, ReadOnlySpan<byte> last, out PopRequest request)
    {
        request = default;
        if (!c.TryPositive(numKeys, "ERR numkeys should be greater than 0"u8, out var keys)) return false;
        var where = keys < c.Count ? numKeys + 1 + (int)keys : c.Count;
        if (where >= c.Count || !(c.Is(where, first) || c.Is(where, last)))
        {
            c.SyntaxError();
            return false;
        }

        var count = 0L;
        for (var i = where + 1; i < c.Count; i += 2)
        {
            if (count > 0 || i + 1 == c.Count || !c.Is(i, "count"u8))
            {
                c.SyntaxError();
                return false;
            }

            if (!c.TryPositive(i + 1, "ERR count should be greater than 0"u8, out count)) return false;
        }

        request = new PopRequest(numKeys + 1, (int)keys, Math.Max(1, count), c.Is(where, first));
        return true;
    }

    /// <summary>Finds the first key that exists; -1 for none. False when it holds another type, after replying so.</summary>
    public bool TryFind(CommandContext c, ValueType type, out int key, out ReadRecord record)
    {
        record = default;
        for (key = FirstKey; key < FirstKey + Keys; key++)
        {
            if (!Lookups.TryFind(c, key, type, out record)) return false;
            if (!record.IsMissing) return true;
        }

        key = -1;
        return true;
    }

    /// <summary>Waits for one of the keys, or says that there is none where that is not possible.</summary>
    public void Wait(CommandContext c, ValueType type, long deadlineMs)
    {
        if (c.CanBlock) c.BlockOnKeys(type, FirstKey, Keys, deadlineMs);
        else c.Reply.NullArray();
    }
}
