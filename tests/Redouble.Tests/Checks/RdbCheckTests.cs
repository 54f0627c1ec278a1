using System.Diagnostics;
using System.Text.RegularExpressions;
using Redouble.Checks;

namespace Redouble.Tests.Checks;

/// <summary>`redouble check-rdb` next to redis-check-rdb.</summary>
public sealed partial class RdbCheckTests
{
    [RealRedisFact("redis-check-rdb", "redis-cli")]
    public void A_file_of_Redis_is_judged_as_by_Redis()
    {
        using var folder = new TemporaryFolder();
        var rdb = Save(folder.Path);
        Assert.Contains("looks OK", AssertAlike(folder.Path, rdb), StringComparison.Ordinal);

        var damaged = (byte[])rdb.Clone();
        damaged[^3] ^= 1;
        Assert.Contains("RDB CRC error", AssertAlike(folder.Path, damaged), StringComparison.Ordinal);
        AssertAlike(folder.Path, [.. "GARBAGE090909"u8]);
        AssertAlike(folder.Path, [.. "REDIS"u8]);

        // What was being done and of which type, is Redis' own business; that it is short, and where, is not.
        for (var cut = 9; cut < rdb.Length; cut += 7)
        {
            var (status, output) = Ours(folder.Path, rdb[..cut]);
            var (theirStatus, theirOutput) = CheckOracle.Run("redis-check-rdb", folder.Path, "", "f");
            Assert.Equal(1, status);
            Assert.Equal(theirStatus, status);
            Assert.Contains("Unexpected EOF reading RDB file", output, StringComparison.Ordinal);
            Assert.Equal(Head(theirOutput), Head(output));
        }
    }

    [RealRedisFact("redis-check-aof", "redis-cli")]
    public void An_rdb_in_front_of_an_aof_is_judged_as_by_Redis()
    {
        using var folder = new TemporaryFolder();
        var rdb = Save(folder.Path);
        File.WriteAllBytes(Path.Combine(folder.Path, "f"), [.. rdb, .. "*1\r\n$4\r\nPING\r\n*1"u8]);
        var expected = CheckOracle.Run("redis-check-aof", folder.Path, "", "f");
        var output = new StringWriter();
        Assert.Equal(expected.Status, AofCheck.Run([Path.Combine(folder.Path, "f")], TextReader.Null, output, _ => { }));
        Assert.Equal(WithoutStray(expected.Output), WithoutStray(output.ToString().Replace(folder.Path + "/", "", StringComparison.Ordinal)));
    }

    // Of bytes behind the end of the file Redis shows what its stack holds.
    private static string WithoutStray(string output) => StrayBytes().Replace(output, "got: ?");

    [GeneratedRegex("got: [0-9a-f]{4}")]
    private static partial Regex StrayBytes();

    [Theory]
    [InlineData(true, "Is a pipe")]
    [InlineData(false, "No such file or directory")]
    public void What_is_no_file_is_told_and_not_waited_for(bool isPipe, string why)
    {
        using TemporaryFolder folder = new();
        string path = isPipe ? Path.Combine(folder.Path, "pipe") : "";
        if (isPipe)
        {
            using System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", [path]);
            make.WaitForExit();
        }

        CommandLineRun run = CommandLineRun.Of("check-rdb", path);
        Assert.Equal(1, run.Status);
        Assert.EndsWith($"Cannot open file {path}: {why}\n", run.Output + run.Error);
    }

    [Fact]
    public void Without_a_file_there_is_no_check()
    {
        var errors = new StringWriter();
        Assert.Equal(1, RdbCheck.Run([], TextWriter.Null, errors));
        Assert.Equal(RdbCheck.Usage + Environment.NewLine, errors.ToString());
        Assert.Equal(1, RdbCheck.Run(["/nonexistent/file"], TextWriter.Null, TextWriter.Null));
    }

    private static string Head(string output) => output[..output.IndexOf("---", StringComparison.Ordinal)];

    private static string AssertAlike(string folder, byte[] bytes)
    {
        var (status, output) = Ours(folder, bytes);
        var expected = CheckOracle.Run("redis-check-rdb", folder, "", "f");
        // "Reading type 0 (string)" in front of any type is what Redis' state begins with.
        var theirs = expected.Output.Replace("[additional info] Reading type 0 (string)\n", "", StringComparison.Ordinal);
        Assert.Equal(theirs, output);
        Assert.Equal(expected.Status, status);
        return output;
    }

    private static (int Status, string Output) Ours(string folder, byte[] bytes)
    {
        var path = Path.Combine(folder, "f");
        File.WriteAllBytes(path, bytes);
        var output = new StringWriter();
        var status = RdbCheck.Run([path], output, TextWriter.Null);
        return (status, output.ToString().Replace(folder + "/", "", StringComparison.Ordinal));
    }

    private static byte[] Save(string folder)
    {
        var socket = Path.Combine(folder, "s");
        using var server = Process.Start(new ProcessStartInfo("redis-server", ["--port", "0", "--unixsocket", socket, "--save", "", "--dir",
            folder])
        { RedirectStandardOutput = true })!;
        for (var i = 0; !File.Exists(socket) && i < 200; i++) Thread.Sleep(50);
        string[] commands = ["SET a 1", "SET b 2 PXAT 32503680000000", "RPUSH l x y", "SADD s 1 2", "HSET h f v", "ZADD z 1.5 m", "XADD x 1-1 f v",
            "SELECT 3", "SET c hello", "SAVE", "SHUTDOWN NOSAVE"];
        CheckOracle.Run("redis-cli", folder, string.Join('\n', commands) + "\n", "-s", socket);
        Assert.True(server.WaitForExit(10_000));
        return File.ReadAllBytes(Path.Combine(folder, "dump.rdb"));
    }
}
