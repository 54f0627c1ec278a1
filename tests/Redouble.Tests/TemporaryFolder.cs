namespace Redouble.Tests;

/// <summary>A folder for one test, deleted with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("redouble-test-").FullName;

    /// <summary>What lies in it; empty after a program has cleaned up behind itself.</summary>
    public IEnumerable<string> Entries => Directory.EnumerateFileSystemEntries(Path);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
