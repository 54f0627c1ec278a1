using System.Text;
using Redouble.Engine.Configuration;
using Redouble.Server.Configuration;

namespace Redouble.Server.Tests.Configuration;

/// <summary>Configuration files in memory, below "/etc".</summary>
internal sealed class MemoryConfigSource : IConfigSource, IDirectoryResolver
{
    public SortedDictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    public string StandardInput { get; init; } = "";

    public byte[]? TryReadFile(string path, out string error)
    {
        error = "No such file or directory";
        return Files.TryGetValue(path, out string? text) ? Encoding.UTF8.GetBytes(text) : null;
    }

    public byte[] ReadStandardInput() => Encoding.UTF8.GetBytes(StandardInput);

    public IReadOnlyList<string> Expand(string pattern)
    {
        string start = pattern[..pattern.IndexOf('*', StringComparison.Ordinal)];
        return [.. Files.Keys.Where(name => name.StartsWith(start, StringComparison.Ordinal))];
    }

    public bool CanAppend(string path, out string error)
    {
        error = path.Contains("missing", StringComparison.Ordinal) ? "No such file or directory" : "";
        return error.Length == 0;
    }

    public bool TryResolve(string current, string path, out string resolved, out string error)
    {
        resolved = Path.Combine(current, path);
        error = "";
        return true;
    }

    public LoadedConfig Load(params string[] arguments) => ConfigLoader.Load(CommandLine.Parse(arguments), "/etc", this, this);

    /// <summary>Loads a file and returns the fatal block, or "".</summary>
    public string Fail(params string[] arguments) => Load(arguments).Failure?.FormatBlock("7.2.4") ?? "";
}
