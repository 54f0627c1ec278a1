using Redouble.Replication.Failovers;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// FAILOVER: from its beginning to its end the primary's offset stands still, but for PINGs while it waits, and who takes over without being forced
/// to has every byte of data, so that nobody needs a full sync.
/// </summary>
internal sealed class FailoverCheck(Checker checker)
{
    private const string Ping = "*1\r\n$4\r\nping\r\n";

    private readonly Dictionary<Process, long> _begun = []; // the offset then
    private readonly HashSet<Process> _forced = [];

    /// <summary>Replicas that were promoted by one.</summary>
    public long Promotions { get; private set; }

    /// <summary>Failovers that were taken back after the primary had become a replica, or before.</summary>
    public long Aborted { get; private set; }

    public void OnLog(Process process, string line)
    {
        var protocol = process.Node.Replication.Protocol;
        if (line.StartsWith("FAILOVER requested to", StringComparison.Ordinal))
        {
            _begun[process] = protocol.Log.EndOffset;
            _forced.Remove(process);
        }
        else if (line.EndsWith("time out exceeded, failing over.", StringComparison.Ordinal))
        {
            _forced.Add(process);
        }
        else if (line.StartsWith("FAILOVER to", StringComparison.Ordinal) && line.Contains("aborted", StringComparison.Ordinal))
        {
            Aborted++;
        }
        else if (line.StartsWith("MASTER MODE enabled (failover request", StringComparison.Ordinal))
        {
            OnPromoted(process, line);
        }
        else if (line.StartsWith("Full resync from master", StringComparison.Ordinal) && process.Node.Replication.Failover.State == FailoverState.InProgress)
        {
            checker.Require(_forced.Contains(process), Rules.SafeFailover, () => $"{process} has handed over and needs a full sync");
        }
    }

    public void AfterTurn(Process process)
    {
        if (!process.Node.Replication.Failover.IsActive) return;
        var (log, begun) = (process.Node.Replication.Protocol.Log, _begun[process]);
        var stands = log.LastDataOffset <= begun && (log.EndOffset - begun) % Ping.Length == 0;
        checker.Require(stands, Rules.SafeFailover, () => $"{process} has moved from {begun} to {log.EndOffset} while it fails over");
    }

    // Several may ask the same one at the same time: the line names whose request it was.
    private void OnPromoted(Process target, string line)
    {
        var former = target.Machine.Cluster.Machines.Find(machine => machine.Process is { } process
            && line.Contains($" addr=10.0.0.{machine.Number}:", StringComparison.Ordinal)
            && process.Node.Replication.Failover.AsksForPromotion && process.Node.Replication.Protocol.Primary.Port == target.Machine.Port)?.Process;
        if (former == null) return; // gone, or it has taken the failover back while its request was on its way
        Promotions++;
        var needed = former.Node.Replication.Protocol.Log.LastDataOffset;
        var id = former.Node.Replication.Protocol.History.Identity.Id;
        var identity = target.Node.Replication.Protocol.History.Identity;
        checker.Require(
            _forced.Contains(former) || (identity.SecondId == id && identity.SecondOffset > needed), Rules.SafeFailover,
            () => $"{target} takes over from {former} at {identity.SecondOffset - 1} of {identity.SecondId}, {former} has data up to {needed} of {id}");
    }
}
