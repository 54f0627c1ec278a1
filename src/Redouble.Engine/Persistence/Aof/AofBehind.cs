namespace Redouble.Engine.Persistence.Aof;

/// <summary>What there is behind a new base, when it takes its place: the file for what was done since its snapshot.</summary>
internal enum AofBehind : byte
{
    /// <summary>Nothing: the file is off.</summary>
    Nothing,

    /// <summary>The last incremental file of the set, which the rewrite began.</summary>
    Begun,

    /// <summary>An incremental file under a temporary name: the file has just been switched on.</summary>
    Temporary,

    /// <summary>Nothing yet, since what was done before the snapshot could not be written: the base has it.</summary>
    New,
}
