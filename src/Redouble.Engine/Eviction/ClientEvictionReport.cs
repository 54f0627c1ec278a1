using System.Globalization;
using System.Numerics;
using System.Text;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Eviction;

/// <summary>DEBUG CLIENT-EVICTION: how many clients of which size there are, and what they take together; sizes by powers of two from 32 KB to 4 GB.</summary>
internal static class ClientEvictionReport
{
    private const int FirstLog = 15;
    private const int LastLog = 33;

    /// <summary>The table as text.</summary>
    public static string Write(Node node)
    {
        var bytes = new long[LastLog - FirstLog + 1];
        var clients = new int[bytes.Length];
        for (var slot = 0; slot < node.Sessions.Top; slot++)
        {
            if (node.Sessions[slot] is not { } session || session.Has(SessionFlags.Primary) || SessionClass.IsReplica(session)) continue;
            var size = SessionMemory.TotalBytes(session);
            var index = Math.Clamp(BitOperations.Log2((ulong)size) + 1, FirstLog, LastLog) - FirstLog;
            bytes[index] += size;
            clients[index]++;
        }

        var text = new StringBuilder("Bucket         Tot Mem       Clients\n");
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            text.Append(i == bytes.Length - 1 ? "Over " : "Up to ").Append((1L << (i + FirstLog)) >> 10).Append("k: ");
            text.Append(CultureInfo.InvariantCulture, $"{bytes[i],12} {clients[i],12}\n");
        }

        return text.ToString();
    }
}
