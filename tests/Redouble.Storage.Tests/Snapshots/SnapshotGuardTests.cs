#if GUARDED
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Snapshots;

/// <summary>A guarded build notices who changes a record behind a snapshot's back.</summary>
public sealed class SnapshotGuardTests : IDisposable
{
    private readonly KeyspaceProgram _program = new();

    public SnapshotGuardTests()
    {
        for (var i = 0; i < 50; i++) _program.Set(0, $"key:{i}", $"value {i}", i % 2 == 0 ? 5_000_000 : -1);
    }

    [Fact]
    public void A_value_changed_without_a_word_is_noticed_by_the_walk()
    {
        var check = new SnapshotCheck(_program);
        var record = Record("key:17");
        record.Value[0] ^= 1;
        Assert.Throws<InvalidOperationException>(check.Finish);
        record.Value[0] ^= 1;
    }

    [Fact]
    public void So_is_an_expiry()
    {
        var record = Record("key:16");
        var check = new SnapshotCheck(_program);
        record.ExpireAtMs++;
        Assert.Throws<InvalidOperationException>(check.Finish);
        record.ExpireAtMs--;
    }

    /// <summary>SETBIT that sets a bit which is set makes "1" raw, and changes nothing.</summary>
    [Fact]
    public void What_the_bytes_of_a_string_are_called_may_change()
    {
        _program.Set(0, "number", "1");
        SetEncoding(Redouble.Storage.Keyspace.ValueEncoding.Integer);
        var check = new SnapshotCheck(_program);
        SetEncoding(Redouble.Storage.Keyspace.ValueEncoding.Raw);
        check.Finish();

        void SetEncoding(Redouble.Storage.Keyspace.ValueEncoding encoding) =>
            _program.Keyspace[0].SetEncoding(KeyspaceProgram.Bytes("number"), _program.Hash("number"), encoding);
    }

    [Fact]
    public void It_is_noticed_by_the_write_that_saves_the_record()
    {
        _ = new SnapshotCheck(_program);
        var record = Record("key:17");
        record.Value[0] ^= 1;
        Assert.Throws<InvalidOperationException>(() => _program.Delete(0, "key:17"));
        record.Value[0] ^= 1;
    }

    [Fact]
    public void A_record_stamped_without_being_saved_is_missed_at_the_end()
    {
        var check = new SnapshotCheck(_program);
        var record = Record("key:17");
        record.Epoch = _program.Keyspace.Epoch;
        Assert.Throws<InvalidOperationException>(check.Finish);
    }

    [Fact]
    public void A_record_that_is_not_the_snapshots_is_noticed()
    {
        var check = new SnapshotCheck(_program);
        _program.Set(0, "new", "value");
        var record = Record("new");
        record.Epoch--;
        Assert.Throws<InvalidOperationException>(check.Finish);
    }

    [Fact]
    public void Reads_move_the_access_clock_and_nobody_minds()
    {
        var check = new SnapshotCheck(_program);
        _program.Keyspace.AccessClock++;
        for (var i = 0; i < 50; i++) Assert.True(_program.Find(0, $"key:{i}"));
        check.Finish();
    }

    public void Dispose() => _program.Dispose();

    private Record Record(string key) => _program.Keyspace[0].Table.Records.Find(KeyspaceProgram.Bytes(key), _program.Hash(key)).Record;
}
#endif
