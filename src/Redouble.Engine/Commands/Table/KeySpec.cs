namespace Redouble.Engine.Commands.Table;

/// <summary>How a key spec finds where its keys begin.</summary>
public enum BeginSearchKind : byte
{
    /// <summary>Cannot be told from the arguments alone; the command brings its own method.</summary>
    Unknown,

    /// <summary>At a fixed argument.</summary>
    Index,

    /// <summary>After a keyword.</summary>
    Keyword,
}

/// <summary>How a key spec finds its keys once it knows where they begin.</summary>
public enum FindKeysKind : byte
{
    Unknown,

    /// <summary>From the first key to a last one, in steps.</summary>
    Range,

    /// <summary>An argument says how many follow.</summary>
    KeyNum,
}

/// <summary>Where the keys of a spec begin.</summary>
/// <param name="Kind">Which of the others is meant.</param>
/// <param name="Position"><see cref="BeginSearchKind.Index"/>: the argument's index, the command name being 0. <see cref="BeginSearchKind.Keyword"/>: the
/// index from which to look for the keyword; negative counts from the end, and then the search goes backwards.</param>
/// <param name="Keyword">In upper case; compared without regard to case.</param>
public readonly record struct BeginSearch(BeginSearchKind Kind, int Position = 0, string? Keyword = null);

/// <summary>Which arguments are keys, counted from where <see cref="BeginSearch"/> points.</summary>
/// <param name="Kind">Which of the others is meant.</param>
/// <param name="LastKey"><see cref="FindKeysKind.Range"/>: last key relative to the first; negative counts from the end of the arguments, -1 being the
/// last.</param>
/// <param name="Step">Arguments from one key to the next.</param>
/// <param name="Limit">With a <paramref name="LastKey"/> of -1: only the first 1/limit of the arguments that remain are searched; 0 and 1 mean all.</param>
/// <param name="KeyNumIndex"><see cref="FindKeysKind.KeyNum"/>: where the number of keys is, relative to the beginning.</param>
/// <param name="FirstKey"><see cref="FindKeysKind.KeyNum"/>: where the first key is, relative to the beginning.</param>
public readonly record struct FindKeys(FindKeysKind Kind, int LastKey = 0, int Step = 1, int Limit = 0, int KeyNumIndex = 0, int FirstKey = 0);

/// <summary>One group of keys among a command's arguments, as COMMAND INFO reports it.</summary>
/// <param name="Flags">What is done with the keys.</param>
/// <param name="Begin">Where to start.</param>
/// <param name="Find">Which arguments are keys.</param>
/// <param name="Notes">A remark for readers of COMMAND INFO, or null.</param>
public sealed record KeySpec(KeySpecFlags Flags, BeginSearch Begin, FindKeys Find, string? Notes = null);
