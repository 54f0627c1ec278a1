using System.Buffers.Text;
using System.Text;

namespace Redouble.Engine.Commands.Table;

/// <summary>What a search for keys came to.</summary>
public enum KeySearchResult
{
    /// <summary>The keys were found; there may be none.</summary>
    Found,

    /// <summary>The command has neither key specs nor a method of its own.</summary>
    NoKeys,

    /// <summary>The arguments do not have the form that the specs describe.</summary>
    Invalid,
}

/// <summary>
/// Finds key arguments by key specs (source: the documented meaning of Redis' key specifications, and the behaviour of COMMAND GETKEYS in 7.0.15). The
/// generated
/// <c>CommandTable.FindKeys</c> adds the methods of commands whose keys no spec can describe.
/// </summary>
public static class KeyExtractor
{
    /// <summary>Adds the keys that the specs of <paramref name="info"/> find. With anything but <see cref="KeySearchResult.Found"/> the list is left
    /// empty.</summary>
    public static KeySearchResult FindBySpecs<TArgs>(CommandInfo info, TArgs args, KeyPositions keys)
        where TArgs : ICommandArguments, allows ref struct
    {
        keys.Clear();
        if (info.KeySpecs.Length == 0) return KeySearchResult.NoKeys;
        foreach (var spec in info.KeySpecs)
        {
            if ((spec.Flags & KeySpecFlags.NotKey) != KeySpecFlags.None) continue;
            if (!TryBegin(spec.Begin, args, out var begin)) return Fail(keys);
            if (begin == 0) continue;
            if (!TryRange(spec.Find, args, begin, out var first, out var last)) return Fail(keys);
            for (var i = first; i <= last; i += spec.Find.Step) keys.Add(i, spec.Flags);
            if ((spec.Flags & KeySpecFlags.Incomplete) != KeySpecFlags.None) return Fail(keys);
        }

        return KeySearchResult.Found;
    }

    /// <summary>Whether <paramref name="argument"/> is the word <paramref name="upperCase"/>, in any case.</summary>
    public static bool IsWord(ReadOnlySpan<byte> argument, string upperCase) =>
        argument.Length == upperCase.Length && Ascii.EqualsIgnoreCase(argument, upperCase);

    private static KeySearchResult Fail(KeyPositions keys)
    {
        keys.Clear();
        return KeySearchResult.Invalid;
    }

    /// <summary>Where the keys begin: 0 when an optional keyword is absent. False when only the command knows.</summary>
    private static bool TryBegin<TArgs>(BeginSearch search, TArgs args, out int begin)
        where TArgs : ICommandArguments, allows ref struct
    {
        begin = 0;
        switch (search.Kind)
        {
            case BeginSearchKind.Index:
                begin = search.Position;
                return true;
            case BeginSearchKind.Keyword:
                // The last argument (or, backwards, the one at 1) cannot be the keyword: nothing would follow it.
                var forward = search.Position > 0;
                var from = forward ? search.Position : args.Count + search.Position;
                var end = forward ? args.Count - 1 : 1;
                for (var i = from; forward ? i < end : i > end; i += forward ? 1 : -1)
                {
                    if (!IsWord(args[i], search.Keyword!)) continue;
                    begin = i + 1;
                    break;
                }

                return true;
            default:
                return false;
        }
    }

    private static bool TryRange<TArgs>(FindKeys find, TArgs args, int begin, out int first, out int last)
        where TArgs : ICommandArguments, allows ref struct
    {
        first = begin;
        last = 0;
        switch (find.Kind)
        {
            case FindKeysKind.Range when find.LastKey >= 0:
                last = begin + find.LastKey;
                break;
            case FindKeysKind.Range:
                last = find.Limit <= 1 ? args.Count + find.LastKey : begin + (args.Count - begin) / find.Limit + find.LastKey;
                break;
            case FindKeysKind.KeyNum:
                if (begin + find.KeyNumIndex >= args.Count || !TryCount(args[begin + find.KeyNumIndex], out var count)) return false;
                first = begin + find.FirstKey;
                // Checked before multiplying: a count beyond the arguments is an error whatever it is.
                if (count > args.Count) return false;
                last = first + ((int)count - 1) * find.Step;
                break;
            default:
                return false;
        }

        return first < args.Count && last < args.Count && last >= first;
    }

    private static bool TryCount(ReadOnlySpan<byte> text, out long count) =>
        Utf8Parser.TryParse(text, out count, out var used) && used == text.Length && text[0] != '+' && count >= 0;
}
