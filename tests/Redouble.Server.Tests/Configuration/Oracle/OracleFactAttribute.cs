namespace Redouble.Server.Tests.Configuration.Oracle;

/// <summary>A test that needs the real redis-server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OracleFactAttribute : FactAttribute
{
    public OracleFactAttribute() => Skip = RedisServer.Path is null ? "redis-server is not on the PATH" : null;
}

/// <summary>A table of tests that need the real redis-server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OracleTheoryAttribute : TheoryAttribute
{
    public OracleTheoryAttribute() => Skip = RedisServer.Path is null ? "redis-server is not on the PATH" : null;
}
