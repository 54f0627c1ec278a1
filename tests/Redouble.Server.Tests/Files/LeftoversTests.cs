using Redouble.Server.Files;

namespace Redouble.Server.Tests.Files;

/// <summary>A server that was killed in rewrites left a file as large as its data each time.</summary>
public sealed class LeftoversTests : IDisposable
{
    private const int NoProcess = int.MaxValue; // beyond what a system gives out
    private readonly string _directory = Directory.CreateTempSubdirectory("redouble-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_a_process_that_is_gone_has_left_is_found_and_nothing_else()
    {
        string[] orphans =
        [
            $"temp-rewriteaof-bg-{NoProcess}.aof", $"temp-{NoProcess}.rdb", $"temp-1795728000.{NoProcess}.0.rdb", $"temp-4102444800.{NoProcess}.0.rdb",
            $"temp-{NoProcess}.backlog", $"temp-rewriteaof-bg-{Environment.ProcessId}.aof",
        ];
        string[] others =
        [
            "temp-rewriteaof-bg-1.aof", "temp-1.rdb", "temp-.rdb", "temp-x.rdb", "temp--1.rdb", $"temp-{NoProcess}.rdb.bak", $"temp-{NoProcess}.aof", "temp-",
            "dump.rdb", "temp-1.backlog", "replication.backlog", $"temp-0{NoProcess}.rdb2", "temp-1795728000.1.0.rdb", $"temp-{NoProcess}.{NoProcess}.rdb",
        ];
        foreach (var name in (string[])[.. orphans, .. others]) File.WriteAllText(Path.Combine(_directory, name), "");
        var found = Leftovers.Find(_directory).Select(static path => Path.GetFileName(path));
        Assert.Equal(orphans.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_not_there_has_none() => Assert.Empty(Leftovers.Find(Path.Combine(_directory, "nowhere")));
}
