using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Strings;

/// <summary>LCS.</summary>
internal static class LcsCommands
{
    private const int BytesPerCell = 4; // of the table that Redis would allocate: the limit is stated in its terms

    [Command("lcs", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.String, Keys = "RO access @1..+1", Group = CommandGroup.String,
        Since = "7.0.0",
        Summary = "Returns the longest common subsequence of two strings.", Complexity = "O(N*M) where N and M are the lengths of s1 and s2, respectively",
        Syntax = "key1:key key2:key [LEN] [IDX] [MINMATCHLEN min-match-len:integer] [WITHMATCHLEN]")]
    public static void Lcs(CommandContext c)
    {
        // The second look-up may find its key expired: that is a write, which the first record does not live through.
        Lookups.Read(c, 1);
        var second = Lookups.Read(c, 2);
        var first = c.Database.Peek(c[1], c.Hash(1));
        if (!IsStringOrMissing(first) || !IsStringOrMissing(second))
        {
            c.Reply.Error("ERR The specified keys must contain string values"u8);
            return;
        }

        if (!TryParse(c, out var options)) return;
        if (options.Length && options.Ranges)
        {
            c.Reply.Error("ERR If you want both the length and indexes, please just use IDX."u8);
            return;
        }

        var a = first.IsMissing ? [] : first.Value;
        var b = second.IsMissing ? [] : second.Value;
        if ((a.Length + 1L) * (b.Length + 1L) > c.Config.ProtoMaxBulkLen / BytesPerCell)
        {
            c.Reply.Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"u8);
            return;
        }

        var common = new LongestCommonSubsequence(a, b, withPath: !options.Length);
        if (options.Length) c.Reply.Integer(common.Length);
        else if (options.Ranges) ReplyRanges(c.Reply, common, a, b, options);
        else ReplyText(c.Reply, common, a, b);
    }

    private static bool IsStringOrMissing(ReadRecord record) => record.IsMissing || record.Type == ValueType.String;

    private static void ReplyText(ReplyWriter reply, LongestCommonSubsequence common, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var text = new byte[common.Length];
        var at = text.Length;
        int i = a.Length, j = b.Length;
        while (at > 0)
        {
            if (a[i - 1] == b[j - 1])
            {
                text[--at] = a[--i];
                j--;
            }
            else if (common.GoesUp(i, j))
            {
                i--;
            }
            else
            {
                j--;
            }
        }

        reply.Bulk(text);
    }

    private static void ReplyRanges(ReplyWriter reply, LongestCommonSubsequence common, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Options options)
    {
        reply.MapHeader(2);
        reply.Bulk("matches"u8);
        var matches = reply.BeginDeferred();
        long count = 0;
        int i = a.Length, j = b.Length;
        while (i > 0 && j > 0)
        {
            if (a[i - 1] != b[j - 1])
            {
                if (common.GoesUp(i, j)) i--;
                else j--;
                continue;
            }

            var (endA, endB) = (i - 1, j - 1);
            while (i > 0 && j > 0 && a[i - 1] == b[j - 1])
            {
                i--;
                j--;
            }

            var length = endA - i + 1;
            if (length < options.LengthMin) continue;
            reply.ArrayHeader(options.WithLengths ? 3 : 2);
            ReplyRange(reply, i, endA);
            ReplyRange(reply, j, endB);
            if (options.WithLengths) reply.Integer(length);
            count++;
        }

        reply.EndArray(matches, count);
        reply.Bulk("len"u8);
        reply.Integer(common.Length);
    }

    private static void ReplyRange(ReplyWriter reply, int start, int end)
    {
        reply.ArrayHeader(2);
        reply.Integer(start);
        reply.Integer(end);
    }

    private static bool TryParse(CommandContext c, out Options options)
    {
        options = default;
        for (var i = 3; i < c.Count; i++)
        {
            if (c.Is(i, "idx"u8))
            {
                options.Ranges = true;
            }
            else if (c.Is(i, "len"u8))
            {
                options.Length = true;
            }
            else if (c.Is(i, "withmatchlen"u8))
            {
                options.WithLengths = true;
            }
            else if (c.Is(i, "minmatchlen"u8) && i + 1 < c.Count)
            {
                if (!c.TryInteger(++i, out options.LengthMin)) return false;
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return true;
    }

    private struct Options
    {
        public bool Length;
        public bool Ranges;
        public bool WithLengths;
        public long LengthMin;
    }
}
