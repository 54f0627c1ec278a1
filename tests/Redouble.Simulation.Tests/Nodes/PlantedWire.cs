using System.Globalization;
using System.Text;
using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>Planted bugs that a peer would see on the wire: what a replica or its primary sends is changed on its way.</summary>
internal static class PlantedWire
{
    /// <summary>What a connection to <paramref name="server"/> does with what it carries; null when it leaves it alone.</summary>
    public static Func<Endpoint, byte[], byte[]>? For(PlantedBug bug, World world, Process server) => bug switch
    {
        PlantedBug.LostByte => (sender, bytes) => sender.Owner == server && world.Dice.Chance(0.3) ? LoseByte(world, bytes) : bytes,
        PlantedBug.HalfTransaction => (sender, bytes) => sender.Owner == server ? Unframe(bytes) : bytes,
        PlantedBug.SnapshotOffset => (sender, bytes) => sender.Owner == server ? MoveSnapshot(bytes) : bytes,
        >= PlantedBug.SpopAsSent and <= PlantedBug.UntoldGroup => (sender, bytes) => sender.Owner == server ? PlantedStream.Change(bug, bytes) : bytes,
        PlantedBug.EarlyPromotion => (sender, bytes) => sender.Owner == server ? HidePlace(bytes) : ChangeRequest(bug, server, bytes),
        PlantedBug.DeafPrimary => (sender, bytes) => sender.Owner != server && Latin1(bytes).Contains("PSYNC", StringComparison.Ordinal) ? [(byte)'\n'] : bytes,
        PlantedBug.OffsetTooLarge or PlantedBug.OffsetTooSmall or PlantedBug.MissedBacklogWrap or PlantedBug.UncheckedHistory
            or PlantedBug.SecondNameForEver or PlantedBug.EarlyAck =>
            (sender, bytes) => sender.Owner != server ? ChangeRequest(bug, server, bytes) : bytes,
        _ => null,
    };

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static byte[] LoseByte(World world, byte[] bytes)
    {
        var at = bytes.AsSpan().IndexOf("MULTI"u8);
        if (at < 0) return bytes;
        var lost = (int)world.Dice.Between(at, bytes.Length - 1);
        return [.. bytes[..lost], .. bytes[(lost + 1)..]];
    }

    // Of the same length, so that offsets stay right: only the frame is gone.
    private static byte[] Unframe(byte[] bytes) => Encoding.Latin1.GetBytes(Latin1(bytes)
        .Replace("*1\r\n$5\r\nMULTI\r\n", "*1\r\n$4\r\nPING\r\n\n", StringComparison.Ordinal)
        .Replace("*1\r\n$4\r\nEXEC\r\n", "*1\r\n$4\r\nPING\r\n", StringComparison.Ordinal));

    // INFO replication without the one field that tells how far it is.
    private static byte[] HidePlace(byte[] bytes) =>
        Encoding.Latin1.GetBytes(Latin1(bytes).Replace("\nmaster_repl_offset:", "\nMASTER_repl_offset:", StringComparison.Ordinal));

    private static byte[] MoveSnapshot(byte[] bytes)
    {
        const int command = 27; // about one short SET
        var text = Latin1(bytes);
        var at = text.IndexOf("+FULLRESYNC ", StringComparison.Ordinal);
        var end = at < 0 ? -1 : text.IndexOf("\r\n", at, StringComparison.Ordinal);
        if (end < 0) return bytes;
        var number = text.LastIndexOf(' ', end) + 1;
        var offset = long.Parse(text[number..end], CultureInfo.InvariantCulture) + command;
        return Encoding.Latin1.GetBytes($"{text[..number]}{offset}{text[end..]}");
    }

    private static byte[] ChangeRequest(PlantedBug bug, Process primary, byte[] bytes)
    {
        var words = Latin1(bytes).Split("\r\n");
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] == "PSYNC" && i + 4 < words.Length && words[i + 2] != "?" && primary.IsAlive)
            {
                if (bug == PlantedBug.UncheckedHistory) words[i + 2] = primary.Node.Replication.Protocol.History.Identity.Id.ToString();
                var identity = primary.Node.Replication.Protocol.History.Identity;
                if (bug == PlantedBug.SecondNameForEver && words[i + 2] == identity.SecondId.ToString()) words[i + 2] = identity.Id.ToString();
                Replace(words, i + 4, offset => Requested(bug, primary, offset));
            }

            if (words[i] != "ACK" || i + 2 >= words.Length || !primary.IsAlive) continue;
            if (bug == PlantedBug.EarlyAck) Replace(words, i + 2, offset => offset + 30);
            if (bug == PlantedBug.EarlyPromotion) Replace(words, i + 2, _ => primary.Node.Replication.Protocol.Log.EndOffset);
        }

        return Encoding.Latin1.GetBytes(string.Join("\r\n", words));
    }

    private static long Requested(PlantedBug bug, Process primary, long offset) => bug switch
    {
        PlantedBug.OffsetTooLarge => offset + 1,
        PlantedBug.OffsetTooSmall => offset - 1,
        PlantedBug.MissedBacklogWrap => Math.Max(offset, primary.Node.Replication.Protocol.Log.FirstOffset),
        _ => offset,
    };

    private static void Replace(string[] words, int at, Func<long, long> change)
    {
        if (!long.TryParse(words[at], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset)) return;
        words[at] = change(offset).ToString(CultureInfo.InvariantCulture);
        words[at - 1] = $"${words[at].Length}";
    }
}
