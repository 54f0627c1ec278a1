namespace Redouble.Architecture.Tests;

/// <summary>The source tree these tests were built from, read once.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    private static readonly string[] Skipped =
        [".git", ".vs", ".vscode", ".idea", "bin", "obj", "build", "node_modules", "TestResults", "results", "__pycache__"];

    private static readonly Lazy<IReadOnlyList<RepositoryFile>> LazyFiles = new(() => [.. Walk(Root, "").OrderBy(file => file.Path, StringComparer.Ordinal)]);

    /// <summary>Every text file that belongs to the project; build output and binary files left out.</summary>
    public static IReadOnlyList<RepositoryFile> Files => LazyFiles.Value;

    public static IEnumerable<RepositoryFile> CSharp => Files.Where(file => file.IsCSharp);

    public static RepositoryFile Get(string path) => Files.Single(file => file.Path == path);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Redouble.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Redouble.slnx above {AppContext.BaseDirectory}: these tests read the source tree they were built from.");
    }

    private static IEnumerable<RepositoryFile> Walk(string folder, string prefix)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            if (Skipped.Contains(Path.GetFileName(file)))
            {
                continue; // .git is a file in a linked worktree
            }

            byte[] bytes = File.ReadAllBytes(file);
            if (bytes.Length < 1 << 20 && !bytes.AsSpan().Contains((byte)0) && !file.EndsWith(".rdb", StringComparison.Ordinal))
            {
                yield return new RepositoryFile(prefix + Path.GetFileName(file), System.Text.Encoding.UTF8.GetString(bytes));
            }
        }

        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            string name = Path.GetFileName(child);
            if (!Skipped.Contains(name) && new DirectoryInfo(child).LinkTarget == null)
            {
                foreach (RepositoryFile file in Walk(child, $"{prefix}{name}/"))
                {
                    yield return file;
                }
            }
        }
    }
}
