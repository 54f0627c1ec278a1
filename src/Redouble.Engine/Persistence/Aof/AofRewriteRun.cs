namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// A rewrite under way, as the data thread knows it.
/// <code>
///   begun ──┬── file thread: the next file is there (HasBegun) ────┬──► both: installing ──► over
///           └── helper: the base is whole and durable (HasBase) ───┘
/// </code>
/// </summary>
/// <param name="state">Whether the file was written when it began.</param>
/// <param name="directory">Where the set is that it makes.</param>
/// <param name="temporaryName">Of the base, until it takes its place.</param>
/// <param name="isRdb">Whether the base is an RDB.</param>
internal sealed class AofRewriteRun(AppendOnlyState state, string directory, string temporaryName, bool isRdb)
{
    /// <summary>Whether the file was written when it began.</summary>
    public AppendOnlyState State => state;

    /// <summary>Where the set is that it makes.</summary>
    public string Directory => directory;

    /// <summary>Where its base is until it takes its place: beside that, since appenddirname may be a disk of its own.</summary>
    public string BasePath { get; } = Path.Combine(directory, temporaryName);

    /// <summary>Whether its base is an RDB.</summary>
    public bool IsRdb => isRdb;

    /// <summary>What begins the file for what is done from its snapshot on.</summary>
    public IAofWork? Begin { get; set; }

    /// <summary>Whether that file is there.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Why it is not, if it will not be.</summary>
    public string? Failure { get; set; }

    /// <summary>Whether its base is whole.</summary>
    public bool HasBase { get; set; }

    /// <summary>Whether the file thread puts it in place.</summary>
    public bool IsInstalling { get; set; }
}
