using Redouble.Core.Memory;

namespace Redouble.Engine.Sessions;

/// <summary>The memory that a session stands for.</summary>
public static class SessionMemory
{
    /// <summary>Managed objects of an idle session, measured: session, reply buffer and writer, connection, transport, table entries; bytes.</summary>
    public const int ObjectBytes = 800;

    /// <summary>Everything, bytes.</summary>
    public static long TotalBytes(Session session) => ObjectBytes + session.Input.MemoryBytes + OutputBytes(session) + QueuedBytes(session)
        + SubscriptionBytes(session) + session.HeldBytes + (session.Blocked?.Request?.MemoryBytes ?? 0);

    /// <summary>Unsent output, the first block's unused rest included; bytes.</summary>
    public static long OutputBytes(Session session)
    {
        var pending = session.Output.PendingBytes + (session.Pushes?.Buffer.PendingBytes ?? 0);
        return pending == 0 ? 0 : Math.Max(pending, BlockPool.StandardCapacity);
    }

    /// <summary>What it listens to, as if it were the only one, bytes.</summary>
    public static long SubscriptionBytes(Session session) => session.Subscriptions?.MemoryBytes ?? 0;

    /// <summary>Commands queued by MULTI, bytes.</summary>
    public static long QueuedBytes(Session session) => session.Queue?.MemoryBytes ?? 0;
}
