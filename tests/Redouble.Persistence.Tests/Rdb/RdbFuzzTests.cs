using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>Files altered at random, with a checksum that is right again: they are read or refused, alike however they are cut.</summary>
public sealed class RdbFuzzTests
{
    [Theory]
    [InlineData(RdbReadMode.Scan, 8_000)]
    [InlineData(RdbReadMode.Load, 12_000)]
    public void Mutations_never_throw_hang_or_take_memory(RdbReadMode mode, int rounds)
    {
        var random = new Random(20_240);
        byte[][] samples = mode == RdbReadMode.Scan
            ? [RdbSamples.EveryType(), RdbSamples.EveryType(RdbFlavor.Valkey)]
            : Enumerable.Range(0, 20).Select(i => RdbReaderTests.Write(RdbReaderTests.RandomRecords(random, 6, large: i == 0), random)).ToArray();
        var kinds = new Dictionary<RdbErrorKind, int>();
        for (var round = 0; round < rounds; round++)
        {
            var sample = samples[mode == RdbReadMode.Load && round % 50 != 0 ? random.Next(1, samples.Length) : random.Next(samples.Length)];
            var file = Mutate(sample, random);
            RdbSamples.FixChecksum(file);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var (status, whole) = RdbSamples.Read(file, mode);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 600_000 + (400L * file.Length));

            var max = random.Next(1, 300);
            var (pieceStatus, pieces) = RdbSamples.Read(file, mode, () => random.Next(1, max + 1));
            Assert.Equal(status, pieceStatus);
            Assert.Equal(whole.Error, pieces.Error);
            RdbSamples.AssertSame(whole.Target.Recording.Strings, pieces.Target.Recording.Strings);
            RdbSamples.AssertSame(whole.Target.Recording.Log, pieces.Target.Recording.Log);
            var kind = whole.Error?.Kind ?? RdbErrorKind.None;
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }

        // The mutations must reach the interesting places, not only the first byte.
        foreach (var kind in new[] { RdbErrorKind.None, RdbErrorKind.ShortRead, RdbErrorKind.UnknownType, RdbErrorKind.WrongChecksum })
            Assert.True(kinds.ContainsKey(kind), $"no mutation led to {kind}");
        if (mode == RdbReadMode.Load) Assert.True(kinds.ContainsKey(RdbErrorKind.BadString) && kinds.ContainsKey(RdbErrorKind.Unsupported));
        else Assert.True(kinds.ContainsKey(RdbErrorKind.BadValue));
    }

    /// <summary>Longer runs by hand: rounds and seed from REDOUBLE_FUZZ_ROUNDS and REDOUBLE_FUZZ_SEED.</summary>
    [Fact]
    public void Mutated_values_are_refused_or_read_alike_from_files_and_payloads()
    {
        var rounds = int.Parse(Environment.GetEnvironmentVariable("REDOUBLE_FUZZ_ROUNDS") ?? "12000");
        var random = new Random(int.Parse(Environment.GetEnvironmentVariable("REDOUBLE_FUZZ_SEED") ?? "20241"));
        var statuses = new Dictionary<DumpStatus, int>();
        for (var round = 0; round < rounds; round++)
        {
            var sample = ValueSamples.All[random.Next(ValueSamples.All.Count)];
            var file = Mutate(ValueSamples.File(sample.Flavor, sample.Type, sample.Value), random);
            if (random.Next(10) == 0) file[9] = (byte)random.Next(1, 26); // the value of one type read as another
            var before = GC.GetAllocatedBytesForCurrentThread();
            var (_, whole) = RdbSamples.Read(file);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 600_000 + (400L * file.Length));
            var max = random.Next(1, 300);
            var (_, pieces) = RdbSamples.Read(file, pieceLength: () => random.Next(1, max + 1));
            Assert.Equal(whole.Error, pieces.Error);
            RdbSamples.AssertSame(whole.Target.Recording.Log, pieces.Target.Recording.Log);

            if (sample.Flavor != RdbFlavor.Redis || file is not [_, _, _, _, _, _, _, _, _, < 26, 1, (byte)'k', ..] || file.Length < 21) continue;
            var (status, log) = RdbValueReaderTests.ReadPayload((RdbType)file[9], file.AsSpan(12..^9));
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            if (whole.Error == null && !whole.Target.Recording.Log.Contains("empty k") && file[9] != 0) Assert.Equal(DumpStatus.Ok, status);
            if (status == DumpStatus.Ok && file[9] != 0) Assert.Equal(log, whole.Target.Recording.Log.Skip(1).Take(log.Count));
        }

        Assert.True(statuses[DumpStatus.Ok] > 100 && statuses[DumpStatus.BadFormat] > 100, string.Join(", ", statuses));
    }

    private static byte[] Mutate(byte[] sample, Random random)
    {
        var file = sample.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(9, file.Count - 8);
            switch (random.Next(6))
            {
                case 0:
                    file.RemoveRange(at, Math.Min(random.Next(1, 5), file.Count - 8 - at));
                    break;
                case 1:
                    file.Insert(at, (byte)random.Next(256));
                    break;
                case 2:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    file[at] = (byte)(random.Next(2) == 0 ? random.Next(240, 256) : 0x80 + random.Next(0x45));
                    break;
                default:
                    file[at] = (byte)random.Next(256);
                    break;
            }
        }

        return file.ToArray();
    }
}
