using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>What look-ups and changes do with a key whose time has passed, by the policy in force.</summary>
public sealed class ExpiryPolicyTests : IDisposable
{
    private const string Key = "expired";
    private readonly KeyspaceProgram _program = new();

    public ExpiryPolicyTests()
    {
        _program.Set(0, Key, "old", expireAtMs: 2_000_000);
        _program.Keyspace.NowMs = 2_000_001;
    }

    private Database Database => _program.Keyspace[0];

    private byte[] Name => KeyspaceProgram.Bytes(Key);

    private ulong Hash => _program.Hash(Key);

    [Theory]
    [InlineData(ExpiryPolicy.Remove, true, 0)]
    [InlineData(ExpiryPolicy.Hide, true, 1)]
    [InlineData(ExpiryPolicy.Ignore, false, 1)]
    public void Readers(ExpiryPolicy policy, bool missing, int present)
    {
        _program.Keyspace.ExpiryPolicy = policy;
        Assert.Equal(missing, Database.Peek(Name, Hash).IsMissing);
        Assert.Equal(present, Database.Count);
        Assert.Equal(missing, Database.Read(Name, Hash).IsMissing);
        Assert.Equal(1 - present, _program.Expired);
    }

    [Fact]
    public void A_key_is_there_until_its_very_millisecond_has_passed()
    {
        _program.Keyspace.NowMs = 2_000_000;
        Assert.False(Database.Read(Name, Hash).IsMissing);
    }

    [Theory]
    [InlineData(ExpiryPolicy.Remove)]
    [InlineData(ExpiryPolicy.Hide)]
    public void A_change_finds_no_key_and_removes_what_was_hidden(ExpiryPolicy policy)
    {
        _program.Keyspace.ExpiryPolicy = policy;
        Assert.True(Database.OpenForWrite(Name, Hash).IsMissing);
        AssertRemoved(times: 1);
        SetExpired();
        Assert.False(Database.SetExpiry(Name, Hash, 3_000_000));
        AssertRemoved(times: 2);
        SetExpired();
        Assert.False(Database.RemoveExpiry(Name, Hash));
        AssertRemoved(times: 3);
        SetExpired();
        Assert.True(Database.ReadForWrite(Name, Hash).IsMissing);
        AssertRemoved(times: 4);
    }

    [Theory]
    [InlineData(ExpiryPolicy.Remove)]
    [InlineData(ExpiryPolicy.Hide)]
    public void SetString_replaces_it_and_has_no_expiry_to_keep(ExpiryPolicy policy)
    {
        _program.Keyspace.ExpiryPolicy = policy;
        _program.Set(0, Key, "new", KeyspaceOfNode.KeepExpiry);
        Assert.Equal(1, _program.Expired);
        Assert.Equal(-1, Database.Read(Name, Hash).ExpireAtMs);
        _program.AssertEqual();
    }

    [Fact]
    public void Ignored_it_is_changed_like_any_other()
    {
        _program.Keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
        _program.Set(0, Key, "new", KeyspaceOfNode.KeepExpiry);
        Assert.Equal(2_000_000, Database.Read(Name, Hash).ExpireAtMs);
        Assert.False(Database.OpenForWrite(Name, Hash).IsMissing);
        Assert.True(Database.SetExpiry(Name, Hash, 1));
        Assert.True(Database.RemoveExpiry(Name, Hash));
        Assert.Equal(0, _program.Expired);
        _program.Keyspace.Flush(0);
        _program.Model[0].Clear();
    }

    /// <summary>DEL by a client of a writable replica deletes what GET does not show it: Redis counts it.</summary>
    [Theory]
    [InlineData(ExpiryPolicy.Remove, false, 1)]
    [InlineData(ExpiryPolicy.Hide, true, 0)]
    [InlineData(ExpiryPolicy.Ignore, true, 0)]
    public void Delete_counts_it_where_it_is_hidden(ExpiryPolicy policy, bool deleted, int expired)
    {
        _program.Keyspace.ExpiryPolicy = policy;
        Assert.Equal(deleted, Database.Delete(Name, Hash));
        Assert.Equal((0, expired), (Database.Count, _program.Expired));
        _program.Model[0].Clear();
    }

    [Fact]
    public void The_active_cycle_removes_it_and_adds_up_the_others()
    {
        for (var i = 0; i < 100; i++) _program.Set(0, $"key:{i}", "v", 2_000_001 + i);
        ulong cursor = 0;
        long ttls = 0;
        int looked = 0, removed = 0;
        do
        {
            var step = Database.ExpireBucket(cursor, ref ttls);
            (cursor, looked, removed) = (step.Next, looked + step.Looked, removed + step.Removed);
        }
        while (cursor != 0);
        Assert.Equal((101, 1, 99L * 100 / 2), (looked, removed, ttls));
        _program.AssertEqual();
    }

    public void Dispose() => _program.Dispose();

    private void SetExpired()
    {
        var policy = _program.Keyspace.ExpiryPolicy;
        _program.Keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
        _program.Set(0, Key, "again", expireAtMs: 2_000_000);
        _program.Keyspace.ExpiryPolicy = policy;
    }

    private void AssertRemoved(int times)
    {
        Assert.Equal(times, _program.Expired);
        Assert.Equal((0, 0), (Database.Count, Database.ExpiresCount));
    }
}
