using System.Text;
using Redouble.Persistence.Aof;

namespace Redouble.Persistence.Tests.Aof;

public sealed class AofManifestTests
{
    private const string Name = "appendonly.aof";

    [Fact]
    public void A_rewrite_goes_from_set_to_set()
    {
        var set = AofManifest.Empty.WithNextBase(Name, isRdb: true).WithNextIncremental(Name);
        Assert.Equal("file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n", Text(set));
        var begun = set.WithNextIncremental(Name);
        Assert.Equal(["appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof", "appendonly.aof.2.incr.aof"], begun.Data.Select(f => f.Name));
        var done = begun.WithNextBase(Name, isRdb: false).WithIncrementalsAsHistory(kept: 1);
        Assert.Equal(
            "file appendonly.aof.2.base.aof seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\nfile appendonly.aof.1.base.rdb seq 1 type h\n"
            + "file appendonly.aof.2.incr.aof seq 2 type i\n", Text(done));
        Assert.Equal("appendonly.aof.2.incr.aof", done.LastIncremental!.Name);
        Assert.Equal("file appendonly.aof.2.base.aof seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n", Text(done.WithoutHistory()));
        Assert.Empty(done.WithIncrementalsAsHistory(kept: 0).Incrementals);
    }

    /// <summary>Found by the fuzzer, seed 4711, iteration 8197.</summary>
    [Fact]
    public void A_name_with_a_quote_is_read_again()
    {
        var set = AofManifest.OfSingleFile("e'x");
        Assert.Null(AofManifestReader.Read(set.Format(), out var read));
        Assert.Equal("e'x", read.Base!.Name);
    }

    /// <summary>History files are deleted by name, and may still be listed when the next files are named.</summary>
    [Fact]
    public void A_new_file_never_gets_the_name_of_a_listed_one()
    {
        Assert.Null(Read(
            "file appendonly.aof.7.base.rdb seq 7 type b\nfile appendonly.aof.8.base.rdb seq 8 type h\nfile appendonly.aof.1.incr.aof seq 1 type h\n"
            + "file appendonly.aof.2.incr.aof seq 2 type h\n", out var set));
        var next = set.WithNextIncremental(Name);
        Assert.Equal(("appendonly.aof.3.incr.aof", 3), (next.LastIncremental!.Name, next.LastIncremental.Sequence));
        Assert.Equal("appendonly.aof.9.base.rdb", next.WithNextBase(Name, isRdb: true).Base!.Name);
        Assert.Equal("appendonly.aof.1.incr.aof", set.WithoutHistory().WithNextIncremental(Name).LastIncremental!.Name);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var name = "a \"b\"\n\u00e9";
        var set = AofManifest.Empty.WithNextBase(name, isRdb: true).WithNextIncremental(name).WithNextIncremental(name).WithNextBase(name, isRdb: true);
        Assert.StartsWith("file \"a \\\"b\\\"\\n\\xe9.2.base.rdb\" seq 2 type b\n", Text(set));
        Assert.Null(AofManifestReader.Read(set.Format(), out var read));
        Assert.Equal(Text(set), Text(read));
        Assert.Equal((2, 2), (read.LastBaseSequence, read.LastIncrementalSequence));
        Assert.Equal("a \"b\"\n\u00e9.1.base.rdb", read.History[0].Name);
    }

    [Fact]
    public void The_file_of_before_7_0_is_a_base()
    {
        var set = AofManifest.OfSingleFile(Name);
        Assert.Equal("file appendonly.aof seq 1 type b\n", Text(set));
        Assert.Equal("appendonly.aof.2.base.rdb", set.WithNextBase(Name, isRdb: true).Base!.Name);
        Assert.False(set.HasNoData);
        Assert.True(AofManifest.Empty.HasNoData);
    }

    [Fact]
    public void Comments_other_fields_and_any_order_are_taken()
    {
        Assert.Null(Read("#a comment\nTYPE b seq 0012x file \"x\\x41\" new field\n  file 'i' seq 3 type incr \r\n#\n", out var set));
        Assert.Equal(new AofFile("xA", 12, AofFileKind.Base), set.Base);
        Assert.Equal(new AofFile("i", 3, AofFileKind.Incremental), Assert.Single(set.Incrementals));
        Assert.Null(Read("file x seq 99999999999999999999 type h\n", out set));
        Assert.Equal(long.MaxValue, set.History[0].Sequence);
        Assert.Null(Read("# nothing else\n", out set));
        Assert.True(set.HasNoData);
    }

    // The texts are those that redis-server 7.0.15 logs before it exits.
    [Theory]
    [InlineData("", "Found an empty AOF manifest", 0, null)]
    [InlineData("file a seq 1 type b", "The AOF manifest file contains too long line", 1, null)]
    [InlineData("file a seq 1 type b\n\n", "Invalid AOF manifest file format", 2, "")]
    [InlineData("file a seq 1 type\n", "Invalid AOF manifest file format", 1, "file a seq 1 type")]
    [InlineData("file a seq 1\n", "Invalid AOF manifest file format", 1, "file a seq 1")]
    [InlineData("file a seq 0 type b\n", "Invalid AOF manifest file format", 1, "file a seq 0 type b")]
    [InlineData("file a seq x type b\n", "Invalid AOF manifest file format", 1, "file a seq x type b")]
    [InlineData("file a seq 1 type \"\"\n", "Invalid AOF manifest file format", 1, "file a seq 1 type \"\"")]
    [InlineData("file \"a seq 1 type b\n", "Invalid AOF manifest file format", 1, "file \"a seq 1 type b")]
    [InlineData("file a seq 1 typo b\n", "Invalid AOF manifest file format", 1, "file a seq 1 typo b")]
    [InlineData("file a seq 1 type b\n\tfile ../a seq 1 type i\n", "File can't be a path, just a filename", 2, "file ../a seq 1 type i")]
    [InlineData("file a seq 1 type b\nfile c seq 2 type b\n", "Found duplicate base file information", 2, "file c seq 2 type b")]
    [InlineData("file a seq 1 type i\nfile c seq 1 type i\n", "Found a non-monotonic sequence number", 2, "file c seq 1 type i")]
    [InlineData("file a seq -1 type i\n", "Found a non-monotonic sequence number", 1, "file a seq -1 type i")]
    [InlineData("file a seq 1 type x\n", "Unknown AOF file type", 1, "file a seq 1 type x")]
    public void What_is_wrong_is_said_in_Redis_words(string text, string error, int line, string? shown)
    {
        Assert.Equal(new AofManifestError(error, line, shown), Read(text, out var set));
        Assert.True(set.HasNoData);
    }

    [Fact]
    public void A_line_has_at_most_1024_bytes()
    {
        var fits = "file " + new string('x', 1024 - 5 - 14) + " seq 1 type b\n";
        Assert.Equal(1024, fits.Length);
        Assert.Null(Read(fits, out _));
        Assert.Equal("The AOF manifest file contains too long line", Read("x" + fits, out _)!.Text);
    }

    private static AofManifestError? Read(string text, out AofManifest set) => AofManifestReader.Read(Encoding.Latin1.GetBytes(text), out set);

    private static string Text(AofManifest set) => Encoding.Latin1.GetString(set.Format());
}
