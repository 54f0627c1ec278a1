namespace Redouble.Engine.Sessions;

/// <summary>
/// Bytes of the collected heap whose size is for clients to choose: names, watched and awaited keys, prefixes of broadcasting mode. They are in use, and
/// count against limits, as what is in native memory does. Who keeps such a thing has its session hold its bytes (<see cref="Session.Hold"/>), and gives
/// them up with it; each session is counted as if it were the only one to watch, await or listen to something.
/// </summary>
public sealed class ManagedMemory
{
    // Measured with names of 8 bytes over 130,000 to 290,000 of each, prefixes over 20,000 to 31,000; bytes, those of the name left out: watched keys took
    // 218 to 232, awaited ones 194 to 208, prefixes 258 to 284, as tables and lists have more or less room to spare.

    /// <summary>A name: the head of its array.</summary>
    public const int NameBytes = 24;

    /// <summary>A watched key: itself, a copy of the name, places in two lists and a table.</summary>
    public const int WatchedKeyBytes = 230;

    /// <summary>An awaited key: itself, a copy of the name, who waits, places in a list and a table.</summary>
    public const int AwaitedKeyBytes = 200;

    /// <summary>A prefix: itself, a copy of the name, the set of its listeners, places in two lists.</summary>
    public const int PrefixBytes = 270;

    /// <summary>What all sessions hold together.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Bytes that a name takes.</summary>
    public static long Of(byte[] name) => name.Length == 0 ? 0 : NameBytes + name.Length;

    /// <summary>Has a table that was large, and is nearly empty now, give its room back.</summary>
    internal static void Shrink<T>(Dictionary<byte[], T> table)
    {
        const int kept = 1024;
        if (table.Capacity > kept && table.Count < table.Capacity / 8) table.TrimExcess(table.Count * 2);
    }
}
