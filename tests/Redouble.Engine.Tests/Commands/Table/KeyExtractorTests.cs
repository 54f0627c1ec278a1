using System.Text;
using Redouble.Engine.Commands.Table;

namespace Redouble.Engine.Tests.Commands.Table;

public class KeyExtractorTests
{
    private static readonly KeySpec s_first = Range(1, 0);
    private static readonly KeySpec s_streams = new(
        KeySpecFlags.RO, new BeginSearch(BeginSearchKind.Keyword, 1, "STREAMS"), new FindKeys(FindKeysKind.Range, LastKey: -1, Limit: 2));

    private static readonly KeySpec s_migrateKeys = new(
        KeySpecFlags.RW | KeySpecFlags.Incomplete, new BeginSearch(BeginSearchKind.Keyword, -2, "KEYS"), new FindKeys(FindKeysKind.Range, LastKey: -1));

    private static readonly KeySpec s_counted = new(
        KeySpecFlags.RO, new BeginSearch(BeginSearchKind.Index, 2), new FindKeys(FindKeysKind.KeyNum, KeyNumIndex: 0, FirstKey: 1));

    /// <summary>What COMMAND GETKEYS of 7.0.15 answers for the same words.</summary>
    [Theory]
    [InlineData("get k", "Found 1")]
    [InlineData("mget a b c", "Found 1 2 3")]
    [InlineData("mset a 1 b 2", "Found 1 3")]
    [InlineData("mset a 1 b", "Found 1 3")]
    [InlineData("lcs a b", "Found 1 2")]
    [InlineData("lcs a", "Invalid")]
    [InlineData("blpop a b 0", "Found 1 2")]
    [InlineData("blpop 0", "Invalid")]
    [InlineData("eval x 2 a b c", "Found 3 4")]
    [InlineData("eval x 0 a", "Invalid")]
    [InlineData("eval x 9 a b", "Invalid")]
    [InlineData("eval x -1 a b", "Invalid")]
    [InlineData("eval x two a b", "Invalid")]
    [InlineData("eval x +1 a b", "Invalid")]
    [InlineData("eval x 9223372036854775807 a b", "Invalid")]
    [InlineData("eval x 99999999999999999999 a b", "Invalid")]
    [InlineData("eval x", "Invalid")]
    [InlineData("xread count 1 streams a b 0 0", "Found 4 5")]
    [InlineData("xread STREAMS a 0", "Found 2")]
    [InlineData("xread count 1", "Found")]
    [InlineData("xread a streams", "Found")]
    [InlineData("ping", "NoKeys")]
    [InlineData("spublish c m", "Found")]
    [InlineData("sort k", "Invalid")]
    [InlineData("migrate h p k 0 1 copy keys a b", "Invalid")]
    [InlineData("two a b", "Found 2 1")]
    public void Finds_what_the_specs_describe(string line, string expected)
    {
        var words = line.Split(' ');
        KeySpec[] specs = words[0] switch
        {
            "get" => [s_first],
            "mget" => [Range(1, -1)],
            "mset" => [Range(1, -1, step: 2)],
            "lcs" => [Range(1, 1)],
            "blpop" => [Range(1, -2)],
            "eval" => [s_counted],
            "xread" => [s_streams],
            "spublish" => [s_first with { Flags = KeySpecFlags.NotKey }],
            "sort" => [s_first, new(KeySpecFlags.OW, new BeginSearch(BeginSearchKind.Unknown), new FindKeys(FindKeysKind.Unknown))],
            "migrate" => [Range(3, 0), s_migrateKeys],
            "two" => [Range(2, 0), Range(1, 0)],
            _ => [],
        };
        var keys = new KeyPositions();
        keys.Add(77, KeySpecFlags.RM);
        var result = KeyExtractor.FindBySpecs(Info(specs), new Words(words), keys);
        Assert.Equal(expected, result + string.Concat(Enumerable.Range(0, keys.Count).Select(i => $" {keys[i].Index}")));
    }

    [Fact]
    public void Searches_a_keyword_backwards_from_the_end()
    {
        var keys = new KeyPositions();
        var spec = s_migrateKeys with { Flags = KeySpecFlags.RW };
        Assert.Equal(KeySearchResult.Found, KeyExtractor.FindBySpecs(Info([spec]), new Words("migrate h keys x Keys a b".Split(' ')), keys));
        Assert.Equal([(5, KeySpecFlags.RW), (6, KeySpecFlags.RW)], [keys[0], keys[1]]);
    }

    [Fact]
    public void Holds_any_number_of_keys()
    {
        var keys = new KeyPositions();
        var words = Enumerable.Repeat("k", 1001).ToArray();
        Assert.Equal(KeySearchResult.Found, KeyExtractor.FindBySpecs(Info([Range(1, -1)]), new Words(words), keys));
        Assert.Equal(1000, keys.Count);
        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal((i + 1, KeySpecFlags.RO), keys[i]));
        Assert.Throws<IndexOutOfRangeException>(() => keys[1000]);
    }

    private static KeySpec Range(int at, int last, int step = 1) =>
        new(KeySpecFlags.RO, new BeginSearch(BeginSearchKind.Index, at), new FindKeys(FindKeysKind.Range, last, step));

    private static CommandInfo Info(KeySpec[] specs) => new(0, "x", -1, CommandFlags.None, AclCategory.None, CommandGroup.Generic, default, specs);

    private readonly struct Words(string[] words) : ICommandArguments
    {
        public int Count => words.Length;

        public ReadOnlySpan<byte> this[int index] => Encoding.ASCII.GetBytes(words[index]);
    }
}
