using Redouble.Engine.Tests.Harness;
using static Redouble.Engine.Tests.Tracking.TrackingNode;

namespace Redouble.Engine.Tests.Tracking;

/// <summary>Default mode: who has read a key is told once when it changes. Seen on redis-server 7.0.15, and 7.2 where that differs.</summary>
public sealed class ClientTrackingTests
{
    [Fact]
    public void A_reader_is_told_of_the_first_change_and_no_further_one()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do("GET k", reader);
        node.Do("SET k 1");
        Assert.Equal(Invalid("k"), node.Told(reader));
        node.Do("SET k 2");
        Assert.Equal("", node.Told(reader));
        node.Do("GET k", reader);
        node.Do("DEL k");
        Assert.Equal(Invalid("k"), node.Told(reader));
    }

    [Theory]
    [InlineData("MGET a b c", "MSET c 1 a 1 x 1", "c a")]
    [InlineData("EXISTS a b", "MSETNX a 1 b 1", "a b")]
    [InlineData("TYPE a", "APPEND a x", "a")]
    [InlineData("OBJECT ENCODING a", "SET a x", "a")]
    [InlineData("TTL a", "INCR a", "a")]
    [InlineData("STRLEN a", "SETRANGE a 5 x", "a")]
    [InlineData("LCS a b", "SETEX b 100 x", "b")]
    [InlineData("SET a b", "SET a c", "")]
    [InlineData("GETDEL a", "SET a c", "")]
    [InlineData("DBSIZE", "SET a c", "")]
    [InlineData("KEYS *", "SET a c", "")]
    public void Only_the_keys_of_commands_that_only_read_are_remembered(string read, string write, string told)
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do(read, reader);
        node.Do(write);
        var keys = told.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(string.Concat(keys.Select(key => Invalid(key))), node.Told(reader));
    }

    [Theory]
    [InlineData("SET k 2")]
    [InlineData("GETSET k 2")]
    [InlineData("GETDEL k")]
    [InlineData("GETEX k EX 100")]
    [InlineData("EXPIRE k 100")]
    [InlineData("EXPIRE k -1")]
    [InlineData("UNLINK k")]
    [InlineData("MOVE k 1")]
    [InlineData("RENAME k z")]
    [InlineData("COPY other k REPLACE")]
    [InlineData("INCRBYFLOAT k 1")]
    public void Whatever_changes_a_key_invalidates_it(string write)
    {
        using var node = new TrackingNode();
        node.Do("MSET k 1 other 2");
        var reader = node.Tracker();
        node.Do("GET k", reader);
        node.Do(write);
        Assert.Equal(Invalid("k"), node.Told(reader));
    }

    [Theory]
    [InlineData("SETNX k 2")]
    [InlineData("SET k 2 NX")]
    [InlineData("PERSIST k")]
    [InlineData("GETEX k")]
    [InlineData("EXPIRE k 100 GT")]
    [InlineData("RENAMENX other k")]
    [InlineData("COPY other k")]
    [InlineData("DEL nokey")]
    [InlineData("SETRANGE k 0 ")]
    [InlineData("SWAPDB 0 1")]
    public void What_changes_nothing_invalidates_nothing(string write)
    {
        using var node = new TrackingNode();
        node.Do("MSET k 1 other 2");
        var reader = node.Tracker();
        node.Do("MGET k other nokey", reader);
        node.Do(write);
        Assert.Equal("", node.Told(reader));
        Assert.Equal(3, node.Node.Tracking.KeyCount);
    }

    [Theory]
    [InlineData("HDEL h nofield", "")]
    [InlineData("HSETNX h f 2", "")]
    [InlineData("SREM s nomember", "")]
    [InlineData("SADD s m", "")]
    [InlineData("HDEL h nofield f", "h")]
    [InlineData("HSETNX h g 2", "h")]
    [InlineData("SREM s nomember m", "s")]
    [InlineData("SADD s n", "s")]
    public void A_collection_that_stays_as_it_was_has_not_changed(string write, string told)
    {
        using var node = new TrackingNode();
        node.Do("HSET h f 1");
        node.Do("SADD s m");
        var reader = node.Tracker();
        node.Do("HGET h f", reader);
        node.Do("SCARD s", reader);
        node.Do(write);
        Assert.Equal(told.Length == 0 ? "" : Invalid(told), node.Told(reader));
    }

    [Fact]
    public void Databases_are_one_to_a_cache()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do("GET k", reader);
        node.Do("SELECT 3");
        node.Do("SET k 1");
        Assert.Equal(Invalid("k"), node.Told(reader));
    }

    [Fact]
    public void A_renamed_key_is_told_of_before_its_new_name()
    {
        using var node = new TrackingNode();
        node.Do("MSET s 1 d 2");
        var reader = node.Tracker();
        node.Do("MGET d s", reader);
        node.Do("RENAME s d");
        Assert.Equal(Invalid("s") + Invalid("d"), node.Told(reader));
    }

    [Fact]
    public void What_has_expired_under_a_new_name_is_told_of_before_both()
    {
        using var node = new TrackingNode();
        node.Do("SET s 1");
        node.Do("SET d 2 PX 10");
        var reader = node.Tracker();
        node.Do("MGET d s", reader);
        node.Engine.Clock.Advance(20);
        node.Do("RENAME s d");
        Assert.Equal(Invalid("d") + Invalid("s"), node.Told(reader));
    }

    [Fact]
    public void The_writer_itself_is_told_behind_its_reply()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do("MGET a b", reader);
        Assert.Equal("+OK|" + Invalid("b") + Invalid("a"), node.Do("MSET b 1 a 1", reader));
    }

    [Fact]
    public void A_transaction_is_told_behind_the_whole_of_it()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do("MULTI", reader);
        node.Do("GET a", reader);
        node.Do("SET a 1", reader);
        node.Do("GET b", reader);
        node.Do("SET b 1", reader);
        node.Do("GET c", reader);
        Assert.Equal("*5|_|+OK|_|+OK|_|" + Invalid("a") + Invalid("b"), node.Do("EXEC", reader));
        node.Do("SET c 1");
        Assert.Equal(Invalid("c"), node.Told(reader));
    }

    [Fact]
    public void NOLOOP_spares_the_writer_and_nobody_else()
    {
        using var node = new TrackingNode();
        var quiet = node.Tracker("NOLOOP");
        var other = node.Tracker();
        node.Do("GET k", quiet);
        node.Do("GET k", other);
        Assert.Equal("+OK|", node.Do("SET k 1", quiet));
        Assert.Equal("", node.Told(quiet));
        Assert.Equal(Invalid("k"), node.Told(other));
        node.Do("GET k", quiet);
        node.Do("SET k 2");
        Assert.Equal(Invalid("k"), node.Told(quiet));
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHDB")]
    [InlineData("FLUSHALL ASYNC")]
    public void A_flush_is_null_for_all_who_track(string flush)
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        var broadcast = node.Tracker("BCAST");
        var none = node.Resp3();
        node.Do("GET k", reader);
        node.Do(flush);
        Assert.Equal(AllInvalid, node.Told(reader));
        Assert.Equal(AllInvalid, node.Told(broadcast));
        Assert.Equal("", node.Told(none));
        Assert.Equal((0, 0), (node.Node.Tracking.KeyCount, node.Node.Tracking.ItemCount));
        Assert.Equal("+OK|" + AllInvalid, node.Do(flush, reader));
    }

    [Fact]
    public void An_expired_key_is_told_of_when_it_is_removed()
    {
        using var node = new TrackingNode();
        node.Do("SET k 1 PX 10");
        var reader = node.Tracker();
        var quiet = node.Tracker("NOLOOP");
        node.Do("GET k", reader);
        node.Do("GET k", quiet);
        node.Engine.Clock.Advance(20);
        // As in Redis, who runs into the expired key is the one who changed it.
        Assert.Equal("_|", node.Do("GET k", quiet));
        Assert.Equal(Invalid("k"), node.Told(reader));
        // And it has read the key again.
        node.Do("SET k 1");
        Assert.Equal(Invalid("k"), node.Told(quiet));
    }

    [Fact]
    public void A_key_that_expires_by_itself_is_told_of()
    {
        using var node = new TrackingNode();
        node.Do("SET k 1 PX 10");
        var reader = node.Tracker();
        var broadcast = node.Tracker("BCAST NOLOOP");
        node.Do("GET k", reader);
        node.Engine.Clock.Advance(20);
        node.Node.BeginTurn(node.Engine.Clock.MonotonicMicroseconds);
        node.Node.Expiry.Tick();
        node.Node.BackgroundSlice(node.Engine.Clock.MonotonicMicroseconds, busy: false);
        Assert.Equal(Invalid("k"), node.Engine.Take(reader));
        Assert.Equal(Invalid("k"), node.Engine.Take(broadcast));
    }

    [Fact]
    public void OPTIN_and_OPTOUT_go_by_CLIENT_CACHING_for_one_command()
    {
        using var node = new TrackingNode();
        var optIn = node.Tracker("OPTIN");
        var optOut = node.Tracker("OPTOUT");
        node.Do("GET a", optIn);
        node.Do("CLIENT CACHING YES", optIn);
        node.Do("CLIENT ID", optIn); // CLIENT itself is not the next command
        node.Do("GET b", optIn);
        node.Do("GET c", optIn);
        node.Do("GET a", optOut);
        node.Do("CLIENT CACHING NO", optOut);
        node.Do("GET b", optOut);
        node.Do("GET c", optOut);
        node.Do("MSET a 1 b 1 c 1");
        Assert.Equal(Invalid("b"), node.Told(optIn));
        Assert.Equal(Invalid("a") + Invalid("c"), node.Told(optOut));
    }

    [Fact]
    public void CLIENT_CACHING_within_a_transaction_does_not_outlast_it()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker("OPTOUT");
        node.Do("MULTI", reader);
        node.Do("CLIENT CACHING NO", reader);
        node.Do("GET a", reader);
        node.Do("EXEC", reader);
        node.Do("GET b", reader);
        node.Do("MSET a 1 b 1");
        Assert.Equal(Invalid("b"), node.Told(reader));
    }

    [Fact]
    public void CLIENT_CACHING_holds_for_a_whole_transaction()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker("OPTIN");
        node.Do("CLIENT CACHING YES", reader);
        node.Do("MULTI", reader);
        node.Do("GET a", reader);
        node.Do("GET b", reader);
        node.Do("EXEC", reader);
        node.Do("GET c", reader);
        node.Do("MSET a 1 b 1 c 1");
        Assert.Equal(Invalid("a") + Invalid("b"), node.Told(reader));
    }

    [Theory]
    [InlineData("CLIENT NOSUCH", false)]
    [InlineData("NOSUCH", false)]
    [InlineData("PING", false)]
    [InlineData("CLIENT GETNAME", true)]
    [InlineData("CLIENT GETNAME x", true)]
    public void What_comes_between_CLIENT_CACHING_and_the_read(string between, bool stillCaching)
    {
        using var node = new TrackingNode();
        var reader = node.Tracker("OPTIN");
        node.Do("CLIENT CACHING YES", reader);
        node.Do(between, reader);
        node.Do("GET a", reader);
        node.Do("SET a 1");
        Assert.Equal(stillCaching ? Invalid("a") : "", node.Told(reader));
    }

    [Fact]
    public void A_silenced_client_hears_of_changes_all_the_same()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do("CLIENT REPLY OFF", reader);
        Assert.Equal("", node.Do("MGET a b", reader));
        node.Do("SET b 1");
        Assert.Equal(Invalid("b"), node.Told(reader));
        Assert.Equal(Invalid("a"), node.Do("SET a 1", reader));
        Assert.Equal(AllInvalid, node.Do("FLUSHALL", reader));
    }

    [Fact]
    public void Who_stops_tracking_or_goes_is_told_nothing()
    {
        using var node = new TrackingNode();
        var stops = node.Tracker();
        var resets = node.Tracker();
        var goes = node.Tracker();
        var stays = node.Tracker();
        foreach (var session in new[] { stops, resets, goes, stays }) node.Do("GET k", session);
        Assert.Equal((1, 4), (node.Node.Tracking.KeyCount, node.Node.Tracking.ItemCount));
        node.Do("CLIENT TRACKING OFF", stops);
        node.Do("RESET", resets);
        var goesIn = goes.Handle.Slot;
        node.Node.RemoveSession(goes);
        var newcomer = node.Tracker();
        Assert.Equal(goesIn, newcomer.Handle.Slot);
        node.Do("SET k 1");
        foreach (var session in new[] { stops, resets, newcomer }) Assert.Equal("", node.Told(session));
        Assert.Equal(Invalid("k"), node.Told(stays));
        Assert.Equal((0, 0), (node.Node.Tracking.KeyCount, node.Node.Tracking.ItemCount));
    }

    [Fact]
    public void What_was_read_before_counts_again_when_tracking_goes_on()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do("GET k", reader);
        node.Do("CLIENT TRACKING OFF", reader);
        node.Do("CLIENT TRACKING ON", reader);
        node.Do("SET k 1");
        Assert.Equal(Invalid("k"), node.Told(reader));
        node.Do("GET k", reader);
        node.Do("CLIENT TRACKING OFF", reader);
        node.Do("SET k 2");
        node.Do("CLIENT TRACKING ON", reader);
        node.Do("SET k 3");
        Assert.Equal("", node.Told(reader));
    }

    [Fact]
    public void The_keyspace_reports_changes_only_while_somebody_is_concerned()
    {
        using var node = new TrackingNode();
        Assert.False(node.Node.Keyspace.ReportModifications);
        var reader = node.Tracker();
        Assert.True(node.Node.Keyspace.ReportModifications);
        node.Do("GET k", reader);
        node.Do("CLIENT TRACKING OFF", reader);
        Assert.True(node.Node.Keyspace.ReportModifications);
        node.Do("SET k 1");
        Assert.False(node.Node.Keyspace.ReportModifications);
        node.Do("CLIENT TRACKING ON", reader);
        node.Do("MGET a b c", reader);
        node.Node.RemoveSession(reader); // the last one: nobody could be told any more
        Assert.False(node.Node.Keyspace.ReportModifications);
        Assert.Equal(0, node.Node.Tracking.KeyCount);
        while (node.Node.Tracking.FreeSlice(64))
        {
        }

        Assert.False(node.Node.Tracking.CanFree);
    }

    [Fact]
    public void A_replica_tells_of_what_its_primary_changes()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        var broadcast = node.Tracker("BCAST NOLOOP");
        node.Do("GET k", reader);
        var primary = node.Node.Replication.PrimarySession;
        node.Engine.Feed(primary, EngineNode.Encode("SET", "k", "1"));
        Assert.Equal(Invalid("k"), node.Told(reader));
        Assert.Equal(Invalid("k"), node.Told(broadcast));
        node.Do("GET k", reader);
        node.Node.FlushAll(); // what a full sync begins with
        Assert.Equal(AllInvalid, node.Told(reader));
    }

    [Fact]
    public void DEBUG_RELOAD_is_a_flush_and_a_merge_is_no_change()
    {
        using var node = new TrackingNode("enable-debug-command yes");
        node.Do("SET k 1");
        var reader = node.Tracker();
        node.Do("GET k", reader);
        Assert.Equal("+OK|" + AllInvalid, node.Do("DEBUG RELOAD", reader));
        node.Do("GET k", reader);
        node.Do("WATCH k", reader);
        Assert.Equal("+OK|", node.Do("DEBUG RELOAD NOFLUSH MERGE", reader));
        node.Do("MULTI", reader);
        Assert.Equal("*0|", node.Do("EXEC", reader));
    }

    [Fact]
    public void A_client_that_tracks_and_becomes_a_replica_gets_its_stream_and_nothing_else()
    {
        using var node = new TrackingNode("repl-diskless-sync-delay 0");
        var session = node.Tracker();
        node.Do("GET k", session);
        node.Do("PSYNC ? -1", session);
        node.Do("SET k 1");
        Assert.Equal("", node.Told(session));
        Assert.True(session.Has(Sessions.SessionFlags.CloseAsap));
    }
}
