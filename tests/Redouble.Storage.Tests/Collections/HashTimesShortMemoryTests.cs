using System.Text;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Tests.Collections;

/// <summary>A hash with fields that expire, and no memory for a changed or moved one: it stays as it was, and in the order of times.</summary>
public sealed class HashTimesShortMemoryTests
{
    private const int Fields = 100;
    private const long Limit = 32 << 20;
    private static readonly byte[] _key = [.. "h"u8];

    private delegate void Change(HashWriter hash);

    /// <summary>Its bytes are read elsewhere, as by a snapshot, and so have to be copied.</summary>
    [Fact]
    public void What_is_refused_leaves_a_hash_in_the_order_of_times()
    {
        Check(isShared: true, hash => hash.Remove("f3"u8));
        Check(isShared: true, hash => hash.SetTime("f3"u8, 7000));
        Check(isShared: true, hash => hash.SetTime("f1"u8, -1));
        Check(isShared: true, hash => hash.Set("f4"u8, "w"u8));
        Check(isShared: true, hash => hash.Set("new"u8, new byte[1000]));
    }

    /// <summary>The field was once taken out of the listpack before there was room for it with its time.</summary>
    [Fact]
    public void A_field_that_finds_no_room_for_a_time_is_not_lost()
    {
        Check(isShared: false, hash =>
        {
            for (var i = 2; i < Fields; i++) hash.SetTime(Name(i), 2_000_000_000_000 + i); // 8 bytes longer than none
        });
    }

    [Theory]
    [InlineData("expiry")]
    [InlineData("no expiry")]
    [InlineData("move")]
    [InlineData("field")]
    public void What_has_a_long_name_and_finds_no_room_to_move_is_not_lost(string change)
    {
        const int length = 4 << 20;
        using var heap = new NativeHeap(4 << 20, Limit);
        using var blocks = new BlockPool(heap, retainedBytesMax: 0);
        using var keyspace = NewKeyspace(heap, blocks);
        var database = keyspace[0];
        var (key, field) = change == "field" ? (_key, new byte[length]) : (new byte[length], "f"u8.ToArray());
        var hash = keyspace.Hash(key);
        var writer = HashWriter.OpenOrCreate(database, key, hash);
        writer.Set(field, "v"u8);
        if (change != "field") writer.AllowTimes();
        writer.SetTime(field, 5000);
        if (change == "no expiry") database.SetExpiry(key, hash, 9_000_000);
        var taken = Fill(heap, blocks, length / 2);
        Assert.Throws<InsufficientMemoryException>(() =>
        {
            if (change == "expiry") database.SetExpiry(key, hash, 9_000_000);
            else if (change == "no expiry") database.RemoveExpiry(key, hash);
            else if (change == "move") database.MoveRecord(key, hash, keyspace[1], key, hash);
            else new HashWriter(database.OpenForWrite(key, hash)).SetTime(field, -1);
        });
        foreach (var each in taken) blocks.Release(each);

        Assert.Equal(1, database.FieldExpiresCount);
        keyspace.NowMs = 1_000_000;
        Assert.True(new HashWriter(database.Open(database.FirstWithExpiredField(), hash)).RemoveExpired(out var removed));
        Assert.Equal(field, removed);
    }

    private static void Check(bool isShared, Change change)
    {
        using var heap = new NativeHeap(4 << 20, Limit);
        using var blocks = new BlockPool(heap, retainedBytesMax: 0);
        using var keyspace = NewKeyspace(heap, blocks);
        var database = keyspace[0];
        var hash = keyspace.Hash(_key);
        var writer = HashWriter.OpenOrCreate(database, _key, hash);
        var value = new byte[12_000];
        for (var i = 0; i < Fields; i++) writer.Set(Name(i), value);
        writer.AllowTimes();
        writer.SetTime("f1"u8, 5000);
        var room = BlockOf(database, hash);
        writer.Set("f99"u8, new byte[value.Length + room.Capacity - room.Length - 16]); // hardly any is left
        Assert.Equal(1, database.FieldExpiresCount);
        var before = database.PeekPresent(_key, hash).Value.ToArray();

        var block = BlockOf(database, hash);
        if (isShared) block.Retain();
        var taken = Fill(heap, blocks, before.Length / 2);
        Assert.Throws<InsufficientMemoryException>(() => change(Open(database, hash)));
        foreach (var each in taken) blocks.Release(each);
        if (isShared) blocks.Release(block);

        Assert.Equal(Fields, new HashReader(keyspace, database.PeekPresent(_key, hash)).Count);
        Assert.Equal(1, database.FieldExpiresCount);
        if (isShared) Assert.Equal(before, database.PeekPresent(_key, hash).Value.ToArray());
        keyspace.NowMs = 1_000_000;
        writer = new HashWriter(database.OpenForWrite(_key, hash));
        Assert.True(writer.RemoveExpired(out var field));
        Assert.Equal("f1", Encoding.ASCII.GetString(field));
    }

    private static KeyspaceOfNode NewKeyspace(NativeHeap heap, BlockPool blocks) => new(2, heap, blocks, new KeyHash(1, 2), new Silent())
    {
        NowMs = 1000,
        Limits = new CollectionLimits { HashMaxListpackValue = 3 << 20 },
    };

    private static List<Block> Fill(NativeHeap heap, BlockPool blocks, long left)
    {
        var taken = new List<Block>();
        while (heap.HasRoom(left)) taken.Add(blocks.Rent(60_000));
        return taken;
    }

    private static HashWriter Open(Database database, ulong hash) => new(database.OpenForWrite(_key, hash));

    private static Block BlockOf(Database database, ulong hash) => database.Table.Records.Find(_key, hash).Record.Block;

    private static byte[] Name(int index) => Encoding.ASCII.GetBytes($"f{index}");

    private sealed class Silent : IKeyspaceListener
    {
        public void KeyExpired(Database database, ReadOnlySpan<byte> key)
        {
        }

        public void KeyModified(Database database, ReadOnlySpan<byte> key)
        {
        }
    }
}
