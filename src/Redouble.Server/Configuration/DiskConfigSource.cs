using System.IO.Enumeration;
using Redouble.Core.Platform;
using Redouble.Core.Text;
using Redouble.Engine.Configuration;

namespace Redouble.Server.Configuration;

/// <summary>Configuration on the machine: files through <see cref="IFileSystem"/>, directories and standard input of the process.</summary>
public sealed class DiskConfigSource(IFileSystem files) : IConfigSource, IDirectoryResolver
{
    /// <inheritdoc/>
    public byte[]? TryReadFile(string path, out string error)
    {
        try
        {
            error = Directory.Exists(path) ? "Is a directory" : "No such file or directory";
            using IReadableFile? file = files.OpenRead(path);
            return file?.ReadToEnd();
        }
        catch (IOException failure)
        {
            error = SystemText(failure);
            return null;
        }
    }

    /// <inheritdoc/>
    public byte[] ReadStandardInput()
    {
        using Stream input = Console.OpenStandardInput();
        using MemoryStream copy = new();
        input.CopyTo(copy);
        return copy.ToArray();
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Expand(string pattern)
    {
        List<string> found = [Path.GetPathRoot(pattern) ?? "/"];
        foreach (string part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            bool isPattern = part.AsSpan().ContainsAny("*?[");
            found = [.. found.SelectMany(directory => isPattern ? Matching(directory, part) : [Path.Combine(directory, part)])];
        }

        found = found.FindAll(static path => File.Exists(path) || Directory.Exists(path));
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <inheritdoc/>
    public bool CanAppend(string path, out string error)
    {
        error = "";
        try
        {
            using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            error = Directory.Exists(path) ? "Is a directory" : SystemText(failure);
        }

        return error.Length == 0;
    }

    /// <inheritdoc/>
    public bool TryResolve(string current, string path, out string resolved, out string error)
    {
        resolved = "";
        error = "No such file or directory";
        if (path.Length == 0) return false;
        string full = Path.GetFullPath(Path.Combine(ConfigText.ToPath(current), ConfigText.ToPath(path)));
        if (full.Length > 1) full = full.TrimEnd('/');
        if (File.Exists(full)) error = "Not a directory";
        if (!Directory.Exists(full)) return false;
        error = "Permission denied";
        if (!Polling.FileCalls.MayEnter(full)) return false;
        resolved = ConfigText.FromPath(full);
        error = "";
        return true;
    }

    /// <summary>The operating system's short text for the failures a configuration meets; .NET's own for the others.</summary>
    internal static string SystemText(Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException or { InnerException: UnauthorizedAccessException } => "Permission denied",
        _ => failure.Message,
    };

    // As in a shell, a leading dot is matched by a dot only.
    private static IEnumerable<string> Matching(string directory, string pattern)
    {
        if (!Directory.Exists(directory)) return [];
        byte[] glob = ConfigText.ToBytes(ConfigText.FromPath(pattern));
        return new FileSystemEnumerable<string>(directory, static (ref FileSystemEntry entry) => entry.ToFullPath())
            .Where(path => Matches(glob, Path.GetFileName(path)));
    }

    private static bool Matches(byte[] glob, string name) =>
        (name[0] != '.' || glob[0] == (byte)'.') && Glob.IsMatch(glob, ConfigText.ToBytes(ConfigText.FromPath(name)));
}
