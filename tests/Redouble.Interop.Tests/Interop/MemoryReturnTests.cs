using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Memory that is not needed any more goes back to the system, without anybody asking for it.</summary>
public sealed class MemoryReturnTests
{
    private const int Keys = 400_000;
    private const int Megabyte = 1 << 20;

    [PairTheory]
    [InlineData("FLUSHALL")]
    [InlineData("DEL")]
    public void AfterLargeDeletions(string how) => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server");
        using RespClient client = server.Connect();
        long before = Number(client, "used_memory_rss");
        client.Must("DEBUG", "POPULATE", Keys.ToString(CultureInfo.InvariantCulture), "key", "100");
        Assert.InRange(Number(client, "used_memory_rss"), before + (45 * Megabyte), long.MaxValue);
        if (how == "FLUSHALL") client.Must("FLUSHALL");
        else Delete(client, step: 1);
        Poll.Until(
            "memory to be given back",
            () => Number(client, "used_memory_rss") < before + (15 * Megabyte),
            30_000,
            () => client.Must("INFO", "memory").String);
    });

    [PairFact]
    public void AfterScatteredDeletionsByDefragmentation() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server", "--active-defrag-ignore-bytes", "1mb", "--active-defrag-cycle-max", "50");
        using RespClient client = server.Connect();
        client.Must("DEBUG", "POPULATE", Keys.ToString(CultureInfo.InvariantCulture), "key", "100");
        client.Must("SET", "large", "value");
        Delete(client, step: 2);
        client.Must("DEBUG", "POPULATE", (Keys / 4).ToString(CultureInfo.InvariantCulture), "other", "150");
        string digest = server.Digest();
        Assert.InRange((double)Number(client, "allocator_active") / Number(client, "used_memory"), 1.25, 2);
        client.Must("CONFIG", "SET", "activedefrag", "yes");
        Poll.Until(
            "memory to be given back",
            () => Number(client, "allocator_resident") < Number(client, "used_memory") * 1.2,
            30_000,
            () => client.Must("INFO", "memory").String);
        Assert.Equal(digest, server.Digest());
        Assert.InRange(long.Parse(client.Info("stats")["active_defrag_hits"], CultureInfo.InvariantCulture), Keys / 8, Keys);
    });

    private static void Delete(RespClient client, int step)
    {
        const int batch = 1000;
        for (int first = 0; first < Keys; first += batch * step)
        {
            client.Pipeline([.. Enumerable.Range(0, batch).Select(i => (string[])["DEL", $"key:{first + (i * step)}"])]);
        }
    }

    private static long Number(RespClient client, string field) => long.Parse(client.Info("memory")[field], CultureInfo.InvariantCulture);
}
