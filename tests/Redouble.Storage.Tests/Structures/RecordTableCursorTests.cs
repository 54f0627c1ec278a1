using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

/// <summary>
/// The cursor, whatever grows or shrinks during a walk: it only goes up, no key is met twice, and each key that is there throughout is met.
/// </summary>
public sealed class RecordTableCursorTests(RecordTableTests.Keys keys) : IClassFixture<RecordTableTests.Keys>
{
    [Theory]
    [InlineData("spread", 1, 40, 60)]
    [InlineData("spread", 2, 30_000, 12_000)]
    [InlineData("spread", 3, 9_000, 60)]
    [InlineData("cluster", 4, 2_000, 400)]
    [InlineData("mixed", 5, 20_000, 6_000)]
    [InlineData("mixed", 6, 700, 700)]
    public void A_walk_meets_every_lasting_key_once(string kind, int seed, int count, int burst)
    {
        var random = new Random(seed);
        var universe = kind switch
        {
            "spread" => keys.Pool.Spread(random, count),
            "cluster" => keys.Pool.Cluster(random, count),
            _ => keys.Pool.Mixed(random, count),
        };
        var lasting = universe[..(count / 10)];
        var passing = universe[(count / 10)..];
        using var model = new TableModel();
        foreach (var key in lasting) model.Insert(key);
        for (var walk = 0; walk < 6; walk++)
        {
            var met = new HashSet<ulong>();
            var bucket = new RecordBuffer();
            ulong cursor = 0;
            var changeEvery = 1 + random.Next(40);
            for (var step = 0; ; step++)
            {
                var next = model.Table.ReadBucket(cursor, bucket);
                for (var i = 0; i < bucket.Count; i++)
                {
                    // As Scan does: a bucket that became coarser since begins before the cursor.
                    var hash = TableModel.Hash.Compute(bucket[i].Key);
                    if (hash >= cursor) Assert.True(met.Add(hash), $"seed {seed}, walk {walk}: met twice");
                }

                Assert.True(next == 0 || next > cursor, $"seed {seed}, walk {walk}: the cursor went from {cursor:x} to {next:x}");
                if (next == 0) break;
                cursor = next;
                if (step % changeEvery == 0) Change(model, passing, random, burst);
            }

            Assert.All(lasting, key => Assert.True(met.Contains(key.Hash), $"seed {seed}, walk {walk}: missed a key"));
        }
    }

    /// <summary>Fills the table or empties it by a burst, so that it splits and merges under the walk.</summary>
    private static void Change(TableModel model, HashedKey[] passing, Random random, int burst)
    {
        var removes = random.Next(2) == 0;
        for (var i = random.Next(burst); i > 0; i--)
        {
            var key = passing[random.Next(passing.Length)];
            if (model.Records.ContainsKey(key) != removes) continue;
            if (removes) model.Remove(key);
            else model.Insert(key);
        }
    }
}
