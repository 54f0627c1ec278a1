namespace Redouble.Persistence.Rdb;

/// <summary>What came of reading one atom of a value.</summary>
internal enum RdbProgress
{
    /// <summary>It was read; the value goes on.</summary>
    Next,

    /// <summary>The bytes at hand end within it.</summary>
    Cut,

    /// <summary>It was read, and the value is complete.</summary>
    Done,

    /// <summary>It was read; the value is complete, and a collection without elements.</summary>
    Empty,

    /// <summary>The target said no.</summary>
    Refused,

    /// <summary>It is none.</summary>
    Bad,
}

/// <summary>The same, and for <see cref="RdbProgress.Bad"/> what is wrong: null when the layout itself is.</summary>
internal readonly record struct RdbStep(RdbProgress Progress, string? Problem = null)
{
    public static RdbStep Next => new(RdbProgress.Next);

    public static RdbStep Cut => new(RdbProgress.Cut);

    public static RdbStep Done => new(RdbProgress.Done);

    public static RdbStep Empty => new(RdbProgress.Empty);

    /// <summary>On, if the target said yes.</summary>
    public static RdbStep NextIf(bool accepted) => new(accepted ? RdbProgress.Next : RdbProgress.Refused);

    /// <summary>Complete, if the target said yes.</summary>
    public static RdbStep DoneIf(bool accepted) => new(accepted ? RdbProgress.Done : RdbProgress.Refused);

    public static RdbStep Bad(string? problem) => new(RdbProgress.Bad, problem);
}
