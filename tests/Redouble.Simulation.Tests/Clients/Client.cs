using System.Globalization;
using System.Text;
using Redouble.Protocol.Replies;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Clients;

/// <summary>
/// A client: connects to some node, sends a unit of commands in one piece, waits for all replies or for its patience to end, and goes on.
/// Its writes with WAIT are on keys of their own in database 3, which no other command of the mix removes.
/// </summary>
internal sealed class Client(Cluster cluster, int number, CommandMix mix) : IEndpointOwner
{
    private const long Patience = 2_000_000;
    private const int OwnDatabase = 3;

    private readonly byte[] _chunk = new byte[4096];
    private readonly ByteQueue _unsent = new();
    private readonly ByteQueue _received = new();
    private ReplyReader _reader;
    private Endpoint? _end;
    private string[][] _unit = [];
    private int _replies;
    private int _writes;
    private int _flushes;
    private bool _wasWritten;
    private long _unitNumber;
    private bool _actsLater;
    private bool _isUnderWay;

    private World World => cluster.World;

    private Dice Dice => cluster.World.Dice;

    /// <summary>Longest pause between two units, microseconds.</summary>
    public long GapMax { get; set; } = 20_000;

    public bool IsStopped { get; set; }

    /// <summary>Replies received.</summary>
    public long Replies { get; private set; }

    /// <summary>
    /// The next unit some time later. Asked for twice, as when a server hangs up on an idle client, it still comes once: replies are counted off one unit.
    /// </summary>
    public void ActLater()
    {
        if (_actsLater) return;
        _actsLater = true;
        World.After(Dice.Between(0, GapMax), Act);
    }

    public void OnReady(Endpoint end)
    {
        if (end != _end) return;
        Send();
        while (_end == end)
        {
            var count = end.Receive(_chunk);
            if (count == 0) return;
            if (count < 0)
            {
                HangUp();
                ActLater();
                return;
            }

            _received.Add(_chunk.AsSpan(0, count));
            ReadReplies();
        }
    }

    private void Act()
    {
        _actsLater = false;
        if (_isUnderWay) throw new InvalidOperationException("A unit within a unit.");
        if (IsStopped) return;
        if (_end == null && !TryConnect())
        {
            ActLater();
            return;
        }

        _isUnderWay = true;
        _unit = Unit();
        _replies = 0;
        _flushes = cluster.Checker.Acknowledged.Flushes;
        World.Trace(() => $"client {number} to {_end!.Peer.Owner}: {string.Join("; ", _unit.Select(static command => string.Join(' ', command)))}");
        foreach (var command in _unit) _unsent.Add(Wire.Command(command));
        var unit = ++_unitNumber;
        World.After(Patience, () =>
        {
            if (unit != _unitNumber || _replies == _unit.Length) return;
            HangUp();
            ActLater();
        });
        Send();
    }

    private bool TryConnect()
    {
        var machine = Dice.Chance(0.8) ? cluster.Machines.Find(m => m.Process?.Node.IsReplica == false) : Dice.PickOf(cluster.Machines);
        if (machine?.Process is not { } process) return false;
        var connection = new Connection(World, this, process);
        _end = connection.Client;
        mix.Words.WallOffsetMs = machine.WallOffset / 1000;
        process.Accept(connection.Server, $"10.1.0.{number}:{Dice.Between(10_000, 60_000)}");
        return true;
    }

    private string[][] Unit()
    {
        switch (Dice.Next(9))
        {
            case 0:
                return [["SELECT", Own], mix.Own($"w{number}:{++_writes}"), ["WAIT", "1", Dice.Pick("50", "500")], ["SELECT", mix.Selected()]];
            case 1:
                return [["MULTI"], .. mix.Pair(), ["EXEC"]];
            case 2:
                string[][] commands = [mix.Next(), Dice.Chance(0.05) ? ["BGSAVE"] : mix.Next(), Dice.Chance(0.2) ? mix.Blocking() : mix.Next()];
                return [["WATCH", "k1"], ["MULTI"], .. commands, [Dice.Chance(0.9) ? "EXEC" : "DISCARD"]];
            case 3:
                return [mix.Next(), mix.Next(), mix.Next(), mix.Next(), mix.Next()];
            case 4:
                return [["SELECT", mix.Selected()], mix.Next()];
            case 5 when Dice.Chance(0.4):
                return [mix.Blocking(), mix.Next()];
            case 6 when Dice.Chance(0.05):
                return [["CLIENT", "PAUSE", Dice.Pick("20", "300"), Dice.Pick("WRITE", "ALL")]];
            case 7 when cluster.HasAppendOnlyFiles && Dice.Chance(0.2):
                return mix.Forget();
            default:
                return [mix.Next()];
        }
    }

    private static string Own => OwnDatabase.ToString(CultureInfo.InvariantCulture);

    private void Send()
    {
        if (_end == null || _unsent.Count == 0) return;
        var sent = _end.Send(_unsent.Bytes);
        if (sent > 0) _unsent.Remove(sent);
    }

    private void ReadReplies()
    {
        while (_replies < _unit.Length && _reader.TryRead(_received.Bytes, out var reply, out var consumed) == ReplyStatus.Complete)
        {
            _received.Remove(consumed);
            Take(_unit[_replies++], reply);
            Replies++;
        }

        if (_replies < _unit.Length) return;
        _isUnderWay = false;
        if (Dice.Chance(0.05)) HangUp();
        ActLater();
    }

    private void Take(string[] command, RespValue reply)
    {
        if (!reply.IsError) cluster.Answered.Add(command[0] is "XGROUP" ? $"xgroup|{command[1].ToLowerInvariant()}" : command[0].ToLowerInvariant());
        if (command.Length > 1 && command[1].StartsWith('w')) _wasWritten = !reply.IsError;
        switch (command[0])
        {
            case "DUMP" when reply.Type == RespType.Bulk && !reply.IsNull:
                mix.Words.Payload = Encoding.Latin1.GetString(reply.Bytes);
                break;
            case "XADD" when command[1][0] == 'x' && reply.Type == RespType.Bulk && !reply.IsNull:
                mix.Words.Remember(Encoding.Latin1.GetString(reply.Bytes));
                break;
            case "WAIT" when _wasWritten && reply.Type == RespType.Integer:
                cluster.Checker.Acknowledged.OnWaitReply(_end!, reply.Number, OwnDatabase, $"w{number}:{_writes}", _flushes);
                break;
        }
    }

    private void HangUp()
    {
        _end?.Close();
        _end = null;
        _isUnderWay = false;
        _unitNumber++;
        _unsent.Clear();
        _received.Clear();
        _reader = default;
    }
}
