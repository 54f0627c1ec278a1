using System.Text;
using Redouble.Core.Memory;
using Redouble.Engine.Execution;
using Redouble.Engine.Tests.Harness;
using Redouble.Replication.Log;

namespace Redouble.Engine.Tests.Execution;

public sealed class PropagationTests
{
    private const long Expiry = 1_700_000_000_000 + 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(BlockPool.StandardCapacity - 40)] // in the first block, with its commands
    [InlineData(BlockPool.StandardCapacity)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public void A_word_of_any_length_reaches_the_log_whole(int length)
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        var value = Value(length);
        node.DoWords("SET", "k", value, "EX", "100");
        Assert.Equal($"SELECT 0 | SET k {value} PXAT {Expiry}", tap.Take());
        node.DoWords("SET", "k", value, "GET");
        Assert.Equal($"SET k {value}", tap.Take());
        node.Do("MULTI");
        node.DoWords("SETEX", "k", "100", value);
        node.Do("INCR n");
        node.DoWords("SET", "k", value);
        node.DoWords("APPEND", "k", value);
        node.DoWords("set", value, "v", "get");
        node.Do("EXEC");
        Assert.Equal($"MULTI | SET k {value} PXAT {Expiry} | INCR n | SET k {value} | APPEND k {value} | set {value} v | EXEC", tap.Take());
    }

    [Fact]
    public void A_transaction_of_many_effects_reaches_the_log_whole_and_in_order()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do("MULTI");
        var expected = new StringBuilder("MULTI | SELECT 0");
        for (var i = 0; i < 3000; i++)
        {
            var value = Value(i % 500);
            node.DoWords("SET", $"key:{i}", value, "EX", "100");
            expected.Append(" | SET key:").Append(i).Append(' ').Append(value).Append(" PXAT ").Append(Expiry);
            if (i % 7 != 0) continue;
            node.DoWords("SET", $"other:{i}", value);
            expected.Append(" | SET other:").Append(i).Append(' ').Append(value);
        }

        node.Do("EXEC");
        Assert.Equal(expected.Append(" | EXEC").ToString(), tap.Take());
    }

    /// <summary>Five values of 512 MB were done and acknowledged; no replica could take them, and no start read them from the append-only file.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_transaction_that_is_too_long_for_a_unit_is_refused(bool isTold)
    {
        using var node = new EngineNode();
        var tap = isTold ? new StreamTap(node) : null;
        node.Node.Propagation.UnitBytesMax = 8 << 20;
        node.Do("MULTI");
        for (var i = 0; i < 3; i++) node.DoWords("SET", $"k{i}", Value(3_000_000));
        const string refusal = "-EXECABORT Transaction discarded because of: ERR it is too long to be replicated, or read again, as a whole|";
        Assert.Equal(isTold ? refusal : "*3|+OK|+OK|+OK|", node.Do("EXEC"));
        Assert.Equal(isTold ? ":0|" : ":3|", node.Do("DBSIZE"));
        Assert.Equal("", tap?.Take() ?? "");
        Assert.Equal("+OK|", node.Do("MULTI"));
    }

    /// <summary>Between transactions, whatever their length: a Redis before 7.4 would drop the transactions.</summary>
    [Theory]
    [InlineData(true, "[A 0 B 0] RESTORE k 0 P [A 0 B 0] HPEXPIREAT h A 0")]
    [InlineData(false, "[A 0 B 0 RESTORE k 0 P A 0 B 0 HPEXPIREAT h A 0] noted")]
    public void Effects_about_times_of_fields_are_known_in_any_length(bool hasForeignReader, string expected)
    {
        using var blocks = new BlockPool();
        var log = new Recorder { HasForeignReader = hasForeignReader };
        var propagation = new Propagation(log, blocks);
        var (name, payload) = (Encoding.ASCII.GetBytes(Value(20_000)), new byte[40_000]);
        payload[^10] = 12; // the version
        propagation.BeginUnit();
        propagation.Add(0, "A"u8, name);
        propagation.Add(0, "B"u8, name);
        propagation.Add(0, "RESTORE"u8, "k"u8, "0"u8, payload);
        propagation.Add(0, "A"u8, name);
        propagation.Add(0, "B"u8, name);
        propagation.Add(0, "HPEXPIREAT"u8, "h"u8);
        propagation.Add(0, "A"u8, name);
        Assert.True(propagation.HasStaged);
        propagation.EndUnit();
        Assert.False(propagation.HasStaged);
        Assert.Equal(0, blocks.LentBytes);
        var words = log.Text.ToString().Replace(Encoding.ASCII.GetString(name), "0", StringComparison.Ordinal)
            .Replace(Encoding.Latin1.GetString(payload), "P", StringComparison.Ordinal);
        Assert.Equal(expected, words);
    }

    /// <summary>So the log finds in the same memory the room for all that was copied, and a reply that takes what is left cannot take that.</summary>
    [Fact]
    public void What_has_gone_into_the_log_is_given_back_at_once()
    {
        using var node = new EngineNode("repl-backlog-size 100mb");
        var tap = new StreamTap(node);
        tap.Take();
        const int staged = 20 << 20;
        var propagation = node.Node.Propagation;
        var word = Encoding.ASCII.GetBytes(Value(500));
        var whole = Encoding.ASCII.GetBytes(Value(staged / 2));
        propagation.BeginUnit();
        propagation.Add(0, "A"u8, whole);
        for (var bytes = 0; bytes < staged / 2; bytes += word.Length) propagation.Add(0, "B"u8, word);
        var lent = node.Node.Blocks.LentBytes;
        propagation.EndUnit();
        Assert.InRange(node.Node.Blocks.LentBytes, staged, lent + (1 << 20));
        Assert.InRange(node.Node.Blocks.RetainedBytes, 0, 1 << 20);
    }

    private static string Value(int length) => string.Create(length, length, static (text, seed) =>
    {
        for (var i = 0; i < text.Length; i++) text[i] = (char)('a' + ((i + seed) * 7919 % 26));
    });

    /// <summary>Commands by their words, transactions in brackets.</summary>
    private sealed class Recorder : IEffectLog
    {
        private readonly StringBuilder _command = new();

        public StringBuilder Text { get; } = new();

        public bool IsActive => true;

        public bool HasForeignReader { get; init; }

        public long Offset => Text.Length;

        public void Append(int database, ReadOnlySpan<byte> command, AppendKind kind = AppendKind.Data)
        {
            AppendPart(database, command, kind);
            var words = _command.ToString().Split("\r\n");
            Separate();
            Text.AppendJoin(' ', words.Where(static (_, index) => index > 0 && index % 2 == 0));
            _command.Clear();
        }

        public void AppendPart(int database, ReadOnlySpan<byte> part, AppendKind kind)
        {
            Assert.Equal(0, database);
            _command.Append(Encoding.Latin1.GetString(part));
        }

        public void BeginUnit(int effects)
        {
            if (effects <= 1) return;
            Separate();
            Text.Append('[');
        }

        public void EndUnit(int effects)
        {
            if (effects > 1) Text.Append(']');
        }

        public void NoteFieldExpiry() => Text.Append(" noted");

        private void Separate()
        {
            if (Text.Length > 0 && Text[^1] != '[') Text.Append(' ');
        }
    }
}
