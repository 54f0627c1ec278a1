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
    }

    /// <summary>Of strings and of packed values that are cut it told neither the key nor the place, and of none the type.</summary>
    [RealRedisFact("redis-check-rdb", "redis-cli")]
    public void A_file_that_is_cut_is_judged_as_by_Redis_wherever_that_is()
    {
        using var folder = new TemporaryFolder();
        AssertAllCutsAlike(folder.Path, Save(folder.Path));
        // What no Redis writes any more: lists and scores one by one, times in seconds, the zipmap and the ziplist.
        AssertAllCutsAlike(folder.Path,
        [
            .. "REDIS0003"u8, 0xfe, 0,
            1, 1, (byte)'l', 2, 1, (byte)'a', 0xc0, 5,
            0xfd, 0, 0, 0, 0x70, 3, 1, (byte)'z', 2, 1, (byte)'a', 3, .. "1.5"u8, 1, (byte)'b', 254,
            0xf8, 0x40, 0x70, 4, 1, (byte)'h', 1, 1, (byte)'f', 1, (byte)'v',
            9, 1, (byte)'m', 7, 1, 1, (byte)'f', 1, 0, (byte)'v', 255,
            14, 1, (byte)'q', 1, 14, 14, 0, 0, 0, 10, 0, 0, 0, 1, 0, 0, 1, (byte)'x', 255,
            255,
        ]);
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

    /// <summary>It was named with the directory of the manifest, and that was "." where none was given.</summary>
    [RealRedisFact("redis-check-aof", "redis-cli")]
    public void The_base_of_a_set_is_named_as_in_the_manifest()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "b.rdb"), Save(folder.Path));
        File.WriteAllText(Path.Combine(folder.Path, "m"), "file b.rdb seq 1 type b\n");
        var output = new StringWriter();
        Assert.Equal(0, AofCheck.Run([Path.Combine(folder.Path, "m")], TextReader.Null, output, _ => { }));
        Assert.Equal(CheckOracle.Run("redis-check-aof", folder.Path, "", "m").Output, output.ToString());
    }

    // Of bytes behind the end of the file Redis shows what its stack holds.
    private static string WithoutStray(string output) => StrayBytes().Replace(output, "got: ?");

    // Of a stream that is cut Redis tells the line of its own source, and its log that it ends.
    [GeneratedRegex("Internal error in RDB reading offset .*\n")]
    private static partial Regex SourceLine();

    [GeneratedRegex("[0-9]+:C .* Terminating server after rdb file reading failure.\n")]
    private static partial Regex LogLine();

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

    private static string AssertAlike(string folder, byte[] bytes)
    {
        var (status, output) = Ours(folder, bytes);
        var expected = CheckOracle.Run("redis-check-rdb", folder, "", "f");
        Assert.Equal(WithoutFirstType(expected.Output), output);
        Assert.Equal(expected.Status, status);
        return output;
    }

    // Wherever we say something else than a byte before, and now and then between: a run of the program costs 35 ms of CPU.
    private static void AssertAllCutsAlike(string folder, byte[] rdb)
    {
        const string end = "== end\n";
        const int between = 7;
        var first = "REDIS0010".Length;
        var ours = Enumerable.Range(first, rdb.Length - first + 1).Select(cut => (Cut: cut, Run: Ours(folder, rdb[..cut]))).ToArray();
        var asked = ours.Where((entry, i) => i == 0 || entry.Cut % between == 0 || entry.Run.Output != ours[i - 1].Run.Output).ToArray();
        foreach (var (cut, _) in asked) File.WriteAllBytes(Path.Combine(folder, $"cut{cut}"), rdb[..cut]);
        var files = string.Join(' ', asked.Select(static entry => $"cut{entry.Cut}"));
        var theirs = CheckOracle.Run("sh", folder, "", "-c", $"for f in {files}; do redis-check-rdb $f; echo == end; done").Output.Split(end);
        Assert.Equal(asked.Length + 1, theirs.Length);
        foreach (var ((cut, run), expected) in asked.Zip(theirs))
        {
            Assert.Equal(WithoutFirstType(expected.Replace($"file cut{cut}", "file f", StringComparison.Ordinal)), run.Output);
            Assert.Equal(cut == rdb.Length ? 0 : 1, run.Status);
        }
    }

    // A string is what Redis' state begins with, before there is any type; and 7.0 has forgotten the name of one.
    private static string WithoutFirstType(string output) => output.Contains("While doing: read-key", StringComparison.Ordinal)
        || output.Contains("While doing: read-object-value", StringComparison.Ordinal)
            ? LogLine().Replace(SourceLine().Replace(output, "Unexpected EOF reading RDB file\n"), "")
                .Replace("type 19 (unknown)", "type 19 (stream-v2)", StringComparison.Ordinal)
            : output.Replace("[additional info] Reading type 0 (string)\n", "", StringComparison.Ordinal);

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
        string[] commands =
        [
            "SET a 1", "SET b 2 PXAT 32503680000000", "SET n 70000", "SET w 300", $"SET repeated {new string('r', 100)}", "RPUSH l x y",
            "SADD s 1 2", "HSET h f v", "ZADD z 1.5 m",
            "XADD x 1-1 f v", "XADD x 2-1 f w", "XGROUP CREATE x g 0", "XREADGROUP GROUP g c STREAMS x >", "SADD words a b",
            "CONFIG SET list-max-listpack-size 2 hash-max-listpack-entries 1 zset-max-listpack-entries 1 set-max-intset-entries 1",
            "RPUSH nodes 1 2 3 4 5", "HSET fields a 1 b 2", "ZADD scores 1 a inf b", "SADD members 5 6",
            "FUNCTION LOAD \"#!lua name=lib\\nredis.register_function('f',function() end)\"",
            "CONFIG SET maxmemory-policy allkeys-lfu", "SELECT 3", "SET c hello PXAT 32503680000001", "SAVE", "SHUTDOWN NOSAVE",
        ];
        CheckOracle.Run("redis-cli", folder, string.Join('\n', commands) + "\n", "-s", socket);
        Assert.True(server.WaitForExit(10_000));
        return File.ReadAllBytes(Path.Combine(folder, "dump.rdb"));
    }
}
