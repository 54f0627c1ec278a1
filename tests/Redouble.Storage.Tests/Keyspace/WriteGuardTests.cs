#if GUARDED
using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>A guarded build notices who looks at a record after a write.</summary>
public sealed class WriteGuardTests : IDisposable
{
    private readonly KeyspaceProgram _program = new();

    public WriteGuardTests() => _program.Set(0, "key", "value");

    private Database Database => _program.Keyspace[0];

    public static TheoryData<string> Writes =>
        ["set", "set other", "overwrite", "delete", "expire", "persist", "resize", "move", "copy", "flush", "swap", "expired"];

    [Theory]
    [MemberData(nameof(Writes))]
    public void A_record_and_its_spans_die_at_the_next_write(string write)
    {
        _program.Set(0, "other", "one");
        _program.Set(0, "mortal", "two", expireAtMs: _program.Keyspace.NowMs);
        _program.Keyspace.NowMs++;
        var record = Database.Read("key"u8, _program.Hash("key"));
        var key = record.Key;
        var value = record.Value;
        Assert.True(key.SequenceEqual("key"u8) && value.SequenceEqual("value"u8));
        Write(write);
        Assert.Equal(-1, key.IndexOfAnyExcept(WriteGuard.Poison));
        Assert.Equal(-1, value.IndexOfAnyExcept(WriteGuard.Poison));
        try
        {
            _ = record.ValueLength;
        }
        catch (InvalidOperationException)
        {
            return;
        }

        Assert.Fail("The record could still be used.");
    }

    [Fact]
    public void A_record_opened_for_writing_lives_until_somebody_elses_write()
    {
        var record = Database.OpenForWrite("key"u8, _program.Hash("key"));
        record.Resize(400).Fill((byte)'x');
        record.Resize(400)[0] = (byte)'y';
        record.Resize(3)[0] = (byte)'z';
        _program.Model[0]["key"] = new Entry("zxx", -1);
        _program.Set(1, "other", "value");
        try
        {
            _ = record.Type;
        }
        catch (InvalidOperationException)
        {
            return;
        }

        Assert.Fail("The record could still be used.");
    }

    [Fact]
    public void Reads_end_nobodys_life()
    {
        var first = Database.Read("key"u8, _program.Hash("key"));
        var value = first.Value;
        for (var i = 0; i < 1000; i++) Assert.False(Database.Read("key"u8, _program.Hash("key")).Value.IsEmpty);
        Assert.True(value.SequenceEqual("value"u8));
        Assert.Equal(5, first.ValueLength);
    }

    public void Dispose() => _program.Dispose();

    private void Write(string write)
    {
        switch (write)
        {
            case "set":
                _program.Set(1, "new", "value");
                break;
            case "set other":
                _program.Set(0, "other", "a value that does not fit into the place of the one that was there before it came");
                break;
            case "overwrite":
                _program.Set(0, "key", "VALUE");
                break;
            case "delete":
                _program.Delete(0, "other");
                break;
            case "expire":
                _program.SetExpiry(0, "other", 5_000_000);
                break;
            case "persist":
                _program.RemoveExpiry(0, "mortal");
                break;
            case "resize":
                _program.Write(0, "other", -1, "more");
                break;
            case "move":
                Assert.True(Database.MoveRecord("other"u8, _program.Hash("other"), _program.Keyspace[1], "else"u8, _program.Hash("else")));
                _program.Model[1]["else"] = _program.Model[0]["other"];
                _program.Model[0].Remove("other");
                break;
            case "copy":
                Assert.True(Database.CopyRecord("other"u8, _program.Hash("other"), _program.Keyspace[1], "else"u8, _program.Hash("else")));
                _program.Model[1]["else"] = _program.Model[0]["other"];
                break;
            case "flush":
                _program.Flush(0);
                break;
            case "swap":
                _program.Swap(1, 2);
                break;
            default:
                Assert.False(_program.Find(0, "mortal"));
                break;
        }
    }
}
#endif
