namespace Redouble.Replication.Primary;

/// <summary>
/// Primary side: how far a replica is behind, and where that leads. -1 stands for what cannot be told: before the first ACK, or never at this rate.
/// <code>
///   log   ──────────┬───────────────────┬──────────────┬──────►
///                   AckOffset           sent           EndOffset        bytes behind = end - ack
///                   │ oldest data byte behind it: its age is the time behind
///                   ├── moves at the apply rate        └── moves at the write rate      both over the last four seconds
/// </code>
/// A replica acknowledges at intervals, its grain: figures below it are nothing but the moment of looking.
/// </summary>
public readonly record struct ReplicaLag
{
    /// <summary>A Redouble acknowledges so soon after it has applied something.</summary>
    public const long RedoubleGrain = 100_000;

    /// <summary>Any replica acknowledges so often, whether it has applied something or not.</summary>
    public const long RedisGrain = PrimaryReplication.Second;

    /// <summary>After so much silence a replica is not merely between two acknowledgements.</summary>
    private const long SilenceMin = 2 * RedisGrain;

    /// <summary>Unsent bytes that are only what the next turn sends.</summary>
    private const long UnsentMin = 64 * 1024;

    /// <summary>Bytes of the stream that it has not said it has applied.</summary>
    public long BytesBehind { get; private init; }

    /// <summary>Age of the oldest data among them, microseconds; 0 when they are keepalives or none.</summary>
    public long BehindMicroseconds { get; private init; }

    /// <summary>How long it may leave us without an acknowledgement, microseconds.</summary>
    public long GrainMicroseconds { get; private init; }

    /// <summary>Time since it last said anything, microseconds.</summary>
    public long SilenceMicroseconds { get; private init; }

    /// <summary>Bytes sent to it a second, of a full sync's payload as well.</summary>
    public long SendRate { get; private init; }

    /// <summary>Bytes of the stream acknowledged a second.</summary>
    public long ApplyRate { get; private init; }

    /// <summary>Microseconds until it has caught up at these rates; 0 when it has, but for its grain.</summary>
    public long CatchUpMicroseconds { get; private init; }

    /// <summary>Memory that waits because of it, bytes.</summary>
    public long BufferBytes { get; private init; }

    /// <summary>The most that may wait, bytes; 0 for no limit.</summary>
    public long BufferLimitBytes { get; private init; }

    /// <summary>Microseconds until it would be dropped if things go on like this.</summary>
    public long DropInMicroseconds { get; private init; }

    /// <summary>And why.</summary>
    public DropCause DropCause { get; private init; }

    internal static ReplicaLag Of(ReplicaLink link, ReplicaMeter meter, long writeRate, long now)
    {
        var log = link.History.Log;
        var tells = link is { State: ReplicaLinkState.Online, HasAcknowledged: true };
        var grain = link.Options.Can(ReplicaCapabilities.Redouble) ? RedoubleGrain : RedisGrain;
        var behind = tells ? Math.Max(0, log.EndOffset - link.AckOffset) : -1;
        var age = tells ? log.DataAgeAfter(link.AckOffset) : -1;
        var applyRate = meter.ApplyRate(link.AckOffset, now);
        var (dropIn, cause) = Drop(link, writeRate - meter.StreamRate(link.StreamOffset, now), now);
        return new ReplicaLag
        {
            BytesBehind = behind,
            BehindMicroseconds = age,
            GrainMicroseconds = grain,
            SilenceMicroseconds = link.State == ReplicaLinkState.Online ? Math.Max(0, now - link.AckTime) : -1,
            SendRate = meter.SendRate(link.SentBytes, now),
            ApplyRate = applyRate,
            CatchUpMicroseconds = !tells ? -1 : age <= grain ? 0 : Time(behind, applyRate - writeRate),
            BufferBytes = link.OutputMemoryBytes,
            BufferLimitBytes = link.HardLimitBytes == long.MaxValue ? 0 : link.HardLimitBytes,
            DropInMicroseconds = dropIn,
            DropCause = cause,
        };
    }

    // The first of what may end it: growth of its buffer to a limit, or silence.
    private static (long In, DropCause Cause) Drop(ReplicaLink link, long growth, long now)
    {
        var best = (In: -1L, Cause: DropCause.None);
        void Consider(long time, DropCause cause)
        {
            if (time >= 0 && (best.Cause == DropCause.None || time < best.In)) best = (time, cause);
        }

        var used = link.OutputMemoryBytes;
        var grows = growth > 0 && link.UnsentBytes > UnsentMin;
        if (grows && link.HardLimitBytes != long.MaxValue) Consider(Time(Math.Max(0, link.HardLimitBytes - used), growth), DropCause.HardLimit);
        var patience = link.SoftLimitSeconds * PrimaryReplication.Second;
        if (used >= link.SoftLimitBytes) Consider(Math.Max(0, (link.SoftLimitSince < 0 ? now : link.SoftLimitSince) + patience - now), DropCause.SoftLimit);
        else if (grows && link.SoftLimitBytes != long.MaxValue) Consider(Time(link.SoftLimitBytes - used, growth) + patience, DropCause.SoftLimit);
        var silence = link.SilenceAt(now);
        if (silence > SilenceMin) Consider(Math.Max(0, link.TimeoutMicroseconds - silence), DropCause.Timeout);
        return best;
    }

    private static long Time(long bytes, long rate) => bytes == 0 ? 0 : rate <= 0 ? -1 : (long)Math.Min(bytes * 1e6 / rate, long.MaxValue / 4);
}
