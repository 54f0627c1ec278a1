namespace Redouble.Tests;

/// <summary>A test that needs Debian's redis-server; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealRedisFactAttribute : FactAttribute
{
    public RealRedisFactAttribute()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, "redis-server"))))
        {
            Skip = "redis-server is not installed";
        }
    }
}
