namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// Whether the append-only file is written.
/// <code>
///   Off ──appendonly yes──► WaitRewrite ──first base complete──► On
///    ▲                          │ a rewrite fails: again           │
///    └──appendonly no───────────┴──a full sync begins to load──────┘ (behind which it is switched on again)
/// </code>
/// </summary>
public enum AppendOnlyState : byte
{
    /// <summary>Nothing is written.</summary>
    Off,

    /// <summary>It will be on when there is a base; until then the set of files from before, if any, is the one that counts.</summary>
    WaitRewrite,

    /// <summary>Whatever is done is in the files.</summary>
    On,
}
