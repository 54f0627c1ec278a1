using System.Globalization;
using System.Runtime.InteropServices;
using Redouble.Storage.Bench;

// Nanoseconds per operation of the keyspace alone: no protocol, no sockets, no log. Keys are 16 random bytes, values 100 bytes; a batch is
// 64 operations. Hashing the key is part of every figure; reading the key from an array in order, about a nanosecond, is too.
// Usage: dotnet run -c Release --project bench/Redouble.Storage.Bench [keys ...]     pin it to one core, and keep the other one quiet

const int rounds = 7;
const int perRound = 1 << 20;

int[] sizes = args.Length > 0 ? [.. args.Select(text => int.Parse(text, CultureInfo.InvariantCulture))] : [1_000_000, 3_000_000];
var processor = File.Exists("/proc/cpuinfo")
    ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
Console.WriteLine(
    $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {processor?.Split(':')[^1].Trim()}, {Environment.ProcessorCount} processors");

using (var warm = new Workload()) Run(warm, 200_000, 2, 1 << 16, print: false);
foreach (var size in sizes)
{
    Console.WriteLine();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size:N0} keys"));
    using var workload = new Workload();
    Run(workload, size, rounds, perRound, print: true);
}

static void Run(Workload load, int size, int rounds, int perRound, bool print)
{
    var output = Console.Out;
    if (!print) Console.SetOut(TextWriter.Null);
    var residentBefore = Resident();
    Measurement.Run("insert, growth included", 1, _ => load.Insert(0, size));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{"memory per key",-34} {load.Heap.UsedBytes / (double)size,8:F1} bytes allocated, {load.Heap.HeldBytes / (double)size:F1} held, "
        + $"{(Resident() - residentBefore) / (double)size:F1} resident more than before"));
    foreach (var prefetch in new[] { false, true })
    {
        var suffix = prefetch ? ", batch prefetched" : "";
        Measure($"get, present{suffix}", i => Keys.Chosen(size, perRound, i), keys => load.Get(keys, prefetch));
        Measure($"get, missing{suffix}", i => Keys.Range((long)size + ((long)i * perRound), perRound), keys => load.Get(keys, prefetch));
        Measure($"set, overwriting{suffix}", i => Keys.Chosen(size, perRound, i), keys => load.Set(keys, prefetch));
    }

    Measurement.Run("snapshot walk", rounds, _ => load.Snapshot());
    var half = Math.Min(perRound, size / 2);
    foreach (var prefetch in new[] { false, true })
    {
        var suffix = prefetch ? ", batch prefetched" : "";
        var keys = Keys.Range(0, half);
        Measurement.Run($"delete{suffix}", 1, _ => load.Delete(keys, prefetch));
        Measurement.Run($"insert again{suffix}", 1, _ => load.Set(keys, prefetch));
    }

    Measurement.Run("flush, freed in slices", 1, _ => load.Flush());
    Console.SetOut(output);

    void Measure(string name, Func<int, byte[]> prepare, Func<byte[], long> run)
    {
        var keys = Enumerable.Range(0, rounds).Select(prepare).ToArray();
        Measurement.Run(name, rounds, i => run(keys[i]));
    }
}

static long Resident()
{
    if (!File.Exists("/proc/self/statm")) return 0;
    return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
