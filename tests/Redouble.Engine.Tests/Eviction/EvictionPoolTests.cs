using System.Globalization;
using System.Text;
using Redouble.Engine.Eviction;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Eviction;

public sealed class EvictionPoolTests
{
    /// <summary>Against a sorted list of everything: the pool holds the best that were offered since they were last taken.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void It_keeps_the_best(ulong seed)
    {
        var random = new SeededRandom(seed);
        var pool = new EvictionPool();
        var model = new List<(ulong Score, int Database, string Key)>();
        for (var step = 0; step < 5000; step++)
        {
            if (random.NextUInt64() % 4 == 0 && pool.Count > 0)
            {
                var best = model[^1];
                Assert.Equal((best.Score, best.Database, best.Key), (pool.BestScore, pool.BestDatabase, Encoding.ASCII.GetString(pool.BestKey)));
                pool.RemoveBest();
                model.RemoveAt(model.Count - 1);
                CheckRetained();
                continue;
            }

            var score = random.NextUInt64() % 1000;
            var database = (int)(random.NextUInt64() % 3);
            var key = new string('k', (int)(random.NextUInt64() % 2000)) + (random.NextUInt64() % 5).ToString(CultureInfo.InvariantCulture);
            pool.Offer(score, database, Encoding.ASCII.GetBytes(key));
            if (model.Contains((score, database, key)) || (model.Count == EvictionPool.Size && score <= model[0].Score)) continue;
            if (model.Count == EvictionPool.Size) model.RemoveAt(0);
            var place = model.Count;
            while (place > 0 && model[place - 1].Score >= score) place--;
            model.Insert(place, (score, database, key));
            Assert.Equal(model.Count, pool.Count);
            CheckRetained();
        }

        pool.Clear();
        model.Clear();
        CheckRetained();

        // Of long keys those of the candidates only: a key may have 512 MB.
        void CheckRetained()
        {
            var candidates = model.Sum(static candidate => Math.Max(0, candidate.Key.Length - EvictionPool.RetainedMax));
            Assert.InRange(pool.KeyBytes, 0, candidates + (EvictionPool.Size * EvictionPool.RetainedMax));
        }
    }
}
