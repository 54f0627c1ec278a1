namespace Redouble.Engine.Execution;

/// <summary>Why requests have to wait. Pauses of several purposes may overlap, and each is ended by who began it.</summary>
public enum PausePurpose : byte
{
    /// <summary>CLIENT PAUSE.</summary>
    Client,

    /// <summary>A shutdown waits for replicas.</summary>
    Shutdown,

    /// <summary>FAILOVER.</summary>
    Failover,
}
