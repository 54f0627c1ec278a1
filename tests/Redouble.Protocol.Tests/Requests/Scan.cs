using System.Text;
using Redouble.Protocol.Requests;

namespace Redouble.Protocol.Tests.Requests;

/// <summary>
/// Feeds bytes to a scanner as a connection would, and tells what came out: <c>SET|k|v</c>, <c>(empty)</c>, <c>-ERR …</c>, <c>…</c> for
/// an unfinished request.
/// </summary>
internal static class Scan
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static List<string> Whole(string input, ScanLimits? limits = null) => Pieces(Bytes(input), [input.Length], limits ?? ScanLimits.Default);

    /// <summary>The window ends at each of <paramref name="ends"/> in turn.</summary>
    public static List<string> Pieces(byte[] input, IEnumerable<int> ends, ScanLimits limits)
    {
        var found = new List<string>();
        var buffer = (byte[])input.Clone();
        var scanner = new RequestScanner();
        var args = new ArgumentTable(4);
        var start = 0;
        var needed = 0;
        foreach (var end in ends)
        {
            while (end - start > 0)
            {
                var window = buffer.AsSpan(start, end - start);
                var status = scanner.Scan(window, args, limits, out var consumed);
                if (window.Length < needed) Assert.Equal(ScanStatus.Incomplete, status);
                needed = 0;
                if (status == ScanStatus.Incomplete)
                {
                    Assert.Equal(0, consumed);
                    Assert.InRange(scanner.BytesNeeded, window.Length + 1, int.MaxValue);
                    needed = scanner.BytesNeeded;
                    break;
                }

                if (status == ScanStatus.Error)
                {
                    found.Add("-" + Error(scanner));
                    return found;
                }

                Assert.InRange(consumed, 1, window.Length);
                if (status == ScanStatus.Complete) found.Add(Text(window, args.Slice(scanner.ArgumentStart, scanner.ArgumentCount)));
                else found.Add("(empty)");
                args.Clear();
                start += consumed;
            }
        }

        if (start < input.Length) found.Add("…");
        return found;
    }

    public static string Error(RequestScanner scanner)
    {
        var text = new byte[RequestScanner.ErrorTextMax];
        return Encoding.Latin1.GetString(text.AsSpan(0, scanner.FormatError(text)));
    }

    public static string Text(ReadOnlySpan<byte> window, ReadOnlySpan<ArgumentRange> args)
    {
        var words = new List<string>();
        foreach (var arg in args) words.Add(Encoding.Latin1.GetString(window.Slice(arg.Offset, arg.Length)));
        return string.Join('|', words);
    }
}
