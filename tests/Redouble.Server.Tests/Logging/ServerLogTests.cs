using Redouble.Engine.Configuration;
using Redouble.Server.Logging;

namespace Redouble.Server.Tests.Logging;

public sealed class ServerLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("redouble-test-").FullName;
    private readonly ServerLog _log = new();

    private string LogPath => Path.Combine(_folder, "log");

    private string OldPath => Path.Combine(_folder, "log.1");

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_renamed_log_gets_a_successor_with_the_next_line()
    {
        _log.Open(LogPath);
        Say("one");
        File.Move(LogPath, OldPath);
        Say("two");
        Say("three");
        Assert.Equal(["one"], Lines(OldPath));
        Assert.Equal(["two", "three"], Lines(LogPath));
        File.Delete(LogPath);
        Say("four");
        Assert.Equal(["four"], Lines(LogPath));
    }

    [Fact]
    public void A_log_that_is_cut_goes_on_at_its_beginning()
    {
        _log.Open(LogPath);
        Say("one");
        File.Copy(LogPath, OldPath);
        File.WriteAllText(LogPath, "");
        Say("two");
        Assert.Equal(["one"], Lines(OldPath));
        Assert.Equal(["two"], Lines(LogPath));
    }

    [Fact]
    public void What_others_have_written_is_kept()
    {
        File.WriteAllText(LogPath, ". zero\n");
        _log.Open(LogPath);
        File.AppendAllText(LogPath, ". one\n");
        Say("two");
        Assert.Equal(["zero", "one", "two"], Lines(LogPath));
    }

    [Fact]
    public void Where_no_successor_can_be_made_the_lines_stay_together()
    {
        _log.Open(LogPath);
        File.Move(LogPath, OldPath);
        Directory.CreateDirectory(LogPath);
        Say("one");
        Say("two");
        Assert.Equal(["one", "two"], Lines(OldPath));
    }

    [Fact]
    public void A_log_that_cannot_be_written_stops_nobody()
    {
        _log.Open("/dev/full");
        Say("one");
        Assert.Equal("Is a directory", Assert.Throws<IOException>(() => _log.Open(_folder)).Message);
        Assert.Equal("No such file or directory", Assert.Throws<IOException>(() => _log.Open(Path.Combine(_folder, "none", "log"))).Message);
    }

    private void Say(string text) => _log.Write(ConfigLogLevel.Notice, text);

    private static string[] Lines(string path) => [.. File.ReadAllLines(path).Select(static line => line[(line.LastIndexOf(' ') + 1)..])];
}
