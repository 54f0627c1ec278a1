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
