using System.Buffers.Binary;
using Redouble.Core.Checksums;
using Redouble.Engine.Persistence;
using Redouble.Engine.Tests.Harness;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Tests.Commands.Generic;

public sealed class DumpCommandsTests
{
    [Theory]
    [InlineData("12345")]
    [InlineData("hello")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void What_dump_returns_restore_takes(string value)
    {
        using var node = new EngineNode();
        node.Do($"SET k {value}");
        var payload = Dump(node, "k");
        Assert.Equal("+OK|", node.DoWords("RESTORE", "l", "0", payload));
        Assert.Equal($"${value.Length}|{value}|", node.Do("GET l"));
        Assert.Equal(node.Do("OBJECT ENCODING k"), node.Do("OBJECT ENCODING l"));
    }

    [Theory]
    [InlineData("0", "", "RESTORE l 0 P")]
    [InlineData("1000", "", "RESTORE l 1700000001000 P ABSTTL")]
    [InlineData("1000", "REPLACE FREQ 3", "RESTORE l 1700000001000 P REPLACE FREQ 3 ABSTTL")]
    [InlineData("1700000001000", "absttl", "RESTORE l 1700000001000 P absttl")]
    [InlineData("5", "ABSTTL", "")]
    public void Replicas_are_told_the_moment(string ttl, string options, string stream)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        var payload = Dump(node, "k");
        var tap = new StreamTap(node);
        Assert.Equal("+OK|", node.DoWords(["RESTORE", "l", ttl, payload, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));
        Assert.Equal(stream.Length == 0 ? "" : "SELECT 0 | " + stream, tap.Take().Replace(payload, "P", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0", "", "SELECT 0 | RESTORE l 0 P REPLACE")]
    [InlineData("5", "ABSTTL", "SELECT 0 | DEL l")]
    public void An_expired_key_is_replaced_without_a_word_of_its_own(string ttl, string option, string stream)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        var payload = Dump(node, "k");
        node.Do("SET l v PX 3");
        node.Clock.Advance(10);
        var tap = new StreamTap(node);
        Assert.Equal("+OK|", node.DoWords(["RESTORE", "l", ttl, payload, "REPLACE", .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));
        Assert.Equal(stream, tap.Take().Replace(payload, "P", StringComparison.Ordinal));
    }

    /// <summary>It was heeded for files only.</summary>
    [Fact]
    public void DEBUG_lets_payloads_with_a_wrong_checksum_pass()
    {
        using var node = new EngineNode("enable-debug-command yes");
        node.Do("SET k v");
        var payload = Dump(node, "k");
        var altered = payload[..^1] + (char)(payload[^1] ^ 1);
        Assert.Equal("-ERR DUMP payload version or checksum are wrong|", node.DoWords("RESTORE", "l", "0", altered));
        node.Do("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1");
        Assert.Equal("+OK|", node.DoWords("RESTORE", "l", "0", altered));
        Assert.Equal("$1|v|", node.Do("GET l"));
        node.Do("DEBUG SET-SKIP-CHECKSUM-VALIDATION 0");
        Assert.StartsWith("-ERR DUMP payload", node.DoWords("RESTORE", "m", "0", altered), StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_of_a_newer_version_is_sent_on_in_one_that_all_replicas_read()
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        var old = Dump(node, "k");
        var newer = System.Text.Encoding.Latin1.GetString(new DumpWriter(RdbDialect.Rdb11, compress: false).Write(RdbType.String, "v"u8));
        Assert.NotEqual(old, newer);
        var tap = new StreamTap(node);
        Assert.Equal("+OK|", node.DoWords("RESTORE", "l", "0", newer));
        Assert.Equal("SELECT 0 | RESTORE l 0 " + old, tap.Take());
    }

    // Replicas of Redis 7.0 read the version, and then do not know the type.
    [Theory]
    [InlineData("SADD k a b")]
    [InlineData("XADD k 1-1 f v")]
    public void A_payload_whose_type_is_newer_than_its_trailer_says_is_sent_on_in_one_that_all_replicas_read(string command)
    {
        using var node = new EngineNode();
        node.Do(command);
        var old = Dump(node, "k");
        var newer = new DumpWriter(RdbDialect.Rdb11, compress: false);
        var record = node.Node.Keyspace[0].Peek("k"u8, node.Node.Keyspace.Hash("k"u8));
        if (command[0] == 'S') newer.Begin(RdbType.SetListpack).WriteElement(record.Value);
        else ValueEncoder.WritePayload(newer.Begin(RdbType.StreamListpacks3), node.Node.Keyspace, record);
        var payload = newer.End().ToArray();
        payload[^10] = 10;
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(payload.Length - 8), Crc64.Append(0, payload.AsSpan(0, payload.Length - 8)));
        var tap = new StreamTap(node);
        Assert.Equal("+OK|", node.DoWords("RESTORE", "l", "0", System.Text.Encoding.Latin1.GetString(payload)));
        Assert.Equal("SELECT 0 | RESTORE l 0 " + old, tap.Take());
    }

    [Fact]
    public void A_payload_that_has_expired_only_removes_what_it_replaces()
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        var payload = Dump(node, "k");
        var tap = new StreamTap(node);
        Assert.Equal("+OK|", node.DoWords("RESTORE", "k", "5", payload, "ABSTTL", "REPLACE"));
        Assert.Equal(":0|", node.Do("EXISTS k"));
        Assert.Equal("SELECT 0 | DEL k", tap.Take());
    }

    [Theory]
    [InlineData("k 0 P", "-BUSYKEY Target key name already exists.|")]
    [InlineData("l -1 P", "-ERR Invalid TTL value, must be >= 0|")]
    [InlineData("l abc P", "-ERR value is not an integer or out of range|")]
    [InlineData("l 0 x", "-ERR DUMP payload version or checksum are wrong|")]
    [InlineData("l 0 P IDLETIME -1", "-ERR Invalid IDLETIME value, must be >= 0|")]
    [InlineData("l 0 P FREQ 256", "-ERR Invalid FREQ value, must be >= 0 and <= 255|")]
    [InlineData("l 0 P FREQ 1 IDLETIME 1", "-ERR syntax error|")]
    [InlineData("l 0 P FREQ", "-ERR syntax error|")]
    [InlineData("k abc P FREQ x", "-ERR value is not an integer or out of range|")]
    public void Bad_arguments_are_refused_in_order(string arguments, string reply)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        var payload = Dump(node, "k");
        Assert.Equal(reply, node.DoWords(["RESTORE", .. arguments.Split(' ').Select(word => word == "P" ? payload : word)]));
        Assert.Equal(":0|", node.Do("EXISTS l"));
    }

    [Fact]
    public void A_payload_with_any_byte_changed_is_refused()
    {
        using var node = new EngineNode();
        node.Do("SET k hello");
        var payload = Dump(node, "k");
        for (var i = 0; i < payload.Length; i++)
        {
            var damaged = payload.ToCharArray();
            damaged[i] ^= (char)1;
            Assert.Equal("-ERR DUMP payload version or checksum are wrong|", node.DoWords("RESTORE", "l", "0", new string(damaged)));
        }
    }

    [Fact]
    public void Idle_time_and_frequency_are_kept_by_policy()
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        var payload = Dump(node, "k");
        node.DoWords("RESTORE", "l", "0", payload, "IDLETIME", "100");
        Assert.Equal(":100|", node.Do("OBJECT IDLETIME l"));
        Assert.StartsWith("-ERR An LFU maxmemory policy is not selected", node.Do("OBJECT FREQ l"), StringComparison.Ordinal);
        using var lfu = new EngineNode("maxmemory-policy allkeys-lfu");
        lfu.DoWords("RESTORE", "l", "0", payload, "FREQ", "100");
        Assert.Equal(":100|", lfu.Do("OBJECT FREQ l"));
        lfu.Clock.Advance(3 * 60_000);
        Assert.Equal(":97|", lfu.Do("OBJECT FREQ l"));
        Assert.StartsWith("-ERR An LFU maxmemory policy is selected", lfu.Do("OBJECT IDLETIME l"), StringComparison.Ordinal);
    }

    private static string Dump(EngineNode node, string key)
    {
        // The reply shows CRLF as a bar; no payload of these tests contains either.
        var reply = node.Do($"DUMP {key}");
        var start = reply.IndexOf('|', StringComparison.Ordinal) + 1;
        return reply[start..^1];
    }
}
