using Redouble.Engine.Configuration;
using Redouble.Server.Files;
using Redouble.Server.Logging;

namespace Redouble.Server.Tests.Files;

/// <summary>A server that was killed in rewrites left a file as large as its data each time.</summary>
public sealed class LeftoversTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("redouble-test-").FullName;
    private readonly ServerLog _log = new() { Level = ConfigLogLevel.Nothing };

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A backup named temp-20240101.rdb was removed, since no process has that number.</summary>
    [Fact]
    public void Files_of_others_stay()
    {
        string[] own =
        [
            "temp-redouble-4711-0a1b2c3d.rdb", "temp-redouble-1-0a1b2c3d-2.rdb", "temp-redouble-1-0a1b2c3d.aof", "temp-redouble-1-0a1b2c3d.backlog",
        ];
        string[] others =
        [
            "temp-20240101.rdb", "temp-2147483647.rdb", "temp-rewriteaof-bg-2147483647.aof", "temp-1795728000.2147483647.0.rdb", "temp-2147483647.backlog",
            "my-temp-redouble-1-0a1b2c3d.rdb", "temp-appendonly.aof.manifest", "dump.rdb", "replication.backlog",
        ];
        foreach (var name in (string[])[.. own, .. others]) File.WriteAllText(Path.Combine(_directory, name), "torn");
        Assert.Equal(others.Order(StringComparer.Ordinal), Left());
    }

    /// <summary>Its process may be in another container, where its number is that of the one that starts here.</summary>
    [Fact]
    public void What_somebody_writes_to_stays_until_it_is_closed()
    {
        var name = $"temp-redouble-{Environment.ProcessId}-0a1b2c3d.rdb";
        using (var file = new DiskFiles().Create(Path.Combine(_directory, name)))
        {
            file.Write("begun"u8);
            Assert.Equal([name], Left());
            file.Write(", and more"u8);
        }

        Assert.Empty(Left());
    }

    /// <summary>The lock comes behind the file.</summary>
    [Fact]
    public void An_empty_file_stays_for_a_minute()
    {
        const string name = "temp-redouble-1-0a1b2c3d.rdb";
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, "");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(1)); // not the machine's speed
        Assert.Equal([name], Left());
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-2));
        Assert.Empty(Left());
    }

    [Fact]
    public void A_link_is_no_file_of_ours()
    {
        var target = Path.Combine(_directory, "mine");
        File.WriteAllText(target, "data");
        File.CreateSymbolicLink(Path.Combine(_directory, "temp-redouble-1-0a1b2c3d.rdb"), target);
        Assert.Equal(["mine", "temp-redouble-1-0a1b2c3d.rdb"], Left());
    }

    [Fact]
    public void A_folder_that_is_not_there_has_none()
    {
        Leftovers.Remove(Path.Combine(_directory, "nowhere"), _log);
        Assert.Empty(Left());
    }

    private string[] Left()
    {
        Leftovers.Remove(_directory, _log);
        return [.. Directory.GetFiles(_directory).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
    }
}
