using System.Globalization;
using System.Text;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// Divergence reports. When a node that was a primary flushes its data set for another primary's, every write of its own that the other has not got is in a
/// file, command by command as it stood in the history, or among the bytes that are said to be missing; where the two do not know where they part, every
/// write that no replica has acknowledged either.
/// </summary>
internal sealed class GivenUpWrites(Checker checker)
{
    private readonly Dictionary<Process, (string Id, long Offset)> _syncs = [];

    /// <summary>Files that were looked into.</summary>
    public long Checked { get; private set; }

    public void OnLog(Process process, string line)
    {
        const string granted = "Full resync from master: ";
        if (line.StartsWith(granted, StringComparison.Ordinal))
        {
            var words = line[granted.Length..].Split(':');
            _syncs[process] = (words[0], long.Parse(words[1], CultureInfo.InvariantCulture));
        }
        else if (line == "Retrying with SYNC...")
        {
            _syncs.Remove(process);
        }
        else if (line is "MASTER <-> REPLICA sync: Flushing old data" or "MASTER <-> REPLICA sync: Swapping active DB with loaded DB")
        {
            OnFlush(process);
        }
    }

    private void OnFlush(Process process)
    {
        if (!checker.Checks(Rules.GivenUpWrites)) return;
        var history = process.Node.Replication.Protocol.History;
        var reports = process.Node.Replication.Divergence;
        if (!history.IsOwn || !history.IsResumable || history.SharedOffset < 0 || !history.Log.IsActive || reports.LastError.Length > 0) return;
        if (!_syncs.TryGetValue(process, out var sync) || checker.Find(sync.Id) is not { } theirs) return;
        var mine = checker.HistoryOf(process);
        var last = history.Log.LastDataOffset;
        var shared = mine.SharedWith(theirs, history.Log.EndOffset, sync.Offset);
        if (shared < 0 && !(mine.HasParent && theirs.HasParent)) return; // first seen at a node that had forgotten the former name: the nodes may know more
        var isKnown = process.Node.Replication.Protocol.Primary.Parting.IsKnown;
        var first = (isKnown ? shared : Math.Max(shared, history.SharedOffset)) + 1;
        if (first > last || mine.Bytes(first, last) is not { } lost || Commands(lost).Length == 0) return;
        if (reports.LastFile.Length == 0)
        {
            var missing = reports.LastMissingBytes;
            checker.Require(
                missing >= last - first + 1, Rules.GivenUpWrites, () => $"{process} gives up {first} to {last}, and says that {missing} bytes are lost");
            return;
        }

        Checked++;
        var start = long.Parse(reports.LastFile[(reports.LastFile.LastIndexOf('-') + 1)..^".aof".Length], CultureInfo.InvariantCulture);
        checker.Require(
            start - reports.LastMissingBytes <= first && start + reports.LastBytes - 1 == last, Rules.GivenUpWrites,
            () => $"{process} gives up {first} to {last}, and saves {reports.LastBytes} bytes in {reports.LastFile}, {reports.LastMissingBytes} missing");
        if (mine.Bytes(start, last) is not { } saved) return;
        var file = process.ReadFile($"/data/{reports.LastFile}");
        var found = Commands(file.AsSpan(file.AsSpan().IndexOf((byte)'\n') + 1));
        var database = found.IndexOf('*', 1);
        var expected = Commands(saved);
        checker.Require(
            database > 0 && found[database..] == expected, Rules.GivenUpWrites,
            () => $"{process} has saved in {reports.LastFile}\n{found}\nand not\n{expected}");
    }

    // Without what is no data.
    private static string Commands(ReadOnlySpan<byte> stream)
    {
        var text = Encoding.Latin1.GetString(stream);
        var commands = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var count = Number(text, ref at);
            var name = "";
            for (var i = 0; i < count; i++)
            {
                var length = Number(text, ref at);
                if (i == 0) name = text.Substring(at, length);
                at += length + 2;
            }

            if (name.ToUpperInvariant() is not ("PING" or "REPLCONF" or "PUBLISH" or "SPUBLISH")) commands.Append(text, start, at - start);
        }

        return commands.ToString();
    }

    private static int Number(string text, ref int at)
    {
        var end = text.IndexOf("\r\n", at, StringComparison.Ordinal);
        var number = int.Parse(text.AsSpan(at + 1, end - at - 1), CultureInfo.InvariantCulture);
        at = end + 2;
        return number;
    }
}
