using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Lists;

/// <summary>LPOS.</summary>
internal static class LPosCommand
{
    private struct Options()
    {
        public long Rank = 1;
        public long Count = -1;     // matches wanted, 0 for all; -1: one, and no array
        public long LengthMax;      // elements to look at, 0 for all
    }

    [Command("lpos", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.List, Keys = "RO access @1", Group = CommandGroup.List, Since = "6.0.6",
        Summary = "Returns the indexes of elements of a value.",
        Complexity = "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of "
            + "the list, or when the MAXLEN option is provided, the command may run in constant time.",
        Syntax = "key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]")]
    public static void LPos(CommandContext c)
    {
        if (!TryParse(c, out var options)) return;
        if (!Lookups.TryRead(c, 1, ValueType.List, out var record)) return;
        var list = new ListReader(c.Keyspace, record);
        if (options.Count < 0)
        {
            var index = FindOne(c, list, options);
            if (index >= 0) c.Reply.Integer(index);
            else c.Reply.Null();
            return;
        }

        if (record.IsMissing) c.Reply.ArrayHeader(0);
        else WriteAll(c, list, options);
    }

    private static long FindOne(CommandContext c, ListReader list, in Options options)
    {
        var matches = new Matches(list, c[2], options);
        return matches.MoveNext() ? matches.Index : -1;
    }

    private static void WriteAll(CommandContext c, ListReader list, in Options options)
    {
        var header = c.Reply.BeginDeferred();
        var matches = new Matches(list, c[2], options);
        long written = 0;
        while ((options.Count == 0 || written < options.Count) && matches.MoveNext())
        {
            c.Reply.Integer(matches.Index);
            written++;
        }

        c.Reply.EndArray(header, written);
    }

    private static bool TryParse(CommandContext c, out Options options)
    {
        options = new Options();
        for (var i = 3; i < c.Count; i += 2)
        {
            var hasValue = i + 1 < c.Count;
            if (hasValue && c.Is(i, "rank"u8))
            {
                if (!c.TryInteger(i + 1, -long.MaxValue, long.MaxValue, out options.Rank)) return false;
                if (options.Rank != 0) continue;
                c.Reply.Error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "u8
                    + "or use negative to start from the end of the list"u8);
                return false;
            }

            if (hasValue && c.Is(i, "count"u8))
            {
                if (!TryNotNegative(c, i + 1, "ERR COUNT can't be negative"u8, out options.Count)) return false;
            }
            else if (hasValue && c.Is(i, "maxlen"u8))
            {
                if (!TryNotNegative(c, i + 1, "ERR MAXLEN can't be negative"u8, out options.LengthMax)) return false;
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return true;
    }

    private static bool TryNotNegative(CommandContext c, int index, ReadOnlySpan<byte> error, out long value)
    {
        if (Integers.TryParse(c[index], out value) && value >= 0) return true;
        c.Reply.Error(error);
        return false;
    }

    /// <summary>The elements that equal a value, from one end of the list.</summary>
    private ref struct Matches
    {
        private readonly ReadOnlySpan<byte> _text;
        private readonly bool _isInteger;
        private readonly long _number;
        private readonly bool _backwards;
        private readonly long _length;
        private long _left;     // elements to look at
        private long _skipped;  // matches still to pass over
        private long _looked;
        private ListCursor _cursor;

        public Matches(ListReader list, ReadOnlySpan<byte> text, in Options options)
        {
            _text = text;
            _isInteger = Integers.TryParse(text, out _number);
            _backwards = options.Rank < 0;
            _skipped = Math.Abs(options.Rank) - 1;
            _length = list.Count;
            _left = options.LengthMax == 0 ? _length : Math.Min(_length, options.LengthMax);
            _cursor = list.Seek(_backwards ? -1 : 0);
        }

        /// <summary>Index of the match from the head.</summary>
        public long Index { get; private set; }

        public bool MoveNext()
        {
            while (_looked < _left)
            {
                var isMatch = IsMatch(_cursor.Value);
                Index = _backwards ? _length - 1 - _looked : _looked;
                _looked++;
                if (_backwards) _cursor.MovePrevious();
                else _cursor.MoveNext();
                if (isMatch && _skipped-- <= 0) return true;
            }

            return false;
        }

        private readonly bool IsMatch(PackedValue element) =>
            element.IsInteger ? _isInteger && element.Integer == _number : element.Bytes.SequenceEqual(_text);
    }
}
