using System.Text;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Collections;

/// <summary>
/// A packed value is no longer than a gigabyte, here a thousand bytes, whatever the limits of its elements. There once was no such bound: three values of
/// 400 MB in a hash ended the process at the next DUMP, and beyond 2 GB its length was a negative number.
/// </summary>
public sealed class PackedLimitTests
{
    private const int BytesMax = 1000;

    [Theory]
    [InlineData("hash", 300)]
    [InlineData("hash", 20)]
    [InlineData("hash", 1)]
    [InlineData("timed hash", 300)]
    [InlineData("timed hash", 10)]
    [InlineData("hash that gets times", 300)]
    [InlineData("hash that gets times", 10)]
    [InlineData("set", 300)]
    [InlineData("set", 20)]
    [InlineData("integers", 0)]
    [InlineData("integers and a word", 0)]
    [InlineData("sorted set", 300)]
    [InlineData("sorted set", 20)]
    public void A_value_that_grows_leaves_its_packed_form(string kind, int length)
    {
        using var program = new SortedSetProgram(1, 1, 1);
        Lift(program);
        var packed = 0;
        for (var i = 0; ; i++)
        {
            Add(program, kind, i, length);
            var record = program.Keyspace[0].Peek("k"u8, program.Keyspace.Hash("k"u8));
            if (record.Encoding is ValueEncoding.HashTable or ValueEncoding.SkipList) break;
            packed = Math.Max(packed, record.Value.Length);
            Assert.InRange(record.Value.Length, 0, BytesMax + 100);
        }

        // Integers count as eight bytes, and their digits as twenty.
        var least = kind == "hash that gets times" ? BytesMax / 4 : length == 0 ? BytesMax / 5 : BytesMax / 2;
        Assert.InRange(packed, least, BytesMax + 100);
        program.Keyspace[0].Delete("k"u8, program.Keyspace.Hash("k"u8));
    }

    [Theory]
    [InlineData(ValueType.Hash)]
    [InlineData(ValueType.Set)]
    [InlineData(ValueType.SortedSet)]
    public void A_value_that_is_loaded_leaves_its_packed_form(ValueType type)
    {
        foreach (var (length, expireAtMs) in new[] { (300, -1L), (20, -1L), (20, 5_000_000L), (0, -1L) })
        {
            using var program = new SortedSetProgram(1, 1, 1);
            Lift(program);
            var loader = new KeyspaceLoader(program.Keyspace);
            loader.Builder.Begin(type, 100);
            for (var i = 0; i < 500; i++)
            {
                Assert.True(type switch
                {
                    ValueType.Hash => loader.Builder.AddField(Name(i, length), Name(i, length), expireAtMs),
                    ValueType.Set => loader.Builder.AddMember(Name(i, length)),
                    _ => loader.Builder.AddScore(Name(i, length), i),
                });
            }

            Assert.True(loader.Builder.Complete());
            Assert.True(loader.AddBuilt(0, "k"u8, -1, -1) && loader.Flush());
            var encoding = program.Keyspace[0].Peek("k"u8, program.Keyspace.Hash("k"u8)).Encoding;
            Assert.Equal(type == ValueType.SortedSet ? ValueEncoding.SkipList : ValueEncoding.HashTable, encoding);
        }
    }

    private static void Lift(SortedSetProgram program)
    {
        var limits = program.Keyspace.Limits;
        limits.PackedBytesMax = BytesMax;
        limits.HashMaxListpackEntries = limits.SetMaxListpackEntries = limits.SetMaxIntsetEntries = limits.SortedSetMaxListpackEntries = long.MaxValue;
        limits.HashMaxListpackValue = limits.SetMaxListpackValue = limits.SortedSetMaxListpackValue = long.MaxValue;
    }

    private static void Add(SortedSetProgram program, string kind, int i, int length)
    {
        var (database, hash) = (program.Keyspace[0], program.Keyspace.Hash("k"u8));
        var name = Name(i, length);
        switch (kind)
        {
            case "set" or "integers" or "integers and a word":
                SetWriter.OpenOrCreate(database, "k"u8, hash, name, 1).Add(name);
                if (kind == "integers and a word" && i == 100) SetWriter.OpenOrCreate(database, "k"u8, hash, "word"u8, 1).Add("word"u8);
                break;
            case "sorted set":
                var found = database.Peek("k"u8, hash);
                var sorted = found.IsMissing
                    ? SortedSetWriter.Create(program.Keyspace, database, "k"u8, hash) : new SortedSetWriter(program.Keyspace, database, found, hash);
                var score = i / 7.0;
                sorted.Set(name, ref score, ScoreOptions.None);
                break;
            default:
                var fields = HashWriter.OpenOrCreate(database, "k"u8, hash);
                if (kind == "timed hash") fields.AllowTimes();
                fields.Set(name, name);
                if (kind == "timed hash") fields.SetTime(name, 5_000_000 + i);
                if (kind != "hash that gets times" || i * (length + 5) * 2 < BytesMax * 2 / 3) break;
                fields.AllowTimes();
                fields.SetTime(name, 5_000_000 + i);
                break;
        }
    }

    private static byte[] Name(int i, int length) => Encoding.Latin1.GetBytes(length == 0 ? $"{i}" : $"{i}:{new string('x', length)}");
}
