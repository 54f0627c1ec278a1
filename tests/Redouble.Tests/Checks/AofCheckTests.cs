using System.Text;
using System.Text.RegularExpressions;
using Redouble.Checks;
using Redouble.Persistence.Aof;

namespace Redouble.Tests.Checks;

/// <summary>`redouble check-aof` next to redis-check-aof: the same words, the same exit status, the same file afterwards.</summary>
public sealed partial class AofCheckTests
{
    private const string Set = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
    private const string Select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
    private const string Multi = "*1\r\n$5\r\nMULTI\r\n";
    private const string Exec = "*1\r\n$4\r\nEXEC\r\n";

    public static TheoryData<string> Files { get; } =
    [
        "", Set, Set + Set, "#TS:1\r\n" + Set, Set + "*", Set + "*3", Set + "*3\r\n", Set + "*3\r\n$", "garbage", Set + "garbage\r\n" + Set,
            "*1\r\n$x\r\nGET\r\n", "*x", "*x\r\n",
        "*0\r\n" + Set, "*-1\r\n" + Set, "*1\r\n+3\r\n", "*1\r\n\u00ff3\r\n", "*1\r\n$-4\r\nEXEC\r\n", "*1\r\n$10\r\nEXEC\r\n", "*1\r\n$4\r\nEXECxx",
            "*1\r\n$4\r\nEXEC\r\u00f0", "*1\r\n$ 4\r\nPING\r\n",
        "*1\r\n$99999999999999999999\r\nx", Multi + Set, Multi + Set + Exec, Multi + Multi, Exec, Set + Multi + Set + Exec + Multi + Set, Multi +
            "#TS:5\r\n" + Set + Exec, "*2\r\n$5\r\nmulti\r\n$1\r\nx\r\n" + Exec,
        "#no line end", "*1\r\n$4\r\nPING\n\n", "*1\n$4\nPING\r\n", "\r\n" + Set, "*1\r\n$0\r\n\r\n", Set + "\0",
    ];

    /// <summary>Whatever the reason: an exception once went through to the shell.</summary>
    [Theory]
    [InlineData("/proc/self/mem")]
    [InlineData("/")]
    [InlineData("/nothing/here")]
    public void A_file_that_cannot_be_read_is_told(string path)
    {
        using var output = new StringWriter();
        Assert.Equal(1, AofCheck.Run([path], TextReader.Null, output, _ => { }));
        Assert.Contains(path, output.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("Cannot ", output.ToString().Split('\n').Last(static line => line.Length > 0), StringComparison.Ordinal);
    }

    [RealRedisTheory("redis-check-aof")]
    [MemberData(nameof(Files))]
    public void A_file_is_judged_as_by_Redis(string text)
    {
        AssertAlike(text, "");
        AssertAlike(text, "y\n", "--fix");
        AssertAlike(text, "n\n", "--fix");
        AssertAlike(text, "", "--fix");
    }

    [RealRedisFact("redis-check-aof")]
    public void A_file_cut_at_any_byte_is_judged_as_by_Redis()
    {
        const string text = "#TS:1\r\n" + Set + Multi + Set + Exec;
        for (var cut = 0; cut < text.Length; cut++) AssertAlike(text[..cut], "Y", "--fix");
    }

    [RealRedisFact("redis-check-aof")]
    public void Files_are_cut_to_a_second_as_by_Redis()
    {
        const string text = "#TS:100\r\n" + Set + "#TS:200\r\n" + Set + Set + "#TS:300\r\n" + Set;
        foreach (var second in (string[])["99", "100", "199", "200", "250", "300", "1000", "0", "-1", "x", ""]) AssertAlike(text, "",
            "--truncate-to-timestamp", second);
        AssertAlike(Set + "#TS:abc\r\n", "", "--truncate-to-timestamp", "5");
        AssertAlike(text + "*3", "", "--truncate-to-timestamp", "1000");
    }

    [RealRedisFact("redis-check-aof")]
    public void A_set_is_checked_file_by_file()
    {
        const string manifest = "file b seq 1 type b\nfile h seq 1 type h\nfile i1 seq 1 type i\nfile i2 seq 2 type i\n";
        foreach (var (b, first, second) in ((string, string, string)[])[(Set, Set, Set), ("", "", ""), (Set, Set, Set + "*"), (Set, Set + "*", Set), ("x",
            Set, Set)])
        {
            (string, string)[] files = [("m", manifest), ("b", b), ("i1", first), ("i2", second)];
            AssertAlike(files, "", "m");
            AssertAlike(files, "y", "--fix", "m");
        }

        AssertAlike([("m", manifest), ("b", Set)], "", "m");
        AssertAlike([("m", manifest), ("b", Set), ("i1", "#TS:100\r\n" + Set), ("i2", "#TS:200\r\n" + Set)], "", "--truncate-to-timestamp", "150", "m");
        AssertAlike([("m", manifest), ("b", Set), ("i1", Set + "#TS:200\r\n" + Set), ("i2", Set)], "", "--truncate-to-timestamp", "150", "m");
    }

    [Fact]
    public void A_manifest_without_sense_is_told_as_in_the_servers_log()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "m"), "file a seq 1 type b\nfile c seq 1 type b\n");
        List<string> log = [];
        Assert.Equal(1, AofCheck.Run([Path.Combine(folder.Path, "m")], TextReader.Null, TextWriter.Null, log.Add));
        Assert.Equal(["\n*** FATAL AOF MANIFEST FILE ERROR ***\n", "Reading the manifest file, at line 2\n", ">>> 'file c seq 1 type b'\n",
            "Found duplicate base file information\n"], log);
    }

    [RealRedisFact("redis-check-aof")]
    public void What_only_we_write_is_valid() => AssertAlike(
        "#RD:follows e9c6d914c4b8d9ca\r\n" + Set + "#RD:omits \"*1\\r\\n$4\\r\\nping\\r\\n\"\r\n" + Set + "#RD:127 e9c6d914c4b8d9ca\r\n", "");

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

        CommandLineRun run = CommandLineRun.Of("check-aof", path);
        Assert.Equal(1, run.Status);
        Assert.EndsWith($"Cannot open file {path}: {why}\n", run.Output + run.Error);
    }

    /// <summary>All of it was cut off: the lines that only we write, and the SELECT that begins each file, were taken for something before that time.</summary>
    [Theory]
    [InlineData("", 1)]
    [InlineData(Select, 1)]
    [InlineData(Set, 0)]
    [InlineData(Select + Multi + Set + Exec, 0)]
    public void Nothing_is_cut_back_to_a_time_before_the_first_command(string before, int status)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "f");
        const string follows = "#RD:follows e9c6d914c4b8d9ca\r\n";
        var text = follows + before + "#RD:127 e9c6d914c4b8d9ca\r\n";
        File.WriteAllText(path, text + "#TS:200\r\n" + Set);
        var output = new StringWriter();
        Assert.Equal(status, AofCheck.Run(["--truncate-to-timestamp", "150", path], TextReader.Null, output, _ => { }));
        if (status == 0) Assert.Equal(text + "#RD:repaired\r\n", File.ReadAllText(path));
        else Assert.Equal(text + "#TS:200\r\n" + Set, File.ReadAllText(path));
        if (status != 0) Assert.Contains($"AOF {path} has nothing before timestamp 150, aborting...", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_marks_says_that_it_was_repaired()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "f");
        var line = new byte[AofAnnotation.LengthMax];
        var mark = Encoding.Latin1.GetString(line, 0, new AofMarker().Mark(new byte[40], 100, 0, false, line));
        File.WriteAllText(path, mark + Set + "*");
        Assert.Equal(0, AofCheck.Run(["--fix", path], new StringReader("y"), TextWriter.Null, _ => { }));
        Assert.Equal(mark + Set + "#RD:repaired\r\n", File.ReadAllText(path));
        Assert.Equal(0, AofCheck.Run([path], TextReader.Null, TextWriter.Null, _ => { }));
    }

    [Theory]
    [InlineData]
    [InlineData("a", "b")]
    [InlineData("--truncate-to-timestamp", "5")]
    [InlineData("--fix", "--fix", "x")]
    public void Other_arguments_are_refused(params string[] args)
    {
        var output = new StringWriter();
        Assert.Equal(1, AofCheck.Run(args, TextReader.Null, output, _ => { }));
        Assert.Equal(AofCheck.Usage + Environment.NewLine, output.ToString());
    }

    private static void AssertAlike(string text, string answer, params string[] args) => AssertAlike([("f", text)], answer, [.. args, "f"]);

    private static void AssertAlike((string Name, string Text)[] files, string answer, params string[] args)
    {
        using var theirs = new TemporaryFolder();
        using var ours = new TemporaryFolder();
        foreach (var (name, text) in files)
        {
            File.WriteAllBytes(Path.Combine(theirs.Path, name), Encoding.Latin1.GetBytes(text));
            File.WriteAllBytes(Path.Combine(ours.Path, name), Encoding.Latin1.GetBytes(text));
        }

        var expected = CheckOracle.Run("redis-check-aof", theirs.Path, answer, args);
        var output = new StringWriter();
        string[] placed = [.. args[..^1], Path.Combine(ours.Path, args[^1])];
        var status = AofCheck.Run(placed, new StringReader(answer), output, _ => { });
        var said = output.ToString().Replace(ours.Path + "/", "", StringComparison.Ordinal).Replace("redouble check-aof", "redis-check-aof",
            StringComparison.Ordinal);
        Assert.Equal(WithoutStale(expected.Output.Replace(" ./", " ", StringComparison.Ordinal)), WithoutStale(said));
        Assert.Equal(expected.Status, status);
        foreach (var (name, _) in files) Assert.Equal(File.ReadAllBytes(Path.Combine(theirs.Path, name)), File.ReadAllBytes(Path.Combine(ours.Path, name)));
    }

    // Where a line ends at its number, redis-check-aof shows a byte of an earlier line behind the end.
    private static string WithoutStale(string output) => StaleByte().Replace(output, "got: 00");

    [GeneratedRegex("got: 00[0-9a-f]{2}")]
    private static partial Regex StaleByte();
}
