namespace Redouble.Tests.Checks;

/// <summary>As <see cref="RealRedisFactAttribute"/>, for tests with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealRedisTheoryAttribute : TheoryAttribute
{
    public RealRedisTheoryAttribute(params string[] others) => Skip = new RealRedisFactAttribute(others).Skip;
}
