using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Runtime;

/// <summary>Steady load makes no garbage: the collector, which would stop the data thread, has nothing to do.</summary>
[Collection(Lanes.Steady)]
public sealed class CollectionTests
{
    private const int MinuteMs = 60_000;

    [RedoubleFact]
    public void AMinuteOfSteadyLoadNeedsNoCollection()
    {
        using ServerProcess server = ServerProcess.Create(ServerKind.Redouble, "steady", "--loglevel", "debug", "--rehearsal", "yes").Start();
        server.WaitForLog("Rehearsal finished", 180_000);
        using RespClient watcher = server.Connect();
        using RespClient client = server.Connect();
        string[][] batch = [.. Enumerable.Range(0, 100).SelectMany(Commands)];
        client.Pipeline(batch);
        long before = Collections(watcher);
        long started = Environment.TickCount64;
        long commands = 0;
        while (Environment.TickCount64 - started < MinuteMs)
        {
            commands += client.Pipeline(batch).Length;
            Thread.Sleep(5);
        }

        Assert.True(commands > 100_000, $"only {commands} commands in a minute are no load");
        Assert.Equal(before, Collections(watcher));
    }

    private static string[][] Commands(int i) => [["SET", $"key:{i}", $"value {i}"], ["GET", $"key:{i}"], ["INCR", $"count:{i}"]];

    private static long Collections(RespClient client) => long.Parse(client.Info("memory")["redouble_gc_collections"]);
}
