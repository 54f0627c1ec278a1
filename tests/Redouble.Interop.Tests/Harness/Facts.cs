namespace Redouble.Interop.Tests.Harness;

/// <summary>A test that needs the real redis-server.</summary>
public sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = Peers.NoRedis;
}

/// <summary>A table of tests that need the real redis-server.</summary>
public sealed class RedisTheoryAttribute : TheoryAttribute
{
    public RedisTheoryAttribute() => Skip = Peers.NoRedis;
}

/// <summary>A test that needs the built Redouble (or what stands in for it).</summary>
public sealed class RedoubleFactAttribute : FactAttribute
{
    public RedoubleFactAttribute() => Skip = Peers.NoSubject;
}

/// <summary>A table of tests that need the built Redouble (or what stands in for it).</summary>
public sealed class RedoubleTheoryAttribute : TheoryAttribute
{
    public RedoubleTheoryAttribute() => Skip = Peers.NoSubject;
}

/// <summary>A test that needs both servers.</summary>
public sealed class PairFactAttribute : FactAttribute
{
    public PairFactAttribute() => Skip = Peers.NoRedis ?? Peers.NoSubject;
}

/// <summary>A table of tests that need both servers.</summary>
public sealed class PairTheoryAttribute : TheoryAttribute
{
    public PairTheoryAttribute() => Skip = Peers.NoRedis ?? Peers.NoSubject;
}
