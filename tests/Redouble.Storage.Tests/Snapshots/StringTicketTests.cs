using Redouble.Core.Memory;
using Redouble.Storage.Snapshots;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Snapshots;

/// <summary>Large strings under a snapshot: what a write costs, and that the snapshot does not see it.</summary>
public sealed class StringTicketTests : IDisposable
{
    private const int Pages = 100;
    private const int Length = Pages * StringTicket.PageSize - 17;
    private readonly KeyspaceProgram _program = new();

    public StringTicketTests() => _program.Set(0, "bits", new string('v', Length));

    [Fact]
    public void A_page_with_its_header_is_a_size_class_of_the_heap_and_four_fill_a_block_of_the_queue()
    {
#if !GUARDED
        Assert.Equal(4096, NativeHeap.RoundedSize(StringTicket.PageSize + Block.HeaderSize));
#endif
        var part = (4 * StringTicket.PageSize) + SnapshotFrame.HeaderSize;
        Assert.InRange(part, BlockPool.StandardCapacity - 512, BlockPool.StandardCapacity);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(StringTicket.PageSize - 1, 1, 1)]
    [InlineData(StringTicket.PageSize - 1, 2, 2)]
    [InlineData(5 * StringTicket.PageSize, StringTicket.PageSize, 1)]
    [InlineData(Length - 1, 1, 1)]
    [InlineData(0, Length, Pages)]
    public void A_write_copies_the_pages_that_it_touches_once(int offset, int count, int pages)
    {
        var check = new SnapshotCheck(_program);
        var block = Record("bits").Block;
        _program.Write(0, "bits", offset, new string('w', count));
        Assert.Equal(pages * StringTicket.PageSize, check.Snapshot.Queue.PageBytes);
        _program.Write(0, "bits", offset, new string('x', count));
        Assert.Equal(pages * StringTicket.PageSize, check.Snapshot.Queue.PageBytes);
        Assert.Equal(pages * StringTicket.PageSize, check.Snapshot.SavedBeforeWriteBytes);
        Assert.Equal(block, Record("bits").Block);
        check.Finish();
        Assert.Equal(1, check.InParts);
        Assert.Equal((0L, 1), (block.Tag, block.References));
    }

    [Fact]
    public void What_has_been_emitted_is_not_saved_and_the_rest_is()
    {
        var check = new SnapshotCheck(_program);
        while (check.Snapshot.Queue.FrameBytes < Length / 2) check.Snapshot.Walk(1);
        _program.Write(0, "bits", 0, "new");
        Assert.Equal(0, check.Snapshot.Queue.PageBytes);
        _program.Write(0, "bits", Length - 3, "new");
        Assert.Equal(StringTicket.PageSize, check.Snapshot.Queue.PageBytes);
        check.Finish();
    }

    [Fact]
    public void Appending_saves_the_last_page_at_most_and_what_is_new_never()
    {
        var check = new SnapshotCheck(_program);
        var before = Record("bits").Block;
        var appended = before.Capacity;
        _program.Write(0, "bits", -1, new string('a', appended)); // moves
        Assert.NotEqual(before, Record("bits").Block);
        _program.Write(0, "bits", 0, "nobody else has the new block");
        Assert.Equal(0, check.Snapshot.Queue.PageBytes);
        check.Finish();

        check = new SnapshotCheck(_program);
        var grown = Record("bits").Block;
        for (var i = 0; i < 20; i++) _program.Write(0, "bits", -1, new string('b', StringTicket.PageSize));
        _program.Write(0, "bits", grown.Length + 1000, "with zeros in front");
        Assert.Equal(grown, Record("bits").Block);
        Assert.Equal(0, check.Snapshot.Queue.PageBytes);
        _program.Write(0, "bits", Length + appended - 10, "across the old end");
        Assert.Equal(StringTicket.PageSize, check.Snapshot.Queue.PageBytes);
        check.Finish();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_string_that_is_renamed_moved_given_an_expiry_and_written_stays_where_it_is(bool aborts)
    {
        var check = new SnapshotCheck(_program);
        var block = Record("bits").Block;
        _program.SetExpiry(0, "bits", 5_000_000);
        _program.Move(0, "bits", 0, "renamed");
        _program.Write(0, "renamed", 10_000, "one");
        _program.RemoveExpiry(0, "renamed");
        _program.Keyspace.Swap(0, 1);
        _program.Keyspace.Swap(0, 1);
        _program.Write(0, "renamed", 200_000, "two");
        Assert.Equal(block, Record("renamed").Block);
        Assert.Equal(2 * StringTicket.PageSize, check.Snapshot.Queue.PageBytes);
        if (aborts) check.Abort();
        else check.Finish();
        Assert.Equal((0L, 1), (block.Tag, block.References));
    }

    [Fact]
    public void A_reply_that_reads_it_gets_the_whole_copy()
    {
        var check = new SnapshotCheck(_program);
        _program.Write(0, "bits", 0, "one");
        var block = Record("bits").Block;
        block.Retain();
        _program.Write(0, "bits", 0, "two");
        Assert.NotEqual(block, Record("bits").Block);
        Assert.True(block.Written.StartsWith("onev"u8));
        _program.Blocks.Release(block);
        check.Finish();
    }

    [Fact]
    public void Opening_all_of_it_leaves_the_block_to_the_snapshot()
    {
        var check = new SnapshotCheck(_program);
        _program.Write(0, "bits", 7, "page", whole: false);
        _program.Write(0, "bits", 70_000, "all", whole: true);
        Assert.Equal(StringTicket.PageSize, check.Snapshot.Queue.PageBytes);
        _program.Write(0, "bits", 140_000, "new block");
        Assert.Equal(StringTicket.PageSize, check.Snapshot.Queue.PageBytes);
        check.Finish();
    }

    [Fact]
    public void One_that_goes_with_its_record_is_handed_over_whole_unless_it_is_very_large()
    {
        _program.Set(0, "large", new string('m', 4 * KeyspaceProgram.TicketStringMin));
        _program.Set(0, "very large", new string('l', 17 * KeyspaceProgram.TicketStringMin));
        var held = _program.HeapBytes;
        var check = new SnapshotCheck(_program);
        _program.Delete(0, "large");
        Assert.False(check.Snapshot.HasTickets);
        _program.Set(0, "very large", "short");
        Assert.False(check.Snapshot.Queue.IsEmpty);
        Assert.True(check.Snapshot.HasTickets);
        Assert.InRange(_program.HeapBytes, held, held + 100_000);
        check.Finish();
        Assert.Equal(2, check.InParts);
    }

    /// <summary>Asked for by every command near maxmemory: it went through all tickets that wait, and left out what a reply was reading.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_data_set_has_given_up_is_counted_until_the_ticket_lets_go(bool aborts)
    {
        _program.Set(0, "very large", new string('l', 17 * KeyspaceProgram.TicketStringMin));
        var check = new SnapshotCheck(_program);
        var (bits, large) = (Record("bits").Block, Record("very large").Block);
        var (bitsBytes, largeBytes) = (BlockPool.MemoryBytes(bits), BlockPool.MemoryBytes(large));
        _program.Write(0, "bits", 0, "a page is saved");
        Assert.Equal(0, check.Snapshot.FormerStringBytes);
        bits.Retain(); // a reply
        _program.Write(0, "bits", 0, "so all of it is copied");
        Assert.Equal(bitsBytes, check.Snapshot.FormerStringBytes);
        _program.Blocks.Release(bits);
        Assert.Equal(bitsBytes, check.Snapshot.FormerStringBytes);
        _program.Delete(0, "very large");
        Assert.Equal(bitsBytes + largeBytes, check.Snapshot.FormerStringBytes);
        if (aborts)
        {
            check.Abort();
            return;
        }

        while (check.Snapshot.FormerStringBytes > largeBytes) check.Snapshot.Walk(1);
        Assert.Equal(largeBytes, check.Snapshot.FormerStringBytes);
        check.Finish();
    }

    [Fact]
    public void A_deleted_one_is_emitted_as_it_was_and_then_freed()
    {
        var check = new SnapshotCheck(_program);
        _program.Write(0, "bits", 50_000, "changed");
        _program.Delete(0, "bits");
        _program.Set(0, "bits", "another");
        check.Snapshot.Walk(33);
        _program.Flush(0);
        check.Finish();
    }

#if GUARDED
    [Theory]
    [InlineData(0)]
    [InlineData(Length - 1)]
    public void A_page_written_without_a_word_is_noticed(int at)
    {
        var check = new SnapshotCheck(_program);
        _program.Write(0, "bits", 100_000, "opened");
        var record = Record("bits");
        record.Value[at] ^= 1;
        Assert.Throws<InvalidOperationException>(check.Finish);
        record.Value[at] ^= 1;
    }
#endif

    public void Dispose() => _program.Dispose();

    private Record Record(string key) => _program.Keyspace[0].Table.Records.Find(KeyspaceProgram.Bytes(key), _program.Hash(key)).Record;
}
