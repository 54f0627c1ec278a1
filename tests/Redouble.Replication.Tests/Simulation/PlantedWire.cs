using System.Globalization;

namespace Redouble.Replication.Tests.Simulation;

/// <summary>Planted bugs that a peer would see on the wire: what a replica sends is changed on its way.</summary>
internal static class PlantedWire
{
    public static byte[] Change(World world, SimulatedNode primary, byte[] bytes)
    {
        if (world.Bug is not (PlantedBug.OffsetTooLarge or PlantedBug.OffsetTooSmall or PlantedBug.MissedBacklogWrap or PlantedBug.EarlyAck)) return bytes;
        var words = Wire.Text(bytes).Split("\r\n");
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] == "PSYNC" && i + 4 < words.Length && words[i + 2] != "?") Replace(words, i + 4, offset => Psync(world.Bug, primary, offset));
            if (words[i] == "ACK" && i + 2 < words.Length && world.Bug == PlantedBug.EarlyAck) Replace(words, i + 2, offset => offset + 30);
        }

        return Wire.Bytes(string.Join("\r\n", words));
    }

    private static long Psync(PlantedBug bug, SimulatedNode primary, long offset) => bug switch
    {
        PlantedBug.OffsetTooLarge => offset + 1,
        PlantedBug.OffsetTooSmall => offset - 1,
        PlantedBug.MissedBacklogWrap when primary.IsUp => Math.Max(offset, primary.Replication.Log.FirstOffset),
        _ => offset,
    };

    private static void Replace(string[] words, int at, Func<long, long> change)
    {
        if (!long.TryParse(words[at], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset)) return;
        words[at] = change(offset).ToString(CultureInfo.InvariantCulture);
        words[at - 1] = $"${words[at].Length}";
    }
}
