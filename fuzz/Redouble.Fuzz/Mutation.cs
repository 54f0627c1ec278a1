namespace Redouble.Fuzz;

/// <summary>Damage to bytes.</summary>
internal static class Mutation
{
    private static readonly string[] Numbers =
        ["-1", "0", "1", "-2", "64", "255", "65536", "536870912", "2147483647", "2147483648", "4294967295", "9223372036854775807", "-9223372036854775808",
            "18446744073709551616", "00", "+1", " 1", "1e3", ""];

    private static readonly byte[] Bytes =
        [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xc4, 0xf0, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, (byte)'\r', (byte)'\n', (byte)'*', (byte)'$'];

    /// <summary>Changes up to a few places between the margins.</summary>
    public static byte[] Of(byte[] sample, Random random, int changes, int keepStart = 0, int keepEnd = 0)
    {
        var bytes = sample.ToList();
        for (var i = 0; i < changes; i++)
        {
            var last = bytes.Count - keepEnd;
            if (last <= keepStart) break;
            Change(bytes, random, random.Next(keepStart, last), last);
        }

        return [.. bytes];
    }

    /// <summary>A number on the edge of something.</summary>
    public static string Number(Random random) => Numbers[random.Next(Numbers.Length)];

    private static void Change(List<byte> bytes, Random random, int at, int last)
    {
        switch (random.Next(9))
        {
            case 0:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 6), last - at));
                break;
            case 1:
                bytes.Insert(at, Bytes[random.Next(Bytes.Length)]);
                break;
            case 2:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 3:
            case 4:
                bytes[at] = Bytes[random.Next(Bytes.Length)];
                break;
            case 5:
                bytes[at] = (byte)random.Next(256);
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), last - at)));
                break;
            case 7:
                ReplaceNumber(bytes, random, at, last);
                break;
            default:
                bytes.InsertRange(at, System.Text.Encoding.ASCII.GetBytes(Number(random)));
                break;
        }
    }

    // A length is where a parser trusts what it should not.
    private static void ReplaceNumber(List<byte> bytes, Random random, int at, int last)
    {
        while (at < last && bytes[at] is < (byte)'0' or > (byte)'9') at++;
        var end = at;
        while (end < last && bytes[end] is >= (byte)'0' and <= (byte)'9') end++;
        bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, System.Text.Encoding.ASCII.GetBytes(Number(random)));
    }
}
