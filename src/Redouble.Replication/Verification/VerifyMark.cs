using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Redouble.Replication.Verification;

/// <summary>
/// The argument of the GETACK by which a primary marks an offset: whoever follows it takes its data as of there into account. Any Redis or Valkey ignores the
/// argument and sends its offset, as it is asked to.
/// <code>
///   redouble:&lt;id, 16 hexadecimal digits&gt;                       the digests of all buckets are wanted
///   redouble:&lt;id&gt;:&lt;a bit for each bucket, 2,048 bytes&gt;         the digests of the keys in these buckets
/// </code>
/// </summary>
public static class VerifyMark
{
    private const int IdLength = 16;

    private static ReadOnlySpan<byte> Prefix => "redouble:"u8;

    /// <summary>The argument.</summary>
    /// <param name="id">New for each mark.</param>
    /// <param name="buckets">Those whose keys are wanted; null for the digests of all buckets.</param>
    public static byte[] Format(ulong id, BucketSet? buckets)
    {
        var head = Encoding.ASCII.GetBytes(id.ToString("x16", CultureInfo.InvariantCulture));
        return buckets == null ? [.. Prefix, .. head] : [.. Prefix, .. head, (byte)':', .. buckets.Bits];
    }

    /// <summary>Reads it; false for one that is not ours.</summary>
    public static bool TryParse(ReadOnlySpan<byte> argument, out ulong id, out BucketSet? buckets)
    {
        buckets = null;
        id = 0;
        var length = Prefix.Length + IdLength;
        if (argument.Length < length || !argument.StartsWith(Prefix)) return false;
        if (!Utf8Parser.TryParse(argument[Prefix.Length..length], out id, out var read, 'x') || read != IdLength) return false;
        var rest = argument[length..];
        if (rest.IsEmpty) return true;
        if (rest.Length != 1 + BucketSet.Length || rest[0] != ':') return false;
        buckets = BucketSet.Of(rest[1..]);
        return true;
    }
}
