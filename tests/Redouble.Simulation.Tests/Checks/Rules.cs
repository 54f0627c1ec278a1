namespace Redouble.Simulation.Tests.Checks;

/// <summary>What has to hold. A run may leave some unchecked, to see that another one finds the same bug.</summary>
[Flags]
internal enum Rules
{
    None = 0,

    /// <summary>Whoever is at one offset of one history has one and the same data set, absolute expiry times included.</summary>
    SameData = 1 << 0,

    /// <summary>The byte at one offset of one history is the same in the logs of all nodes.</summary>
    SameBytes = 1 << 1,

    /// <summary>No node shows a part of a transaction.</summary>
    WholeTransactions = 1 << 2,

    /// <summary>A replica acknowledges no more than it has applied, nor more as being on its disk than is, and WAIT and WAITAOF count no others.</summary>
    HonestAcks = 1 << 3,

    /// <summary>A write that a client saw acknowledged by WAIT is there after an acknowledging replica was promoted that kept running.</summary>
    AcknowledgedWrites = 1 << 4,

    /// <summary>No replica loses its place in the stream, or meets a command that it does not know, or that fails.</summary>
    CleanStream = 1 << 5,

    /// <summary>A process gives back all native memory.</summary>
    NoLeak = 1 << 6,

    /// <summary>No exception leaves a node.</summary>
    NoException = 1 << 7,

    /// <summary>After the network has healed all links come up, and all nodes get the same data, in bounded time.</summary>
    Progress = 1 << 8,

    /// <summary>A node that has nothing to do waits.</summary>
    NoSpin = 1 << 9,

    /// <summary>What a demoted primary gives up and nobody else has is in a divergence report.</summary>
    GivenUpWrites = 1 << 10,

    /// <summary>A failover loses no write, moves no offset and costs no full sync, unless it was forced.</summary>
    SafeFailover = 1 << 11,

    /// <summary>REDOUBLE VERIFY finds no difference where there is none.</summary>
    TrueVerification = 1 << 12,

    /// <summary>What a node with an append-only file has done is there after a SIGKILL, whatever its place in a history.</summary>
    KeptData = 1 << 13,

    All = (1 << 14) - 1,

    /// <summary>Those that a writable replica need not keep, nor who copies it or what it fails at.</summary>
    OfEqualCopies = SameData | WholeTransactions | CleanStream | TrueVerification,
}
