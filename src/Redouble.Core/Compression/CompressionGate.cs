using System.Numerics;

namespace Redouble.Core.Compression;

/// <summary>
/// Decides cheaply whether compressing a value is worth an attempt. Trying costs some nanoseconds per byte, several times what writing the
/// value costs, and a data set of random or already compressed values pays that for nothing. Values of one kind tend to be of one size,
/// so the gate keeps one record per power of two of the length:
/// <code>
/// attempts fail   1, 2, 3, …  in a row   →  the next 1, 3, 7, … 63 values of that size go uncompressed, then one is tried
/// an attempt saves bytes                →  every value is tried again
/// every 4,096 values of that size       →  one step is taken back, so that a change in the data is found soon
/// </code>
/// So incompressible data costs about one attempt in 64, and compressible data loses nothing. Where both kinds share a size, some of the
/// compressible values stay uncompressed: fewer bytes are saved, nothing else. An attempt that saves less than a quarter counts as failed: at 3 ns per byte
/// tried, a byte saved costs more than 12 ns then, and 8 ns are what a network of 1 Gbit/s takes to carry it, a disk 1. Not thread-safe.
/// </summary>
public sealed class CompressionGate
{
    private const int SavedMin = 4; // bytes, as in Redis
    private const int StepsMax = 6;
    private const int ForgetInterval = 4096;

    private struct Record
    {
        public int Skip;
        public int Step;
        public int Seen;
    }

    private readonly Record[] _records = new Record[32];

    /// <summary>Bytes that compressing a value of so many bytes must save at least.</summary>
    public static int SavingMin(int length) => Math.Max(SavedMin, length / 4);

    /// <summary>Whether to try the next value, of <paramref name="length"/> bytes. After true, tell the result to <see cref="Report"/>.</summary>
    public bool ShouldTry(int length)
    {
        ref var record = ref _records[BitOperations.Log2((uint)length)];
        if (++record.Seen >= ForgetInterval)
        {
            record.Seen = 0;
            if (record.Step > 0) record.Step--;
            record.Skip = 0;
        }

        if (record.Skip == 0) return true;
        record.Skip--;
        return false;
    }

    /// <summary>The result of an attempt on a value of <paramref name="length"/> bytes.</summary>
    public void Report(int length, bool saved)
    {
        ref var record = ref _records[BitOperations.Log2((uint)length)];
        if (saved)
        {
            record.Step = 0;
            return;
        }

        if (record.Step < StepsMax) record.Step++;
        record.Skip = (1 << record.Step) - 1;
    }

    /// <summary>Forgets what was seen: at the start of a snapshot.</summary>
    public void Reset() => Array.Clear(_records);
}
