using Redouble.Storage.Collections;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Snapshots;

/// <summary>Pending entries that change, and groups and consumers that go, while a snapshot has taken their stream and not emitted it.</summary>
public sealed class PendingCaptureTests
{
    private static readonly string[] s_keys = ["one", "two"];
    private static readonly SnapshotPace s_pace = new(Start: 30, WalkMax: 150, LimitedWalk: 3, QueueBytesMax: 20_000, Take: 4, Abort: 250);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_snapshot_has_the_pending_entries_of_its_start(int seed)
    {
        using var program = new StreamProgram(4096, 100);
        var random = new Random(seed);
        var (finished, aborted) = CollectionSnapshot.Run(random, 6_000, s_pace, _ => Step(program, random), () => new StreamSnapshotCheck(program));
        Assert.True(finished > 10 && aborted > 5, $"seed {seed}: {finished} snapshots finished, {aborted} aborted");
    }

    /// <summary>Whatever part of the stream the snapshot has emitted when it happens.</summary>
    [Theory]
    [InlineData("acknowledge")]
    [InlineData("redeliver")]
    [InlineData("claim")]
    [InlineData("deliver more")]
    [InlineData("delete a consumer")]
    [InlineData("replace a consumer")]
    [InlineData("destroy the group")]
    [InlineData("replace the group")]
    [InlineData("set the group's id")]
    [InlineData("delete the key")]
    public void A_change_at_any_moment_is_not_seen(string change)
    {
        for (var walked = 0; walked < 60; walked++)
        {
            using var program = new StreamProgram(4096, 100);
            Fill(program);
            var snapshot = new StreamSnapshotCheck(program);
            program.Open("one"); // which is when it is taken
            for (var i = 0; i < walked; i++) snapshot.Snapshot.Walk(20);
            Change(program, change);
            for (var i = 0; i < 5; i++) snapshot.Snapshot.Walk(20);
            Change(program, change == "delete the key" ? "claim" : change);
            snapshot.Finish();
        }
    }

    [Theory]
    [InlineData("acknowledge")]
    [InlineData("destroy the group")]
    [InlineData("delete the key")]
    public void What_a_snapshot_holds_is_freed_when_it_is_given_up(string change)
    {
        for (var walked = 0; walked < 60; walked += 3)
        {
            using var program = new StreamProgram(4096, 100); // checks at its end that nothing is left
            Fill(program);
            var snapshot = new StreamSnapshotCheck(program);
            program.Open("one");
            for (var i = 0; i < walked; i++) snapshot.Snapshot.Walk(20);
            Change(program, change);
            snapshot.Abort();
            if (program.Model.Count > 0) Change(program, "claim");
        }
    }

    /// <summary>A stream of 100,000 pending entries was copied at once when it was taken, and that took tens of milliseconds.</summary>
    [Fact]
    public void A_stream_is_taken_without_its_pending_entries()
    {
        const int count = 20_000;
        using var program = new StreamProgram(4096, 100);
        var group = program.Open("one").AddGroup("group"u8)!;
        var consumer = group.AddConsumer("alice"u8, seenMs: 1)!;
        for (var i = 1UL; i <= count; i++) group.AddPending(new StreamId(i, 0), consumer, 1, 1);
        var snapshot = new StreamSnapshotCheck(program);
        program.Open("one");
        Assert.Equal(0, snapshot.Snapshot.Queue.Bytes);
        Assert.Equal(0, snapshot.Snapshot.Queue.HeldBytes);
        var looked = 0;
        for (var slices = 1; !snapshot.Snapshot.WalkFinished; slices++)
        {
            var inSlice = snapshot.Snapshot.Walk(100);
            Assert.InRange(inSlice, 1, 300);
            looked += inSlice;
        }

        Assert.InRange(looked, 2 * count, 3 * count); // as the group's, and as the consumer's
        snapshot.Finish();
    }

    /// <summary>Entries' stamps are numbers of 16 bits.</summary>
    [Fact]
    public void Stamps_do_not_come_round()
    {
        using var program = new StreamProgram(4096, 100);
        Fill(program);
        for (var i = 0; i < ushort.MaxValue; i++) // the capture after them has the number that the entries came with
        {
            program.Keyspace.StartSnapshot();
            program.Open("one");
            program.Keyspace.AbortSnapshot();
        }

        var snapshot = new StreamSnapshotCheck(program);
        program.Open("one");
        snapshot.Finish();
    }

    [Fact]
    public void A_group_is_destroyed_in_slices()
    {
        const int count = 5_000;
        using var program = new StreamProgram(4096, 100);
        var stream = program.Open("one");
        var group = stream.AddGroup("group"u8)!;
        var consumer = group.AddConsumer("alice"u8, seenMs: 1)!;
        for (var i = 1UL; i <= count; i++) group.AddPending(new StreamId(i, 0), consumer, 1, 1);
        var before = program.UsedBytes;
        stream.RemoveGroup(group);
        Assert.Null(program.Read("one").FindGroup("group"u8));
        Assert.Equal(before, program.UsedBytes);
        var slices = 1;
        while (program.Keyspace.FreeSlice(100)) slices++;
        Assert.InRange(slices, count / 100, 2 * count / 100);
        Assert.False(program.Keyspace.CanFree);
        Assert.InRange(program.UsedBytes, 0, before - (count * 40));
    }

    private static void Fill(StreamProgram program)
    {
        for (var i = 1UL; i <= 250; i++) program.Append("one", new StreamId(i, 0), "f", "v");
        var group = program.Open("one").AddGroup("group"u8)!;
        var alice = group.AddConsumer("alice"u8, seenMs: 1)!;
        var bob = group.AddConsumer("bob"u8, seenMs: 2)!;
        for (var i = 1UL; i <= 400; i++) group.AddPending(new StreamId(i, 0), i % 3 == 0 ? bob : alice, (long)i, i % 5);
    }

    private static void Change(StreamProgram program, string change)
    {
        if (change == "delete the key")
        {
            program.Remove("one");
            return;
        }

        if (!program.Model.ContainsKey("one")) return;
        var stream = program.Open("one");
        if (stream.Reader.FindGroup("group"u8) is not { } group) return;
        var alice = group.FindConsumer("alice"u8);
        var bob = group.FindConsumer("bob"u8)!;
        switch (change)
        {
            case "acknowledge":
                foreach (var entry in Pending(group).Where((_, index) => index % 2 == 0)) group.RemovePending(Find(group, entry));
                break;
            case "redeliver":
                foreach (var entry in Pending(group).Where((_, index) => index % 7 < 4)) group.Redeliver(Find(group, entry), 77, 88);
                break;
            case "claim":
                foreach (var entry in Pending(group).Where((_, index) => index % 2 == 0)) group.Assign(Find(group, entry), bob);
                break;
            case "deliver more":
                var last = Pending(group)[^1];
                for (var i = 1UL; i <= 100; i++) group.AddPending(new StreamId(last.Ms + i, 0), bob, 1, 1);
                for (var i = 1UL; i <= 300; i += 3) group.AddPending(new StreamId(i, last.Ms), bob, 1, 1);
                break;
            case "delete a consumer" or "replace a consumer":
                if (alice != null) group.RemoveConsumer(alice);
                if (change == "delete a consumer") break;
                var again = group.AddConsumer("alice"u8, seenMs: 9)!;
                foreach (var entry in Pending(group).Where((_, index) => index % 2 == 0)) group.Assign(Find(group, entry), again);
                break;
            case "set the group's id":
                (group.LastId, group.EntriesRead, bob.SeenMs) = (new StreamId(1_000, 1), 99, 99);
                break;
            default:
                stream.RemoveGroup(group);
                if (change == "destroy the group") break;
                Assert.Equal("replace the group", change);
                var carol = stream.AddGroup("group"u8)!.AddConsumer("bob"u8, seenMs: 5)!;
                for (var i = 1UL; i <= 100; i++) stream.Reader.FindGroup("group"u8)!.AddPending(new StreamId(i, 0), carol, 1, 1);
                break;
        }
    }

    private static List<StreamId> Pending(StreamGroup group)
    {
        List<StreamId> ids = [];
        for (var cursor = group.PendingFrom(StreamId.Min); cursor.MoveNext();) ids.Add(cursor.Current.Id);
        return ids;
    }

    private static Redouble.Storage.Structures.PendingEntry Find(StreamGroup group, StreamId id)
    {
        Assert.True(group.TryFindPending(id, out var entry));
        return entry;
    }

    private static void Step(StreamProgram program, Random random)
    {
        var key = s_keys[random.Next(s_keys.Length)];
        if (random.Next(400) == 0 && program.Model.ContainsKey(key))
        {
            program.Remove(key);
            return;
        }

        var stream = program.Open(key);
        var name = StreamProgram.Bytes($"group {random.Next(2)}");
        var group = stream.Reader.FindGroup(name) ?? stream.AddGroup(name)!;
        name = StreamProgram.Bytes($"consumer {random.Next(4)}");
        var consumer = group.FindConsumer(name) ?? group.AddConsumer(name, random.Next())!;
        var id = new StreamId((ulong)random.Next(800), 0);
        var isPending = group.TryFindPending(id, out var entry);
        switch (random.Next(100))
        {
            case < 20:
                (group.LastId, group.EntriesRead) = (id, random.Next());
                (consumer.SeenMs, consumer.ActiveMs) = (random.Next(), random.Next());
                break;
            case < 50:
                for (var ms = id.Ms; ms < id.Ms + 20; ms++)
                {
                    if (!group.TryFindPending(new StreamId(ms, 0), out _)) group.AddPending(new StreamId(ms, 0), consumer, random.Next(), 1);
                }

                break;
            case < 65 when isPending:
                group.Redeliver(entry, random.Next(), entry.Deliveries + 1);
                break;
            case < 80 when isPending:
                group.Assign(entry, consumer);
                group.Redeliver(entry, random.Next(), entry.Deliveries + 1);
                break;
            case < 97 when isPending:
                group.RemovePending(entry);
                break;
            case 98 when random.Next(3) == 0:
                group.RemoveConsumer(consumer);
                break;
            case 99 when random.Next(6) == 0:
                stream.RemoveGroup(group);
                break;
        }
    }
}
