using System.Text;

namespace Redouble.Persistence.Rdb;

/// <summary>Bytes of a file in messages.</summary>
internal static class RdbText
{
    private const int ShownMax = 128;

    /// <summary>Printable ASCII as it is, other bytes as \xNN, at most 128 bytes.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes[..Math.Min(bytes.Length, ShownMax)])
        {
            if (b is >= 0x20 and < 0x7f and not (byte)'\\' and not (byte)'\'') text.Append((char)b);
            else text.Append("\\x").Append(b.ToString("x2"));
        }

        if (bytes.Length > ShownMax) text.Append("...");
        return text.ToString();
    }
}
