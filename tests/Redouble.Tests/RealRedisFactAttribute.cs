namespace Redouble.Tests;

/// <summary>A test that needs Debian's redis-server, and perhaps other programs; skipped where one is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealRedisFactAttribute : FactAttribute
{
    public RealRedisFactAttribute(params string[] others)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string? missing = others.Prepend("redis-server").FirstOrDefault(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program))));
        if (missing != null)
        {
            Skip = $"{missing} is not installed";
        }
    }
}
