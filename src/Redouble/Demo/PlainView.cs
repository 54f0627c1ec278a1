using System.Globalization;

namespace Redouble.Demo;

/// <summary>Rows as lines of text, one a node and second, for logs and scripts.</summary>
internal static class PlainView
{
    public static string Line(int second, NodeStatus row) => string.Create(CultureInfo.InvariantCulture,
        $"{second,3} s  {row.Name,-9} :{row.Port}  {row.Role,-6}  {row.Link,-10}  offset {row.Offset,11}"
        + $"  behind {row.BytesBehind,8} B {row.MillisecondsBehind,7:0.0} ms  {row.WritesPerSecond,8:0} writes/s");
}
