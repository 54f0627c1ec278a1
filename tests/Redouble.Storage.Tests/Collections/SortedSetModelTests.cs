using System.Text;
using Redouble.Core.Text;
using Redouble.Storage.Collections;
using Redouble.Storage.Snapshots;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Collections;

/// <summary>Random programs over sorted sets of all sizes against dictionaries, and snapshots of them against frozen copies.</summary>
public sealed class SortedSetModelTests
{
    [Theory]
    [InlineData(1, 3, 10, 6_000, 6)]
    [InlineData(2, 10, 40, 20_000, 6)]
    [InlineData(3, 4, 2_000, 40_000, 6)]
    [InlineData(4, 3, 120, 20_000, 40)] // packed ones that are more than a cursor's steps back
    [InlineData(5, 2, 700, 20_000, 400)] // and more than the header counts
    public void Equals_dictionaries(int seed, int keys, int members, int steps, int packedMax)
    {
        using var program = new SortedSetProgram(seed, keys, members, packedMax);
        for (var i = 0; i < steps; i++)
        {
            program.Next();
            if (i % (steps / 60) == 0) program.AssertEqual();
        }

        program.AssertEqual();
    }

    [Theory]
    [InlineData(1, 3, 12, 20_000)]
    [InlineData(2, 20, 60, 40_000)]
    [InlineData(3, 5, 1_500, 60_000)]
    public void A_snapshot_equals_a_frozen_copy(int seed, int keys, int members, int steps)
    {
        using var program = new SortedSetProgram(seed, keys, members);
        var (finished, aborted) = CollectionSnapshot.Run(
            program.Random, steps, SnapshotPace.Elements, _ => program.Next(), () => new SortedSetSnapshotCheck(program));
        program.AssertEqual();
        Assert.True(finished > 20 && aborted > 2, $"{finished} snapshots finished, {aborted} aborted");
    }

    /// <summary>ZREMRANGEBYRANK k 0 -1001 of a million took as long as Redis takes: a removal from the table for each.</summary>
    [Theory]
    [InlineData(0, 2_990, 1)]
    [InlineData(10, 2_990, 1)]
    [InlineData(5, 2_990, 1)]
    [InlineData(5, 1_500, 0)]
    public void What_most_of_a_set_is_cut_off_from_is_freed_in_slices(int start, int count, int pending)
    {
        using var program = new SortedSetProgram(1, 1, 1);
        var keyspace = program.Keyspace;
        var hash = keyspace.Hash("key"u8);
        var set = SortedSetWriter.Create(keyspace, keyspace[0], "key"u8, hash);
        for (var i = 0; i < 3_000; i++)
        {
            double score = i / 7;
            set.Set(Encoding.Latin1.GetBytes($"member {i:d4}"), ref score, ScoreOptions.None);
        }

        set = new SortedSetWriter(keyspace, keyspace[0], keyspace[0].Peek("key"u8, hash), hash);
        set.Remove(new RankRange(start, count));
        Assert.Equal(pending, keyspace.PendingFrees);
        var left = new SortedSetReader(keyspace, keyspace[0].Peek("key"u8, hash));
        Assert.Equal(3_000 - count, left.Count);
        List<string> members = [];
        for (var cursor = left.CursorAt(0); members.Count < left.Count; cursor.MoveNext()) members.Add(CollectionProgram.Text(cursor.Member));
        Assert.Equal(Enumerable.Range(0, 3_000).Where(i => i < start || i >= start + count).Select(i => $"member {i:d4}"), members);
    }

    /// <summary>A Redis that loads or syncs it was six times as slow with members in the order of their hashes.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(1_000, 400)]
    public void A_snapshot_has_the_greatest_element_first(int step, int scores)
    {
        const int count = 3_000;
        using var program = new SortedSetProgram(1, 1, 1);
        var hash = program.Keyspace.Hash("key"u8);
        var set = SortedSetWriter.Create(program.Keyspace, program.Keyspace[0], "key"u8, hash);
        for (var i = 0; i < count; i++)
        {
            double score = i * 7919 % count % scores;
            set.Set(System.Text.Encoding.Latin1.GetBytes($"member {i}"), ref score, ScoreOptions.None);
        }

        var snapshot = program.Keyspace.StartSnapshot();
        List<(double Score, string Member)> emitted = [];
        while (!snapshot.WalkFinished) snapshot.Walk(step);
        while (snapshot.Queue.TryTakePart(out var block))
        {
            ReadOnlySpan<byte> frames = block.Written;
            while (SnapshotFrame.TryRead(ref frames, out var frame))
            {
                if (frame.Kind is not (SnapshotFrameKind.Part or SnapshotFrameKind.Run)) continue;
                foreach (var (member, bits) in CollectionSnapshot.ElementsIn(frame, Redouble.Storage.Keyspace.ValueType.SortedSet))
                    emitted.Add((SortedSetSnapshotCheck.ScoreOf(bits), member));
            }

            snapshot.Queue.Release(block);
        }

        program.Keyspace.FinishSnapshot();
        Assert.Equal(count, emitted.Count);
        Assert.Equal(emitted.OrderByDescending(element => element.Score).ThenByDescending(element => element.Member, StringComparer.Ordinal), emitted);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(40)]
    public void Members_of_equal_scores_are_found_by_their_bytes(int count)
    {
        using var program = new SortedSetProgram(1, 1, 1);
        var database = program.Keyspace[0];
        var hash = program.Keyspace.Hash("key"u8);
        var set = SortedSetWriter.Create(program.Keyspace, database, "key"u8, hash);
        var score = 1.0;
        for (var i = 0; i < count; i++) set.Set([(byte)('a' + i)], ref score, ScoreOptions.None);
        var reader = new SortedSetReader(program.Keyspace, database.Peek("key"u8, hash));
        foreach (var fromLast in (bool[])[false, true])
        {
            Assert.Equal(new RankRange(0, count), reader.RanksOf(new LexRange(LexBound.BeforeAll, LexBound.BehindAll), fromLast));
            Assert.Equal(new RankRange(1, 2), reader.RanksOf(new LexRange(new LexBound("b"u8, false), new LexBound("c"u8, false)), fromLast));
            Assert.Equal(new RankRange(1, 1), reader.RanksOf(new LexRange(new LexBound("a"u8, true), new LexBound("c"u8, true)), fromLast));
            Assert.Equal(new RankRange(1, count - 1), reader.RanksOf(new LexRange(new LexBound("aa"u8, false), LexBound.BehindAll), fromLast));
            Assert.Equal(0, reader.RanksOf(new LexRange(LexBound.BehindAll, LexBound.BeforeAll), fromLast).Count);
            Assert.Equal(0, reader.RanksOf(new LexRange(LexBound.BeforeAll, LexBound.BeforeAll), fromLast).Count);
            Assert.Equal(0, reader.RanksOf(new LexRange(new LexBound("c"u8, false), new LexBound("b"u8, false)), fromLast).Count);
            Assert.Equal(0, reader.RanksOf(new LexRange(new LexBound("b"u8, true), new LexBound("b"u8, false)), fromLast).Count);
        }
    }

    [Fact]
    public void What_is_built_in_any_order_is_in_order()
    {
        const int members = 20_000; // more than are put in order together
        using var program = new SortedSetProgram(1, 1, 1);
        var builder = program.Keyspace.Builder;
        builder.Begin(Redouble.Storage.Keyspace.ValueType.SortedSet, members);
        var expected = new List<(double Score, string Member)>();
        for (var i = 0; i < members; i++)
        {
            var (member, score) = ($"member:{i:D5}", (double)program.Random.Next(3_000));
            expected.Add((score, member));
            Assert.True(builder.AddScore(Encoding.ASCII.GetBytes(member), score));
        }

        Assert.False(builder.AddScore("member:00007"u8, 1));
        expected.Sort();
        var digits = new byte[Integers.MaxLength];
        var cursor = builder.Sorted.CursorAt(0);
        foreach (var (score, member) in expected)
        {
            Assert.Equal((score, member), (cursor.Score, Encoding.ASCII.GetString(cursor.Member.Text(digits))));
            cursor.MoveNext();
        }

        builder.Drop();
    }

    [Fact]
    public void A_listpack_has_no_negative_zero_and_a_table_has()
    {
        using var program = new SortedSetProgram(1, 1, 1);
        var hash = program.Keyspace.Hash("key"u8);
        var set = SortedSetWriter.Create(program.Keyspace, program.Keyspace[0], "key"u8, hash);
        var score = -0.0;
        set.Set("packed"u8, ref score, ScoreOptions.None);
        set.Expect(7);
        set.Set("large"u8, ref score, ScoreOptions.None);
        var reader = new SortedSetReader(program.Keyspace, program.Keyspace[0].Peek("key"u8, hash));
        Assert.True(reader.TryGetScore("packed"u8, out var packed));
        Assert.True(reader.TryGetScore("large"u8, out var large));
        Assert.False(double.IsNegative(packed));
        Assert.True(double.IsNegative(large));
    }
}
