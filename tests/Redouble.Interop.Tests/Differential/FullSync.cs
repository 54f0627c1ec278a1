using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Copies a data set by full synchronisation in both directions: the oracle's to a server of the subject's kind, the subject's to one of the oracle's.
/// Encodings are left out: a copy has those of a freshly loaded value, whatever the original's past.
/// </summary>
internal static class FullSync
{
    public static Mismatch? Compare(ServerPair pair, Normalisation normalisation)
    {
        var state = new KeyspaceState(normalisation, pair.Translates) { WithEncodings = false };
        using var oracle = new Copied(pair.Oracle, pair.OracleCopy);
        if (state.Compare(oracle.Original, oracle.Copy) is { } first)
        {
            return first with { Where = $"after a full sync from the oracle to {pair.SubjectKind}: {first.Where}" };
        }

        using var subject = new Copied(pair.Subject, pair.SubjectCopy);
        return state.Compare(subject.Copy, subject.Original) is { } second
            ? second with { Where = $"after a full sync from {pair.SubjectKind} to the oracle's kind (which is \"expected\"): {second.Where}" } : null;
    }

    /// <summary>A replica while it is one; afterwards it has a history of its own, so that the next synchronisation is full again.</summary>
    private sealed class Copied : IDisposable
    {
        private readonly ServerProcess _replica;

        public Copied(ServerProcess primary, ServerProcess replica)
        {
            _replica = replica;
            replica.Follow(primary.Port);
            Link.WaitUp(replica);
            Poll.Until("the replica to have the primary's offset", () => Link.Offset(primary) == Link.Offset(replica), 10_000);
            Original = primary.Connect();
            Copy = replica.Connect();
        }

        public RespClient Original { get; }

        public RespClient Copy { get; }

        public void Dispose()
        {
            Original.Dispose();
            Copy.Dispose();
            _replica.Once("REPLICAOF", "NO", "ONE");
            _replica.Once("DEBUG", "CHANGE-REPL-ID"); // a Redouble that has written nothing since would go on partially
        }
    }
}
