using Redouble.Core.Text;

namespace Redouble.Engine.Configuration;

/// <summary>Lines of a configuration file; the rules of quoting are those of <see cref="ArgumentSplitter"/>.</summary>
public static class ConfigLine
{
    /// <summary>Whether the word opens a line that is no directive with a value: <c>include</c>, <c>user</c> and the like.</summary>
    public static bool IsStatement(string name) => name is "include" or "rename-command" or "user" or "loadmodule" or "sentinel";

    /// <summary>Splits a line into words, one byte per character; false when its quotes are unbalanced.</summary>
    public static bool TrySplit(string line, out string[] words)
    {
        List<byte[]> split = [];
        bool balanced = QuotedText.TrySplit(ConfigText.ToBytes(line), split);
        words = [.. split.Select(static word => ConfigText.FromBytes(word))];
        return balanced;
    }
}
