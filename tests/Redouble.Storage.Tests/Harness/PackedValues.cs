using System.Globalization;
using System.Text;

namespace Redouble.Storage.Tests.Harness;

/// <summary>Values of every encoding of a listpack, at the borders of their sizes and at random.</summary>
internal static class PackedValues
{
    /// <summary>Integers on both sides of every border between encodings.</summary>
    public static readonly long[] BorderIntegers =
    [
        0, 1, 9, 10, 126, 127, 128, 4094, 4095, 4096, -1, -4095, -4096, -4097, 32767, 32768, -32768, -32769, 8388607, 8388608, -8388608, -8388609,
        int.MaxValue, int.MaxValue + 1L, int.MinValue, int.MinValue - 1L, long.MaxValue, long.MinValue,
    ];

    /// <summary>Lengths of text on both sides of every border of the header and of what stands behind the content.</summary>
    public static readonly int[] BorderLengths = [0, 1, 2, 62, 63, 64, 125, 126, 4095, 4096, 16377, 16378, 16379, 2097145, 2097146, 2097147];

    /// <summary>Text that looks like an integer and is kept as a string.</summary>
    public static readonly string[] NearlyIntegers =
    [
        "", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "-9223372036854775809", "99999999999999999999",
        "111111111111111111111",
    ];

    public static byte[] Text(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    public static byte[] Filled(int length, int seed)
    {
        var text = new byte[length];
        Array.Fill(text, (byte)('a' + (seed % 26)));
        return text;
    }

    /// <summary>A value of any kind, seldom long.</summary>
    public static byte[] Next(Random random)
    {
        switch (random.Next(10))
        {
            case 0:
                return Text(BorderIntegers[random.Next(BorderIntegers.Length)]);
            case 1:
                return Text(random.NextInt64() >> random.Next(64));
            case 2:
                return Text(-(random.NextInt64() >> random.Next(64)));
            case 3:
                return Encoding.ASCII.GetBytes(NearlyIntegers[random.Next(NearlyIntegers.Length)]);
            case 4:
                return Filled(BorderLengths[random.Next(random.Next(20) == 0 ? 13 : 8)], random.Next(3));
            case 5:
                var any = new byte[random.Next(80)];
                random.NextBytes(any);
                return any;
            default:
                return Filled(random.Next(1, 5), random.Next(4));
        }
    }
}
