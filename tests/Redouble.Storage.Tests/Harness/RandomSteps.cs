using Redouble.Core.Memory;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Tests.Harness;

/// <summary>Random steps of a program: every structure-level operation of the keyspace.</summary>
internal sealed class RandomSteps(KeyspaceProgram program, int seed, int keys) : IDisposable
{
    private readonly Random _random = new(seed);
    private readonly List<(Block Block, string Value)> _lent = [];

    /// <summary>Values from this length on are blocks of their own.</summary>
    public int LargePermille { get; init; } = 15;

    /// <summary>Keys that come or go at once, so that segments split and merge under the walk.</summary>
    public int Burst { get; init; } = 40;

    public Random Random => _random;

    public void Next()
    {
        program.Relocating.Next();
        var db = _random.Next(KeyspaceProgram.DatabaseCount);
        var key = Key();
        switch (_random.Next(100))
        {
            case < 26:
                program.Set(db, key, Value(), Expiry());
                break;
            case < 34:
                Overwrite(db, key);
                break;
            case < 44:
                program.Delete(db, key);
                break;
            case < 52:
                program.SetExpiry(db, key, program.Keyspace.NowMs + _random.Next(-5, 2000));
                break;
            case < 56:
                program.RemoveExpiry(db, key);
                break;
            case < 66:
                Write(db, key);
                break;
            case < 72:
                program.Move(db, key, db, Key());
                break;
            case < 76:
                program.Move(db, key, _random.Next(KeyspaceProgram.DatabaseCount), key);
                break;
            case < 82:
                program.Copy(db, key, _random.Next(KeyspaceProgram.DatabaseCount), Key());
                break;
            case < 87:
                Lend(db, key);
                break;
            case < 92:
                program.Keyspace.NowMs += _random.Next(30);
                Expire(db);
                break;
            default:
                Seldom(db);
                break;
        }
    }

    /// <summary>Gives back what replies still read, unchanged as it must be.</summary>
    public void Dispose()
    {
        while (_lent.Count > 0) ReturnLent();
    }

    private string Key() => $"key:{_random.Next(keys)}";

    private string Value()
    {
        var length = _random.Next(1000) < LargePermille ? _random.Next(40) == 0 ? 17 * KeyspaceProgram.TicketStringMin : 16_000 + _random.Next(30_000) : _random.Next(3) == 0 ? _random.Next(700) : _random.Next(40);
        return new string((char)('a' + _random.Next(26)), length);
    }

    private long Expiry() => _random.Next(5) switch
    {
        0 => program.Keyspace.NowMs + _random.Next(-5, 3000),
        1 => KeyspaceOfNode.KeepExpiry,
        _ => -1,
    };

    /// <summary>SET with a value of the same length: in place, where the record is not a block.</summary>
    private void Overwrite(int db, string key)
    {
        if (!program.Find(db, key)) return;
        program.Set(db, key, new string((char)('A' + _random.Next(26)), program.Model[db][key].Value.Length), KeyspaceOfNode.KeepExpiry);
    }

    private void Write(int db, string key)
    {
        var length = program.Model[db].TryGetValue(key, out var entry) ? entry.Value.Length : 0;
        var offset = _random.Next(3) == 0 ? -1 : _random.Next(length + 50);
        var piece = new string((char)('a' + _random.Next(26)), _random.Next(100) == 0 ? 20_000 : _random.Next(60));
        program.Write(db, key, offset, piece, whole: _random.Next(8) == 0);
    }

    /// <summary>A reply takes a reference to a large string; the string may change or go while the reply is being sent.</summary>
    private void Lend(int db, string key)
    {
        if (_lent.Count > 8 || _random.Next(3) == 0) ReturnLent();
        var record = program.Keyspace[db].Read(KeyspaceProgram.Bytes(key), program.Hash(key));
        if (record.IsMissing || !record.IsBlock) return;
        record.Block.Retain();
        _lent.Add((record.Block, program.Model[db][key].Value));
    }

    private void ReturnLent()
    {
        if (_lent.Count == 0) return;
        var at = _random.Next(_lent.Count);
        var (block, value) = _lent[at];
        _lent.RemoveAt(at);
        Assert.Equal(value, System.Text.Encoding.Latin1.GetString(block.Written));
        program.Blocks.Release(block);
    }

    private void Expire(int db)
    {
        long ttls = 0;
        ulong cursor = (ulong)_random.NextInt64() << 1;
        for (var i = 0; i < 4; i++) cursor = program.Keyspace[db].ExpireBucket(cursor, ref ttls).Next;
    }

    private void Seldom(int db)
    {
        switch (_random.Next(40))
        {
            case 0:
                program.Flush(db);
                break;
            case 1:
                for (var i = 0; i < KeyspaceProgram.DatabaseCount; i++) program.Flush(i);
                break;
            case < 5:
                program.Swap(db, _random.Next(KeyspaceProgram.DatabaseCount));
                break;
            case < 20:
                BurstOfKeys(db);
                break;
            default:
                program.Keyspace.FreeSlice(_random.Next(1, 200));
                break;
        }
    }

    private void BurstOfKeys(int db)
    {
        var first = _random.Next(keys);
        var removes = _random.Next(2) == 0;
        for (var i = 0; i < Burst; i++)
        {
            var key = $"key:{(first + i) % keys}";
            if (removes) program.Delete(db, key);
            else program.Set(db, key, "burst", -1);
        }
    }
}
