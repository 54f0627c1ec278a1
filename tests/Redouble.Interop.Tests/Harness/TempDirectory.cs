namespace Redouble.Interop.Tests.Harness;

/// <summary>A fresh directory that goes away with its owner.</summary>
internal sealed class TempDirectory : IDisposable
{
    public TempDirectory(string name) => Path = Directory.CreateTempSubdirectory($"redouble-{name}-").FullName;

    public string Path { get; }

    public string this[string file] => System.IO.Path.Combine(Path, file);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // A test may have removed it.
        }
    }
}
