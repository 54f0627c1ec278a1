using Xunit.Sdk;

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// What one test starts, ended in reverse order whatever happens. A failure inside <see cref="Run"/> is reported with the last log lines of every
/// server.
/// </summary>
internal sealed class Scenario : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();
    private readonly List<ServerProcess> _servers = [];

    public static void Run(Action<Scenario> body)
    {
        using var scenario = new Scenario();
        try
        {
            body(scenario);
        }
        catch (Exception e)
        {
            throw new XunitException($"{e.Message}\n{scenario.Tails()}", e);
        }
    }

    public T Own<T>(T item)
        where T : IDisposable
    {
        _owned.Push(item);
        return item;
    }

    /// <summary>A started redis-server.</summary>
    public ServerProcess Redis(string name, params string[] directives) => Start(ServerKind.Redis, name, directives);

    /// <summary>A started server under test.</summary>
    public ServerProcess Subject(string name, params string[] directives) => Start(Peers.Subject, name, directives);

    /// <summary>A started server of the kind that the test's table asks for.</summary>
    public ServerProcess Start(ServerKind kind, string name, params string[] directives) => Create(kind, name, directives).Start();

    public ServerProcess Create(ServerKind kind, string name, params string[] directives)
    {
        ServerProcess server = Own(ServerProcess.Create(kind == ServerKind.Redouble ? Peers.Subject : kind, name, directives));
        _servers.Add(server);
        return server;
    }

    /// <summary>A server with a configuration file of its own, not started yet.</summary>
    public ServerProcess CreateWithFile(ServerKind kind, string name, params string[] lines)
    {
        ServerProcess server = Own(ServerProcess.CreateWithFile(kind == ServerKind.Redouble ? Peers.Subject : kind, name, lines));
        _servers.Add(server);
        return server;
    }

    public ServerProcess CreateUnder(string[] wrapper, string name, params string[] directives)
    {
        ServerProcess server = Own(ServerProcess.CreateUnder(wrapper, Peers.Subject, name, directives));
        _servers.Add(server);
        return server;
    }

    public ServerProcess CreateIn(TempDirectory directory, string name, params string[] directives)
    {
        ServerProcess server = Own(ServerProcess.CreateIn(directory, Peers.Subject, name, directives));
        _servers.Add(server);
        return server;
    }

    public RespClient Connect(ServerProcess server, int timeoutMs = 10_000) => Own(server.Connect(timeoutMs));

    public string Tails() => string.Concat(_servers.Select(s => s.LogTail()));

    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? item))
        {
            item.Dispose();
        }
    }
}
