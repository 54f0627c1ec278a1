using System.Text;
using Redouble.Protocol.Requests;

namespace Redouble.Protocol.Tests.Requests;

public sealed class RequestScannerResumeTests
{
    private static byte[] Request(int count)
    {
        var text = new StringBuilder($"*{count}\r\n");
        for (var i = 0; i < count; i++) text.Append($"${i.ToString().Length}\r\n{i}\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    [Fact]
    public void AMillionArgumentsInPiecesAreScannedOnce()
    {
        const int Count = 1_000_000;
        var input = Request(Count);
        var scanner = new RequestScanner();
        var shared = new ArgumentTable();
        ArgumentTable? own = null;
        var status = ScanStatus.Incomplete;
        var seen = 0;
        for (var end = 16384; status == ScanStatus.Incomplete; end = Math.Min(end + 16384, input.Length))
        {
            status = scanner.Scan(input.AsSpan(0, end), own ?? shared, ScanLimits.Default, out _);
            Assert.True(scanner.ArgumentCount >= seen, "an argument was forgotten");
            seen = scanner.ArgumentCount;
            if (status == ScanStatus.Incomplete) scanner.Suspend(shared, ref own);
            Assert.Equal(0, shared.Count);
        }

        Assert.Equal(ScanStatus.Complete, status);
        Assert.Equal(Count, scanner.ArgumentCount);
        Assert.Equal("999999", Scan.Text(input, own!.Slice(scanner.ArgumentStart + Count - 1, 1)));
        own.Clear();
        Assert.InRange(own.Capacity, 1, 16384);
    }

    [Fact]
    public void AnnouncedArgumentsCostNothing()
    {
        var scanner = new RequestScanner();
        var args = new ArgumentTable();
        var capacity = args.Capacity;
        Assert.Equal(ScanStatus.Incomplete, scanner.Scan(Scan.Bytes("*2147483647\r\n$1\r\na\r\n"), args, ScanLimits.Default, out _));
        Assert.Equal(capacity, args.Capacity);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200)]
    public void ABatchSharesOneTable(int partialArguments)
    {
        var shared = new ArgumentTable();
        ArgumentTable? own = null;
        var first = new RequestScanner();
        var second = new RequestScanner();
        var whole = Scan.Bytes("*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n");
        var large = Request(partialArguments);
        Assert.Equal(ScanStatus.Complete, first.Scan(whole, shared, ScanLimits.Default, out _));
        Assert.Equal(ScanStatus.Incomplete, second.Scan(large.AsSpan(0, large.Length - 3), shared, ScanLimits.Default, out _));
        second.Suspend(shared, ref own);
        Assert.Equal(2, shared.Count);
        var third = new RequestScanner();
        Assert.Equal(ScanStatus.Complete, third.Scan(whole, shared, ScanLimits.Default, out _));
        Assert.Equal(2, third.ArgumentStart);
        Assert.Equal("ECHO|hi", Scan.Text(whole, shared.Slice(2, 2)));

        var table = own is { Count: > 0 } ? own : shared;
        Assert.Equal(partialArguments > 64, ReferenceEquals(table, own));
        Assert.Equal(ScanStatus.Complete, second.Scan(large, table, ScanLimits.Default, out var consumed));
        Assert.Equal(large.Length, consumed);
        Assert.Equal(partialArguments, second.ArgumentCount);
        Assert.Equal("0", Scan.Text(large, table.Slice(second.ArgumentStart, 1)));
    }

    [Fact]
    public void SteadyScanningAllocatesNothing()
    {
        var input = Scan.Bytes("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$5\r\nvalue\r\n");
        var args = new ArgumentTable();
        var scanner = new RequestScanner();
        var limits = ScanLimits.Default;
        scanner.Scan(input, args, limits, out _);
        args.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            scanner.Scan(input, args, limits, out _);
            if (args.Count > 48) args.Clear();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void GarbageIsRefusedOrAwaitedAndNothingElse()
    {
        const string Alphabet = "*$0123456789-+\r\n\r\n\r\n\"'\\x \0abAB\u00ff";
        var random = new Random(20240607);
        for (var round = 0; round < 20_000; round++)
        {
            var input = new byte[random.Next(1, 80)];
            for (var i = 0; i < input.Length; i++) input[i] = (byte)Alphabet[random.Next(Alphabet.Length)];
            if (random.Next(2) == 0) "*2\r\n$3\r\n"u8[..Math.Min(input.Length, 8)].CopyTo(input);
            var cut = random.Next(input.Length + 1);
            var whole = Scan.Pieces(input, [input.Length], ScanLimits.Default);
            Assert.Equal(whole, Scan.Pieces(input, [cut, input.Length], ScanLimits.Default));
            Assert.Equal(whole, Scan.Pieces(input, Enumerable.Range(1, input.Length), ScanLimits.Default));
        }
    }
}
