using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>What the rules leave open is not whether a request is refused, nor in which words.</summary>
public sealed class NormalisationTests
{
    private readonly Normalisation _normalisation = new(translate: true);

    [Theory]
    [InlineData("SCAN 0 COUNT 0")]
    [InlineData("@rawscan 0 foo")]
    [InlineData("SSCAN s 0 COUNT 0")]
    [InlineData("TIME x")]
    [InlineData("ROLE x")]
    [InlineData("RANDOMKEY x")]
    [InlineData("@randomkey")]
    [InlineData("CLIENT ID x")]
    [InlineData("CLIENT LIST TYPE x")]
    [InlineData("COMMAND x")]
    [InlineData("COMMAND COUNT x")]
    [InlineData("INFO")]
    [InlineData("KEYS a b")]
    [InlineData("CONFIG GET")]
    [InlineData("LATENCY HISTOGRAM")]
    [InlineData("LATENCY DOCTOR x")]
    [InlineData("SMEMBERS string")]
    [InlineData("WAIT a b")]
    public void Errors_are_compared_word_by_word(string request)
    {
        string[] args = request.Split(' ');
        Reply error = Reply.Error("ERR syntax error");
        Assert.True(_normalisation.Same(args, error, Reply.Error("ERR syntax error")));
        Assert.False(_normalisation.Same(args, error, Reply.Error("ERR value is not an integer or out of range")));
        Assert.False(_normalisation.Same(args, error, Reply.NullBulk));
        Assert.False(_normalisation.Same(args, Reply.Array(), error));
    }

    [Fact]
    public void Cursors_and_elements_of_a_scan_are_open() =>
        Assert.True(_normalisation.Same(
            ["SCAN", "0"], Reply.Array(Reply.Bulk("17"), Reply.Array(Reply.Bulk("a"))), Reply.Array(Reply.Bulk("5"), Reply.Array())));

    [Fact]
    public void An_error_in_a_transaction_is_compared_as_one_outside() =>
        Assert.False(_normalisation.Same(
            ["EXEC"], Reply.Array(Reply.Error("ERR syntax error")), Reply.Array(Reply.Error("ERR invalid cursor")), [["SCAN", "0", "COUNT", "0"]]));

    [Fact]
    public void Where_versions_differ_in_an_error_that_of_the_later_one_is_expected()
    {
        string[] args = ["BLPOP", "k", "9223372036854775807"];
        Assert.True(_normalisation.Same(args, Reply.Error("ERR timeout is negative"), Reply.Error("ERR timeout is out of range")));
        Assert.False(new Normalisation(translate: false).Same(args, Reply.Error("ERR timeout is negative"), Reply.Error("ERR timeout is out of range")));
    }
}
