using System.Text;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>Reads what is new in a process's log, and compares it with what other nodes have at the same offsets.</summary>
internal sealed class LogReader(Checker checker)
{
    private History? _history;
    private long _at;

    public void Read(Process process, History history)
    {
        var log = process.Node.Replication.Protocol.Log;
        var isElsewhere = _history != history || _at > log.EndOffset;
        if (isElsewhere || _at < log.FirstOffset - 1) _at = Math.Max(log.FirstOffset - 1, isElsewhere ? log.FirstOffset - 1 : _at);
        _history = history;
        if (_at == log.EndOffset || log.TryOpenCursor(_at + 1) is not { } cursor) return;
        while (cursor.PendingBytes > 0)
        {
            var bytes = cursor.Peek();
            var from = _at;
            if (!history.Agrees(_at, bytes))
            {
                var text = Encoding.Latin1.GetString(bytes);
                checker.Require(false, Rules.SameBytes, () => $"{process} has other bytes behind offset {from} of {history}: {text}");
            }

            _at += bytes.Length;
            cursor.Advance(bytes.Length);
        }

        cursor.Close();
    }
}
