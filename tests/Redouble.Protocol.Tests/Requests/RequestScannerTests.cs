using System.Runtime.CompilerServices;
using Redouble.Protocol.Requests;

namespace Redouble.Protocol.Tests.Requests;

public sealed class RequestScannerTests
{
    private const string FiveMore = "$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n";
    private const string Ping = "*1\r\n$4\r\nPING\r\n";

    [Fact]
    public void StateStaysSmall() => Assert.True(Unsafe.SizeOf<RequestScanner>() <= 32);

    [Fact]
    public void OffsetsOfTheDrawing()
    {
        var args = new ArgumentTable();
        var scanner = new RequestScanner();
        Assert.Equal(ScanStatus.Complete, scanner.Scan(Scan.Bytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n*1"), args, ScanLimits.Default, out var consumed));
        Assert.Equal(28, consumed);
        Assert.Equal([new(8, 3), new(17, 1), new(24, 2)], args.Slice(0, 3).ToArray());
        Assert.True(scanner.IsCanonical);
    }

    // Each text as redis-server 7.0.15 answers it.
    [Theory]
    [InlineData("*abc\r\n", "invalid multibulk length")]
    [InlineData("*2147483648\r\n", "invalid multibulk length")]
    [InlineData("*9223372036854775808\r\n", "invalid multibulk length")]
    [InlineData("*111111111111111111111\r\n", "invalid multibulk length")]
    [InlineData("*\r\nxxxxxxxx", "invalid multibulk length")]
    [InlineData("*+1\r\n$4\r\nPING\r\n", "invalid multibulk length")]
    [InlineData("*01\r\n$4\r\nPING\r\n", "invalid multibulk length")]
    [InlineData("*-0\r\n$4\r\nPING\r\n", "invalid multibulk length")]
    [InlineData("* 1\r\n$4\r\nPING\r\n", "invalid multibulk length")]
    [InlineData("*1 \r\n$4\r\nPING\r\n", "invalid multibulk length")]
    [InlineData("*1\r\nPING\r\n", "expected '$', got 'P'")]
    [InlineData("*1\r\n\u0001PING\r\n", "expected '$', got '\u0001'")]
    [InlineData("*1\r\n\u00ffPING\r\n", "expected '$', got '\u00ff'")]
    [InlineData("*1\r\n\r\nPING\r\n", "expected '$', got ' '")]
    [InlineData("*2\r\n$4\r\nECHO\r\nabc\r\n", "expected '$', got 'a'")]
    [InlineData("*1\r\n$-1\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$abc\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$536870913\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$9223372036854775808\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$04\r\nPING\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$004\r\nPING\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$0004\r\nPING\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$+4\r\nPING\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$4\nPING\r\n", "invalid bulk length")]
    [InlineData("set \"a b\r\n", "unbalanced quotes in request")]
    [InlineData("set 'a\r\n", "unbalanced quotes in request")]
    [InlineData("set \"a\"b\r\n", "unbalanced quotes in request")]
    [InlineData("set 'a'b\r\n", "unbalanced quotes in request")]
    [InlineData("echo \"abc\\\r\n", "unbalanced quotes in request")]
    public void Refuses(string input, string error)
    {
        Assert.Equal(["-ERR Protocol error: " + error], Scan.Whole(input));
        Assert.Equal(["PING", "-ERR Protocol error: " + error], Scan.Whole(Ping + input));
        Assert.Equal(["-ERR Protocol error: " + error], Scan.Pieces(Scan.Bytes(input), Enumerable.Range(1, input.Length), ScanLimits.Default));
    }

    [Theory]
    [InlineData("*11\r\n", "unauthenticated multibulk length")]
    [InlineData("*2147483648\r\n", "invalid multibulk length")]
    [InlineData("*1\r\n$16385\r\n", "unauthenticated bulk length")]
    [InlineData("*1\r\n$536870913\r\n", "invalid bulk length")]
    public void RefusesBeforeAuthentication(string input, string error) =>
        Assert.Equal(["-ERR Protocol error: " + error], Scan.Whole(input, new ScanLimits(ScanLimits.DefaultBulkLengthMax, unauthenticated: true)));

    [Theory]
    [InlineData("*10\r\n")]
    [InlineData("*1\r\n$16384\r\n")]
    [InlineData("*1\r\n$9999\r\n")]
    public void WaitsBeforeAuthentication(string input) =>
        Assert.Equal(["…"], Scan.Whole(input, new ScanLimits(ScanLimits.DefaultBulkLengthMax, unauthenticated: true)));

    [Theory]
    [InlineData("*1\r\n$536870912\r\n")]
    [InlineData("*2147483647\r\n")]
    [InlineData("*1\r\nX")]
    [InlineData("*1\r\nX\r")]
    [InlineData("*1\r\nXXXXXXXXXXXX")]
    [InlineData("*1\n$4\nPING\n")]
    [InlineData("*1\r\n$4\r\nPING")]
    [InlineData("*1\r\n$4\r\nPING\r")]
    [InlineData("echo a\0b\r\n*1\r\n$4\r\nPING\r\n")]
    [InlineData("*1\0\r\n$4\r\nPING\r\n")]
    [InlineData("*\0")]
    [InlineData("\r")]
    [InlineData("PING\r")]
    [InlineData("\"")]
    public void Waits(string input) => Assert.Equal(["…"], Scan.Whole(input));

    [Theory]
    [InlineData(Ping, "PING")]
    [InlineData(Ping + Ping + Ping, "PING", "PING", "PING")]
    [InlineData("*2\r\n$4\r\nPING\r\n$0\r\n\r\n", "PING|")]
    [InlineData("*1\r\n$0\r\n\r\n" + Ping, "", "PING")]
    [InlineData("*2\r\n$4\r\nECHO\r\n$6\r\n\r\n$1\r\n\r\n", "ECHO|\r\n$1\r\n")]
    [InlineData("*1\rX$4\r\nPING\r\n", "PING")]
    [InlineData("*1\r\n$4\rXPING\r\n" + Ping, "PING", "PING")]
    [InlineData("*1\r\n$4\r\nPINGXX" + Ping, "PING", "PING")]
    [InlineData("*0\r\n" + Ping, "(empty)", "PING")]
    [InlineData("*-1\r\n" + Ping, "(empty)", "PING")]
    [InlineData("*-2147483649\r\n" + Ping, "(empty)", "PING")]
    [InlineData("\r\n" + Ping, "(empty)", "PING")]
    [InlineData("\n" + Ping, "(empty)", "PING")]
    [InlineData("   \r\n" + Ping, "(empty)", "PING")]
    [InlineData("PING\n", "PING")]
    [InlineData("  PING\r\n", "PING")]
    [InlineData("PING\rX\r\n", "PING|X")]
    [InlineData("ECHO a\r\r\n", "ECHO|a")]
    [InlineData("ECHO\ta\v\fb\r\n", "ECHO|a\v\fb")]
    [InlineData("ECHO\va\r\n", "ECHO\va")]
    [InlineData("\v\fECHO a\r\n", "ECHO|a")]
    [InlineData("echo \"a\\x41\\n\\\"b\"\r\n", "echo|aA\n\"b")]
    [InlineData("echo \"\\r\\t\\b\\a\\q\\\\\"\r\n", "echo|\r\t\b\aq\\")]
    [InlineData("echo a\"b c\" d\r\n", "echo|ab c|d")]
    [InlineData("echo 'it\\'s \\n'\r\n", "echo|it's \\n")]
    [InlineData("echo \"\\xg1\"\r\n", "echo|xg1")]
    [InlineData("echo \"\\x0\"\r\n", "echo|x0")]
    [InlineData("echo \"\" ''\r\n", "echo||")]
    [InlineData("echo \"a\\x00b\" \"\\xfF\"\r\n", "echo|a\0b|\u00ff")]
    [InlineData("*11\r\n$1\r\na\r\n" + FiveMore + FiveMore, "a|b|c|d|e|f|b|c|d|e|f")]
    public void Accepts(string input, params string[] expected)
    {
        var bytes = Scan.Bytes(input);
        Assert.Equal(expected, Scan.Whole(input));
        Assert.Equal(expected, Scan.Pieces(bytes, Enumerable.Range(1, bytes.Length), ScanLimits.Default));
        for (var cut = 0; cut <= bytes.Length; cut++) Assert.Equal(expected, Scan.Pieces(bytes, [cut, bytes.Length], ScanLimits.Default));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(9999)]
    [InlineData(10000)]
    [InlineData(123456)]
    public void TakesBulksOfEachWidth(int length)
    {
        var value = new string('v', length);
        Assert.Equal(["SET|k|" + value, "PING"], Scan.Whole($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${length}\r\n{value}\r\n{Ping}"));
    }

    [Fact]
    public void BulkLimitHoldsOnEveryPath()
    {
        foreach (var length in new[] { 10, 100, 1000, 10000 })
        {
            var input = $"*1\r\n${length}\r\n" + new string('v', length) + "\r\n";
            Assert.Equal([new string('v', length)], Scan.Whole(input, new ScanLimits(length)));
            Assert.Equal(["-ERR Protocol error: invalid bulk length"], Scan.Whole(input, new ScanLimits(length - 1)));
        }
    }

    [Fact]
    public void RefusesBulksThatNoWindowCanHold() =>
        Assert.Equal(["-ERR Protocol error: invalid bulk length"], Scan.Whole("*1\r\n$2147483647\r\n", new ScanLimits(long.MaxValue)));

    [Theory]
    [InlineData('*', 1, "too big mbulk count string")]
    [InlineData('a', 0, "too big inline request")]
    public void RefusesEndlessLines(char first, int pad, string error)
    {
        var longest = first + new string('1', (64 * 1024) - 1);
        Assert.Equal(["…"], Scan.Whole(longest));
        Assert.Equal(["-ERR Protocol error: " + error], Scan.Whole(longest + "1"));
        if (pad == 0) Assert.Equal([longest + "1"], Scan.Whole(longest + "1\r\n"));
        else Assert.Equal(["-ERR Protocol error: invalid multibulk length"], Scan.Whole(longest + "1\r\n"));
    }

    [Fact]
    public void RefusesEndlessBulkLengths()
    {
        var longest = "*1\r\n$" + new string('1', (64 * 1024) - 1);
        Assert.Equal(["…"], Scan.Whole(longest));
        Assert.Equal(["-ERR Protocol error: too big bulk count string"], Scan.Whole(longest + "1"));
        Assert.Equal(["-ERR Protocol error: invalid bulk length"], Scan.Whole(longest + "1\r\n"));
    }

    [Fact]
    public void TellsWhatALongBulkNeeds()
    {
        var scanner = new RequestScanner();
        var args = new ArgumentTable();
        Assert.Equal(ScanStatus.Incomplete, scanner.Scan(Scan.Bytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\nvvv"), args, ScanLimits.Default, out _));
        Assert.Equal(4 + 9 + 7 + 9 + 100000 + 2, scanner.BytesNeeded);
        Assert.Equal(2, scanner.ArgumentCount);
        Assert.True(scanner.IsPartial);
    }

    [Theory]
    [InlineData(Ping, true)]
    [InlineData("PING\r\n", false)]
    [InlineData("*1\rX$4\r\nPING\r\n", false)]
    [InlineData("*1\r\n$4\rXPING\r\n", false)]
    [InlineData("*1\r\n$4\r\nPINGXX", false)]
    public void KnowsCanonicalRequests(string input, bool canonical)
    {
        var scanner = new RequestScanner();
        Assert.Equal(ScanStatus.Complete, scanner.Scan(Scan.Bytes(input), new ArgumentTable(), ScanLimits.Default, out _));
        Assert.Equal(canonical, scanner.IsCanonical);
    }
}
