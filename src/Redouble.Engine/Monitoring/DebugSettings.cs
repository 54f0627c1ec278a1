namespace Redouble.Engine.Monitoring;

/// <summary>What DEBUG switches for tests.</summary>
public sealed class DebugSettings
{
    /// <summary>The value of <see cref="QuickListPackedThreshold"/> at the start: 1 GB.</summary>
    public const long DefaultPackedThreshold = 1L << 30;

    /// <summary>PAUSE-CRON: no timer work.</summary>
    public bool TimerPaused { get; set; }

    /// <summary>SET-SKIP-CHECKSUM-VALIDATION: checksums of RDB files and of RESTORE's payloads are not looked at.</summary>
    public bool SkipsChecksums { get; set; }

    /// <summary>QUICKLIST-PACKED-THRESHOLD: list elements of at least so many bytes get a node of their own.</summary>
    public long QuickListPackedThreshold { get; set; } = DefaultPackedThreshold;
}
