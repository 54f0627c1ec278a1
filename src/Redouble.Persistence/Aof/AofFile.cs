using System.Globalization;

namespace Redouble.Persistence.Aof;

/// <summary>A file of an append-only file set, as its line of the manifest has it.</summary>
/// <param name="Name">Its name in appenddirname, a character per byte.</param>
/// <param name="Sequence">Counts the files of a kind; never 0.</param>
/// <param name="Kind">What it is for.</param>
public sealed record AofFile(string Name, long Sequence, AofFileKind Kind)
{
    /// <summary>The name of a base.</summary>
    /// <param name="appendFileName">The directive.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="isRdb">Whether it begins with an RDB.</param>
    public static string BaseName(string appendFileName, long sequence, bool isRdb) =>
        string.Create(CultureInfo.InvariantCulture, $"{appendFileName}.{sequence}.base{(isRdb ? ".rdb" : ".aof")}");

    /// <summary>The name of an incremental file.</summary>
    public static string IncrementalName(string appendFileName, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{appendFileName}.{sequence}.incr.aof");

    /// <summary>The incremental file that becomes part of the set only if the rewrite that switches appendonly on succeeds.</summary>
    public static string TemporaryIncrementalName(string appendFileName) => $"temp-{appendFileName}.incr";
}
