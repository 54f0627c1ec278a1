namespace Redouble.Engine.Blocking;

/// <summary>A key that sessions wait for.</summary>
/// <param name="database">Number of its database: sessions stay with the number when databases are exchanged.</param>
/// <param name="name">A copy of its name.</param>
internal sealed class BlockedKey(int database, byte[] name) : WaiterList
{
    /// <summary>Number of its database.</summary>
    public int Database { get; } = database;

    /// <summary>Its name.</summary>
    public byte[] Name { get; } = name;

    /// <summary>How many of the sessions wake when it goes.</summary>
    public int WakingWithoutKey { get; set; }

    /// <summary>Whether it stands in the queue of ready keys.</summary>
    public bool IsReady { get; set; }

    /// <summary>Whether those who wait for it are being served.</summary>
    public bool IsServed { get; set; }
}
