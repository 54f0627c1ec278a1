using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Two real redis-servers: what the tests of the harness compare.</summary>
public sealed class EqualPair : IDisposable
{
    internal ServerPair Pair { get; } = new() { SubjectKind = ServerKind.Redis };

    public void Dispose() => Pair.Dispose();
}
