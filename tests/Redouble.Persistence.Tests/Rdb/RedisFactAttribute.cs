namespace Redouble.Persistence.Tests.Rdb;

/// <summary>A test against an installed program of Redis; skipped, with the reason, where there is none.</summary>
internal sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute(string program = "redis-server")
    {
        if (Find(program) == null) Skip = program + " is not on the PATH";
    }

    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
