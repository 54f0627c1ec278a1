using System.Globalization;
using System.Text;
using Redouble.Persistence.Aof;
using Redouble.Protocol.Requests;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Scenarios;

/// <summary>What is done to the append-only file of a machine whose process is gone, before the next one starts.</summary>
internal static class AppendOnlyEdits
{
    private const string Folder = "/data/appendonlydir/";

    /// <summary>Makes one of: a real Redis has written on, an operator has taken a command out, the tail is lost, check-aof has cut it.</summary>
    public static void Make(Machine machine)
    {
        var disk = machine.Disk;
        if (disk.Read(Folder + "appendonly.aof.manifest") is not { } manifest) return;
        if (AofManifestReader.Read(manifest, out var set) != null || set.LastIncremental is not { } last) return;
        var path = Folder + last.Name;
        if (disk.Read(path) is not { Length: > 0 } file) return;
        var dice = machine.Cluster.World.Dice;
        var (items, valid) = Items(file);
        if (items.Count == 0) return;
        var kind = dice.Next(4);
        machine.Cluster.World.Trace(() =>
            $"{machine}: its append-only file is {(kind switch { 0 => "continued by a Redis", 1 => "edited", 2 => "cut", _ => "repaired" })}");
        byte[] changed = kind switch
        {
            0 => [.. file.AsSpan(0, valid), .. Foreign(dice)],
            1 => Without(file, items, valid, dice),
            2 => file[..(int)dice.Between(items[0].Length, file.Length)],
            _ => [.. file.AsSpan(0, items[dice.Next(items.Count)].End), .. AofAnnotation.Repaired],
        };
        if (machine.Cluster.Bug == PlantedBug.ForgedMark && kind < 2) changed = Forge(file, changed);
        disk.Replace(path, changed);
        if (machine.Cluster.Bug != PlantedBug.LostTail) machine.Cluster.Checker.Kept.OnFilesChanged(machine);
    }

    // The items outside of transactions, and transactions as wholes; and where the last of them ends.
    private static (List<Item> Items, int Valid) Items(byte[] file)
    {
        List<Item> items = [];
        var arguments = new ArgumentTable();
        var (at, start, isInside) = (0, 0, false);
        while (at < file.Length)
        {
            arguments.Clear();
            var kind = AofScanner.Scan(file.AsSpan(at), isEnd: true, arguments, out var length);
            if (kind is not (AofItem.Command or AofItem.Annotation) || file[at + (int)length - 1] != '\n') break; // behind a cut annotation a Redis would lose itself
            var name = arguments.Count == 0 ? "" : Encoding.ASCII.GetString(file, at + arguments[0].Offset, arguments[0].Length).ToUpperInvariant();
            at += (int)length;
            isInside = name == "MULTI" || (isInside && name != "EXEC");
            if (isInside) continue;
            items.Add(new Item(start, at, name));
            start = at;
        }

        return (items, items.Count == 0 ? 0 : items[^1].End);
    }

    private static byte[] Foreign(Dice dice) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$7\r\nforeign\r\n$4\r\n{dice.Between(1000, 9999)}\r\n"));

    private static byte[] Without(byte[] file, List<Item> items, int valid, Dice dice)
    {
        var commands = items.FindAll(static item => item.Name is not ("" or "SELECT"));
        if (commands.Count == 0) return [.. file.AsSpan(0, valid), .. Foreign(dice)];
        var gone = dice.PickOf(commands);
        return [.. file.AsSpan(0, gone.Start), .. file.AsSpan(gone.End)];
    }

    // A mark of where the file stood before, with a checksum that is right.
    private static byte[] Forge(byte[] file, byte[] changed)
    {
        AofMark mark = default;
        var isFound = false;
        for (var start = file.AsSpan().LastIndexOf("#RD:"u8); start >= 0 && !isFound; start = file.AsSpan(0, start).LastIndexOf("#RD:"u8))
        {
            var line = file.AsSpan(start);
            isFound = AofAnnotation.TryReadMark(line[..(line.IndexOf((byte)'\n') + 1)], out mark);
        }

        if (!isFound) return changed;
        var marker = new AofMarker();
        marker.AppendOther(changed);
        var forged = new byte[AofAnnotation.LengthMax];
        var length = marker.Mark(Encoding.ASCII.GetBytes(mark.ReplicationId), mark.Offset, mark.Database, mark.IsReplica, forged);
        return [.. changed, .. forged.AsSpan(0, length)];
    }

    private readonly record struct Item(int Start, int End, string Name)
    {
        public int Length => End - Start;
    }
}
